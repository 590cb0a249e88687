import type { Entry } from "../contract.ts";
import { checkEntry } from "./entry.ts";
import { LineError } from "./line-error.ts";

/** The source may hold brackets itself, as in `[worker[3]:Queue@88]`: it ends where `] - ` follows. */
const FORM = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)[,.](\d{3}) - ([A-Za-z]+) +\[(.*?)\] - (.*)$/s;

/**
 * Reads the form that log4j and others write: `2015-07-29 17:41:44,747 - INFO  [source] - message`. It names no time
 * zone, so it is taken for UTC.
 *
 * @throws LineError
 */
export function readCommon(line: string): Entry {
  const [, day, time, ms, level, source, message] = FORM.exec(line) ?? [];
  if (day === undefined) throw new LineError("is in none of the known formats");
  return checkEntry({ timestamp: `${day}T${time}.${ms}Z`, level, source, message });
}
