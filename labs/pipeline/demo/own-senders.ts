import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
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
      { stdio: ["ignore", "pipe", "ignore"] },
    );
    const kill = () => child.kill("SIGKILL");
    signal.addEventListener("abort", kill);
    try {
      const exited = once(child, "exit");
      let said = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        said += text;
      });
      await exited;
      if (!signal.aborted) process.stderr.write(`The senders: ${said.trim()}\n`);
    } finally {
      signal.removeEventListener("abort", kill);
    }
  };
}
