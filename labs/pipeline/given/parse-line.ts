import { randomUUID } from "node:crypto";
import type { Entry } from "../contract.ts";
import { LineError } from "./line-error.ts";
import { readCommon } from "./read-common.ts";
import { readJson } from "./read-json.ts";
import { readSyslog } from "./read-syslog.ts";

/**
 * Ends a line that was cut off because its connection broke: ASCII's CANCEL, which has said since 1963 that what comes
 * before it is to be disregarded, and a word that no sender knows, for its lines may end with any character.
 */
export const CUT_OFF = `\x18${randomUUID()}`;

/**
 * Makes an entry of a line in any of the formats that the demo knows: its first character tells which.
 *
 * @throws LineError
 */
export function parseLine(line: string): Entry {
  if (line.endsWith(CUT_OFF)) throw new LineError("was cut off before its end");
  if (line.trim() === "") throw new LineError("is empty");
  if (line.startsWith("{")) return readJson(line);
  if (line.startsWith("<")) return readSyslog(line);
  if (/^\d+ </.test(line)) throw new LineError("is counted in octets (RFC 6587): send one message a line");
  return readCommon(line);
}
