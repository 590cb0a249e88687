import type { Cancellable } from "./abort.ts";
import { sleep } from "./sleep.ts";

export interface Backoff {
  /** The delay begins here. Default 100. */
  readonly baseDelayMs?: number | undefined;
  /** And grows up to here. Default 10,000. */
  readonly maxDelayMs?: number | undefined;
  /** Gives numbers from 0 up to, but not including, 1. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

export interface RetryOptions extends Backoff, Cancellable {
  /** How often to try in all, the first time included. Default 3; `Infinity` where `withinMs` or the signal ends it. */
  readonly attempts?: number | undefined;
  /** No attempt begins after so long. One that runs is not cut short: for that, wrap it in `timeout`. Default `Infinity`. */
  readonly withinMs?: number | undefined;
  /** Default `"full"`; `"decorrelated"` depends on the delay before: somewhat longer waits, somewhat fewer calls. */
  readonly jitter?: "full" | "decorrelated" | undefined;
  /** `false` for what would fail again, however often it is tried: not found, not allowed, not valid. Default: try again. */
  readonly isRetryable?: ((error: unknown) => boolean) | undefined;
  /** How long the other side has asked to be left alone, if the error tells: its `Retry-After`. The jitter is added to it. */
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
 * @throws {RangeError} If a number is out of range.
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
  options: RetryOptions = {},
): Promise<Awaited<R>> {
  const { attempts = 3, withinMs = Infinity, signal } = options;
  check(attempts, withinMs);
  checkBackoff(options);
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
      const askedMs = Math.max(options.retryAfterMs?.(error) || 0, 0);
      if (attempt >= attempts || askedMs >= leftMs) throw new RetryError(attempt, errors);

      delayMs =
        options.jitter === "decorrelated"
          ? decorrelatedJitterMs(delayMs, options)
          : fullJitterMs(attempt, options);
      const waitMs = Math.min(askedMs + delayMs, leftMs);
      options.onRetry?.({ error, attempt, delayMs: waitMs });
      await sleep(waitMs, { signal });
    }
  }
}

/**
 * How long to wait after the `failures`-th failure: anything up to a bound that doubles each time. It needs no memory
 * but the count, so it serves what outlives a process, too, such as a stored job.
 */
export function fullJitterMs(failures: number, backoff: Backoff = {}): number {
  const { baseDelayMs = 100, maxDelayMs = 10_000, random = Math.random } = backoff;
  return random() * Math.min(maxDelayMs, baseDelayMs * 2 ** Math.min(failures - 1, MOST_DOUBLINGS));
}

/**
 * How long to wait if it was `previousMs` the last time, `undefined` at first: from `baseDelayMs` up to three times the
 * last delay.
 */
export function decorrelatedJitterMs(previousMs: number | undefined, backoff: Backoff = {}): number {
  const { baseDelayMs = 100, maxDelayMs = 10_000, random = Math.random } = backoff;
  const most = 3 * (previousMs ?? baseDelayMs);
  return Math.min(maxDelayMs, baseDelayMs + random() * (most - baseDelayMs));
}

/** Thirty thousand years from a base of a millisecond; more would become `Infinity`, and then not a number. */
const MOST_DOUBLINGS = 50;

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

function check(attempts: number, withinMs: number): void {
  if (attempts !== Infinity && (!Number.isInteger(attempts) || attempts < 1)) {
    throw new RangeError(`Cannot retry: attempts must be a positive integer or Infinity, got ${attempts}`);
  }
  checkDuration("withinMs", withinMs);
}

function checkBackoff({ baseDelayMs = 100, maxDelayMs = 10_000 }: Backoff): void {
  checkDuration("baseDelayMs", baseDelayMs);
  checkDuration("maxDelayMs", maxDelayMs);
}

function checkDuration(name: string, ms: number): void {
  if (typeof ms !== "number" || !(ms >= 0)) {
    throw new RangeError(`Cannot retry: ${name} must be a number of milliseconds from 0 up, got ${ms}`);
  }
}
