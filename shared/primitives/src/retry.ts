import type { Cancellable } from "./abort.ts";
import {
  checkCountOrInfinity,
  checkFunction,
  checkMs,
  checkOptionalFunction,
  checkOptions,
  checkSignal,
  outOfRange,
} from "./arguments/check.ts";
import { type Backoff, checkBackoff, decorrelatedJitterMs, fullJitterMs } from "./retry/jitter.ts";
import { sleep } from "./sleep.ts";

export { type Backoff, decorrelatedJitterMs, fullJitterMs } from "./retry/jitter.ts";

export interface RetryOptions extends Backoff, Cancellable {
  /** How often to try in all, the first time included. Default 3; `Infinity` where `withinMs` or the signal ends it. */
  readonly attempts?: number | undefined;
  /** No attempt begins after so long. One that runs is not cut short: for that, wrap it in `timeout`. Default `Infinity`. */
  readonly withinMs?: number | undefined;
  /** Default `"full"`; `"decorrelated"` depends on the delay before: somewhat longer waits, somewhat fewer calls. */
  readonly jitter?: "full" | "decorrelated" | undefined;
  /** `false` for what would fail again, however often it is tried: not found, not allowed, not valid. Default: try again. */
  readonly isRetryable?: ((error: unknown) => boolean) | undefined;
  /** How long the other side has asked to be left alone, if the error tells: its `Retry-After`; else `undefined` or NaN. The jitter is added to it. */
  readonly retryAfterMs?: ((error: unknown) => number | undefined) | undefined;
  /** Called before each delay, for logs. What it throws ends the retrying. */
  readonly onRetry?: ((failure: FailedAttempt) => void) | undefined;
}

/** What a try is told. */
export interface Attempt {
  /** The caller's own signal, or one that never aborts. */
  readonly signal: AbortSignal;
  /** 1 for the first. */
  readonly attempt: number;
}

export interface FailedAttempt {
  readonly error: unknown;
  readonly attempt: number;
  readonly delayMs: number;
}

/** So many errors are kept for a `RetryError`: a retry without end must not grow. */
const MOST_ERRORS = 100;

/** It failed each time, and there are no more attempts, or no more time. `cause` is what the last one threw. */
export class RetryError extends Error {
  override readonly name = "RetryError";
  readonly attempts: number;
  /** What each attempt threw, in order; of many the last hundred. */
  readonly errors: readonly unknown[];

