import type { Outcome } from "./event.ts";

/**
 * Calls `body` and hears how it ends, now or later, without handling anything on the caller's behalf: what is thrown at
 * once is thrown at once, and a rejection that nobody handles is still nobody's.
 */
export function watch<R>(body: () => R, ended: (outcome: Outcome, result: unknown) => void): R {
  const failed = (error: unknown): never => {
    ended(isAbort(error) ? "cancelled" : "failed", error);
    throw error;
  };
  let result: R;
  try {
    result = body();
  } catch (error) {
    return failed(error);
  }
  // Only real promises: to call the `then` of anything else may be what starts it.
  if (!(result instanceof Promise)) {
    ended("ok", result);
    return result;
  }
  // What `then` gives is handed on, not the promise itself: listening to that one would count as handling its rejection.
  return result.then((value: unknown) => {
    ended("ok", value);
    return value;
  }, failed) as R;
}

/** The reasons that the platform itself gives. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === "AbortError" || error.name === "TimeoutError");
}
