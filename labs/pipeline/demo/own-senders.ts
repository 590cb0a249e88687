import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { announce, folded, widthOf } from "@pattern-labs/demo";
import type { SendOptions } from "../given/options.ts";
import type { Bring } from "./follow.ts";

/** Sends from another process, as everybody does: its writes are held up by TCP, and by nothing else. */
export function bringSenders({ host, senders, lines, lineBytes, format, mischief }: SendOptions): Bring {
  return async (port, signal) => {
    const script = fileURLToPath(new URL("./index.ts", import.meta.url));
    const args = { send: `${host}:${port}`, senders, lines, "line-bytes": lineBytes, format };
    const child = spawn(
      process.execPath,
      [
        script,
        ...Object.entries(args).flatMap(([name, value]) => [`--${name}`, String(value)]),
        ...(mischief ? ["--mischief"] : []),
      ],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    const kill = () => child.kill("SIGKILL");
    signal.addEventListener("abort", kill);
    try {
      const closed = once(child, "close");
      const [summary, said, [status]] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
      if (signal.aborted) return undefined;
      for (const line of folded(`The senders: ${summary.trim()}`, widthOf(process.stderr))) announce(line);
      return status === 0 ? undefined : `Not everything was sent. ${complaintsIn(said)}`;
    } finally {
      signal.removeEventListener("abort", kill);
    }
  };
}

/** Beside how things went meanwhile. If there are none, it did not get that far. */
function complaintsIn(said: string): string {
  return said.match(/^A connection failed: .+$/gm)?.join(". ") ?? said.trim();
}
