import { checkAnyMs, checkFunction } from "./arguments/check.ts";

/** The longest that `setTimeout` can count: asked for more, it fires after 1 ms. */
const longestMs = 2 ** 31 - 1;

/**
 * `setTimeout` without its ceiling of 24.8 days: calls `callback` once after `ms` milliseconds, be they billions.
 * Zero or less is the next turn of the timers, `Infinity` is never. To await a duration, prefer `sleep`.
 *
 * @returns A function that stops the timer; harmless once it has fired.
 * @throws {RangeError} If `ms` is not a number.
 * @throws {TypeError} If `callback` is no function.
 *
 * @example
 * ```ts
 * const stop = startTimer(100 * 24 * 60 * 60 * 1000, () => console.log("a hundred days"));
 * stop();
 * ```
 */
export function startTimer(ms: number, callback: () => void): () => void {
  checkAnyMs("start a timer", "ms", ms);
  checkFunction("start a timer", "callback", callback);
  if (ms === Infinity) return nothing;
  let timer: ReturnType<typeof setTimeout>;
  let remainingMs = Math.max(ms, 0);
  const waitOn = () => {
    const stretchMs = Math.min(remainingMs, longestMs);
    remainingMs -= stretchMs;
    timer = setTimeout(remainingMs > 0 ? waitOn : callback, stretchMs);
  };
  waitOn();
  return () => clearTimeout(timer);
}

function nothing(): void {}
