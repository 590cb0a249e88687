import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import type { Session } from "./session.ts";

/**
 * Runs node on the terminal that this command has, to its end, and resolves to its status. At Ctrl-C it decides itself
 * how to stop.
 */
export async function runInForeground(
  { interrupt, terminal, warn }: Session,
  args: readonly string[],
): Promise<number> {
  const child = spawn(process.execPath, args, { stdio: "inherit", cwd: terminal.cwd });
  // A terminal sends Ctrl-C to the child by itself; any other signal reaches only this process, and is passed on.
  let asked: NodeJS.Signals | undefined;
  using _handed = interrupt.handOver((signal) => {
    asked = signal;
    if (signal !== "SIGINT" || terminal.input.isTTY !== true) child.kill(signal);
  });
  const [code, killedBy] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  if (killedBy === null) return code ?? 0;
  // A shell would say "Killed"; behind this command nobody else tells of it.
  if (killedBy !== asked) warn(`It was ended from outside, by ${killedBy}.`);
  return 128 + constants.signals[killedBy];
}
