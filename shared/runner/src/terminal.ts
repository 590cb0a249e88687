import type { Readable, Writable } from "node:stream";
import type { ReadStream, WriteStream } from "node:tty";

/** Where the command reads and writes. Handed in, so that tests can stand in for a keyboard and a screen. */
export interface Terminal {
  readonly input: Readable & Partial<Pick<ReadStream, "isTTY" | "setRawMode">>;
  readonly output: Writable & Partial<Pick<WriteStream, "isTTY" | "columns" | "rows">>;
  readonly errors: Writable;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** The terminal that this process was started in. */
export function processTerminal(): Terminal {
  // Whoever reads may stop reading: `lab list | head -1` is no failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit();
    throw error;
  });
  return {
    input: process.stdin,
    output: process.stdout,
    errors: process.stderr,
    env: process.env,
    cwd: process.cwd(),
  };
}

/** Whether somebody sits there who can press keys and see a screen that is repainted. */
export function isInteractive({ input, output, env }: Terminal): boolean {
  const runsUnattended = env["CI"] !== undefined && env["CI"] !== "" && env["CI"] !== "false";
  return input.isTTY === true && output.isTTY === true && env["TERM"] !== "dumb" && !runsUnattended;
}

/** Whether to colour: never with NO_COLOR, always with FORCE_COLOR, otherwise on a terminal that can. */
export function wantsColour({ output, env }: Terminal): boolean {
  if (env["NO_COLOR"]) return false;
  if (env["FORCE_COLOR"]) return env["FORCE_COLOR"] !== "0";
  return output.isTTY === true && env["TERM"] !== "dumb";
}

/** How wide text may be. A pipe gets the width of a page. */
export function widthOf({ output }: Terminal): number {
  const columns = output.isTTY === true ? (output.columns ?? 80) : 110;
  return Math.max(20, Math.min(columns, 110));
}
