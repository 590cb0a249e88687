import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { Failure } from "../store-error.ts";
import type { FileSettings } from "./protocol.ts";

/** Thrown where the store itself finds fault with a file, and not SQLite. */
export class FailureError extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.rule);
    this.failure = failure;
  }
}

/** The result codes of SQLite that mean something to whoever runs a job queue: https://sqlite.org/rescode.html */
const BUSY = 5;
const READONLY = 8;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;

/** Says in words which rule was broken. Errors are sent to another thread, so it is plain data. */
export function failureOf(error: unknown, settings: FileSettings): Failure {
  if (error instanceof FailureError) return error.failure;
  const { message, errcode = 0 } = error as Error & { readonly errcode?: number };
  return { ...describe(errcode & 0xff, message, settings), cause: error };
}

export function isBusy(error: unknown): boolean {
  return ((error as { readonly errcode?: number }).errcode ?? 0) % 256 === BUSY;
}

function describe(code: number, message: string, { file, busyTimeoutMs, maxBytes }: FileSettings): Failure {
  switch (code) {
    case BUSY:
      return {
        fault: "locked",
        rule: `nobody else may hold the lock of the file for ${busyTimeoutMs} ms or longer, and somebody does`,
      };
    case FULL:
      return {
        fault: "full",
        rule: Number.isFinite(maxBytes)
          ? `it must fit on the disk and within maxBytes, which is ${maxBytes}, and there is no room left`
          : "it must fit on the disk, and there is no room left",
      };
    case CORRUPT:
    case NOTADB:
      return { fault: "damaged file", rule: `it must be a whole SQLite database: ${message}` };
    case CANTOPEN:
      return { fault: "unopenable", rule: whyNotOpened(file, message) };
    case READONLY:
      return { fault: "unopenable", rule: `this process must be allowed to write to it: ${message}` };
    default:
      return { fault: "other", rule: message };
  }
}

function whyNotOpened(file: string, message: string): string {
  const folder = dirname(file);
  return existsSync(folder)
    ? `it must be a file that this process may read and write: ${message}`
    : `its folder must exist, and ${folder} does not`;
}