  constructor(attempts: number, errors: readonly unknown[]) {
    const cause = errors.at(-1);
    const attemptsMade = attempts === 1 ? "1 attempt" : `${attempts} attempts`;
    super(`Gave up after ${attemptsMade}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
    this.attempts = attempts;
    this.errors = errors;
  }
}

/**
 * Tries again what fails now and may succeed later, after delays that grow and are drawn by lot. For work that may be
 * done twice without harm; where the other side stays down, put a `CircuitBreaker` inside.
 *
 * - The delays are drawn because clients that fail together would otherwise come back together, again and again.
 *   They never exceed what is left of `withinMs`; if the other side has asked for as long as that, this gives up.
 * - An abort is noticed at once, in a delay as well, and never retried.
 * - A permanent error is thrown as it is: the caller's `catch` works as without `retry`. Giving up is a condition of its
 *   own, so it is a `RetryError`, which tells of all attempts.
 *
 * A first attempt that succeeds costs about as much as an async function around it: no timer, no listener, no signal.
 * The jitters are those of Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog (2015).
 *
 * @returns What the first attempt that succeeds returns.
 * @throws What an attempt throws if `isRetryable` denies it; it is not wrapped.
 * @throws {RetryError} When no attempts are left, or no time.
 * @throws The signal's `reason` as soon as it aborts; from within an attempt once that has ended.
 * @throws {RangeError} If a number is out of range, or `jitter` is another. What `retryAfterMs` and `random` give is
 *   looked at when they give it; the `cause` is then what the attempt threw.
 * @throws {TypeError} If `task`, or what must be a function among the options, is none; no attempt is made then.
 *
 * @example
 * ```ts
 * const answers = [503, 503, 200];
 * const status = await retry(
 *   async () => {
 *     const answer = answers.shift();
 *     if (answer !== 200) throw new Error(`status ${answer}`);
 *     return answer;
 *   },
 *   { attempts: 5, baseDelayMs: 1, withinMs: 2_000 },
 * );
 * assert.equal(status, 200);
 * ```
 */
export async function retry<R>(
  task: (attempt: Attempt) => R | PromiseLike<R>,
  options: RetryOptions = byDefault,
): Promise<Awaited<R>> {
  checkFunction(retrying, "task", task);
  if (options !== byDefault) check(options);
  const { attempts = 3, withinMs = Infinity, signal } = options;
  signal?.throwIfAborted();
  const endsAt = withinMs === Infinity ? Infinity : performance.now() + withinMs;
  const errors: unknown[] = [];
  let delayMs: number | undefined;

  for (let attempt = 1; ; attempt += 1) {
    try {
      return await task(signal === undefined ? new UncancelledAttempt(attempt) : { signal, attempt });
    } catch (error) {
      signal?.throwIfAborted();
      if (options.isRetryable?.(error) === false) throw error;
      if (errors.push(error) > MOST_ERRORS) errors.shift();

      const leftMs = endsAt === Infinity ? Infinity : endsAt - performance.now();
      const askedMs = askedFor(options.retryAfterMs?.(error), error);
      if (attempt >= attempts || askedMs >= leftMs) throw new RetryError(attempt, errors);

      delayMs = drawn(options, attempt, delayMs, error);
      const waitMs = Math.min(askedMs + delayMs, leftMs);
      options.onRetry?.({ error, attempt, delayMs: waitMs });
      await sleep(waitMs, { signal });
    }
  }
}

/** A date that has passed asks for nothing, and neither does a header that is no number: it is the other side's fault. */
function askedFor(ms: number | undefined, error: unknown): number {
  if (ms === undefined || Number.isNaN(ms)) return 0;
  if (typeof ms !== "number") {
    const rule = "retryAfterMs must give a number of milliseconds, or undefined";
    throw because(error, outOfRange(retrying, rule, ms));
  }
  return Math.max(ms, 0);
}

function drawn(
  options: RetryOptions,
  attempt: number,
  previousMs: number | undefined,
  error: unknown,
): number {
  try {
    return options.jitter === "decorrelated"
      ? decorrelatedJitterMs(previousMs, options)
      : fullJitterMs(attempt, options);
  } catch (fault) {
    throw fault instanceof RangeError ? because(error, fault) : fault;
  }
}

/** Misuse that shows when something has failed must not hide what that was. */
function because(error: unknown, misuse: RangeError): RangeError {
  return new RangeError(misuse.message, { cause: error });
}

/** A signal is made only for who asks for it: nothing will ever abort it, but code that wants one can have it. */
class UncancelledAttempt implements Attempt {
  readonly attempt: number;
  #signal: AbortSignal | undefined = undefined;

  constructor(attempt: number) {
    this.attempt = attempt;
  }

  get signal(): AbortSignal {
    this.#signal ??= new AbortController().signal;
    return this.#signal;
  }
}

function check(options: RetryOptions): void {
  checkOptions(retrying, options);
  const {
    attempts = 3,
    withinMs = Infinity,
    jitter = "full",
    isRetryable,
    retryAfterMs,
    onRetry,
    signal,
  } = options;
  checkCountOrInfinity(retrying, "attempts", attempts);
  checkMs(retrying, "withinMs", withinMs);
  checkBackoff(retrying, options);
  if (jitter !== "full" && jitter !== "decorrelated")
    throw outOfRange(retrying, 'jitter must be "full" or "decorrelated"', jitter);
  checkOptionalFunction(retrying, "isRetryable", isRetryable);
  checkOptionalFunction(retrying, "retryAfterMs", retryAfterMs);
  checkOptionalFunction(retrying, "onRetry", onRetry);
  if (signal !== undefined) checkSignal(retrying, "signal", signal);
}

const retrying = "retry";
const byDefault: RetryOptions = {};
