import { spawn } from "node:child_process";
import { once } from "node:events";
import { count } from "@pattern-labs/demo";
import type { Check } from "./summary.ts";

/**
 * Has `sha256sum` read the file of checksums, and hash all that it names once more.
 *
 * @throws The signal's reason, with the process told to end.
 */
export async function checkSums(path: string, root: string, signal: AbortSignal): Promise<Check> {
  const child = spawn("sha256sum", ["--check", "--strict", "--quiet", "--", path], {
    cwd: root,
    stdio: ["ignore", "pipe", "ignore"],
    signal,
  });
  let mismatches = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    mismatches += chunk.toString("latin1").split("\n").length - 1;
  });
  try {
    const [status] = await once(child, "close");
    if (status === 0) return { ok: true, says: "all found right by sha256sum --check" };
    return { ok: false, says: `sha256sum --check complains of ${count(mismatches, "line")}` };
  } catch (error) {
    signal.throwIfAborted();
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return { ok: true, says: "not checked, for there is no sha256sum here" };
  }
}
