import type { HashOptions, OpenFile, ThreadOptions } from "../contract.ts";

/** The options with their defaults, checked. */
export interface Settings {
  readonly concurrency: number;
  readonly open: OpenFile;
  readonly onError: "settle" | "fail-fast";
  readonly signal: AbortSignal | undefined;
  readonly ordered: boolean;
  readonly window: number;
}

export function readOptions(options: HashOptions): Settings {
  const { open, signal, onError = "settle", ordered = false } = options;
  const concurrency = checkCount("hash files", "concurrency", options.concurrency);
  // Results in any order have no window: what is given is not looked at.
  const window = ordered ? (options.window ?? concurrency) : concurrency;
  checkCount("hash files", "window", window, concurrency);
  if (typeof open !== "function")
    throw new TypeError(`Cannot hash files: open must be a function, got ${open}`);
  if (onError !== "settle" && onError !== "fail-fast") {
    throw new RangeError(`Cannot hash files: onError must be "settle" or "fail-fast", got ${onError}`);
  }
  return { concurrency, open, signal, onError, ordered, window };
}

export function readThreadOptions(options: ThreadOptions): ThreadOptions {
  checkCount("hash on threads", "threads", options.threads);
  checkCount("hash on threads", "batch", options.batch);
  return options;
}

/** @throws {RangeError} Unless `value` is a whole number from `least`. */
export function checkCount(doing: string, name: string, value: number, least = 1): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new RangeError(`Cannot ${doing}: ${name} must be a whole number from ${least}, got ${value}`);
}
