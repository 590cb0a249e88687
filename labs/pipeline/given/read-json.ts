import type { Entry } from "../contract.ts";
import { checkEntry } from "./entry.ts";
import { LineError } from "./line-error.ts";

/**
 * Reads a line of JSON: `{"timestamp":"2015-07-29T17:41:44.747Z","level":"INFO","source":"db","message":"ready"}`.
 *
 * @throws LineError
 */
export function readJson(line: string): Entry {
  return checkEntry(parse(line));
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // What JSON.parse has to say about it quotes the line, which stands beside the reason anyway.
    throw new LineError("is no JSON");
  }
}
