import pino, { type Logger } from "pino";
import type { Scope } from "../../contract.ts";

export type Log = Logger;

/** Takes each line of the log as it is written. */
export type TakeLine = (line: string) => void;

export function openLog(take: TakeLine): Log {
  return pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (level) => ({ level }) } },
    { write: (line: string) => take(line.trimEnd()) },
  );
}

/** The log of a request: what its scope carries stands in every line, whoever writes it. */
export const linesOf = (log: Log, { values }: Scope): Log => log.child(values);

/** The last lines, for the view. */
export class Latest {
  readonly lines: string[] = [];

  take(line: string): void {
    this.lines.push(line);
    if (this.lines.length > 4) this.lines.shift();
  }
}
