import { type Cancellable, onAbort } from "./abort.ts";
import { checkAnyMs, refusalOf } from "./arguments/check.ts";
import { startTimer } from "./timer.ts";

/**
 * Waits for `ms` milliseconds. Zero or less waits for one turn of the timers, `Infinity` for the abort.
 *
 * @throws {RangeError} If `ms` is not a number.
 * @throws The signal's `reason` as soon as it aborts. Neither timer nor listener is left, whichever way it ends.
 *
 * @example
 * ```ts
 * const controller = new AbortController();
 * const nap = sleep(60_000, { signal: controller.signal });
 * controller.abort("breakfast");
 * await assert.rejects(nap, (reason) => reason === "breakfast");
 * ```
 */
export function sleep(ms: number, options?: Cancellable): Promise<void> {
  return new Promise((resolve, reject) => {
    checkAnyMs("sleep", "ms", ms);
    const refusal = refusalOf("sleep", options);
    if (refusal !== undefined) return reject(refusal.reason);
    const signal = options?.signal;
    const stop = startTimer(ms, () => {
      withdraw();
      resolve();
    });
    const withdraw = onAbort(signal, () => {
      stop();
      reject(signal?.reason);
    });
  });
}
