import type { Cancellable } from "./abort.ts";
import { checkCount, checkOptions, outOfRange, refusalOf } from "./arguments/check.ts";
import { LinkedList } from "./linked-list.ts";
import { startTimer } from "./timer.ts";
import { Waiter } from "./wait-queue.ts";

export interface RateLimiterOptions {
  /** How many tokens come back each second, evenly. A fraction is fine; `Infinity` limits nothing. */
  readonly ratePerSecond: number;
  /** How many may be taken at once after a pause. With timers of 1 ms, a burst of 1 is at most 1,000 waiters a second. */
  readonly burst: number;
}

export interface TokenOptions {
  /** How many tokens the work is worth, say its bytes or its rows. Default 1. */
  readonly count?: number | undefined;
}

/**
 * Lets work begin at a steady rate, with bursts after a pause: what a paid or a shared service allows.
 * It bounds how often something begins. To bound how much runs at once, prefer `Semaphore`.
 *
 * - First come, first served: a request for many tokens holds up the small ones behind it, so that they cannot starve
 *   it. `tryAcquire` gets nothing either while somebody waits.
 * - In any second at most `ratePerSecond + burst` tokens are handed out, rounded up. Tokens are not given back.
 * - Nothing ticks: what has come back is worked out from `performance.now()` when somebody asks. One timer runs while
 *   somebody waits, however many they are.
 *
 * The token bucket (leaky bucket as a meter) in the form of the Generic Cell Rate Algorithm, ITU-T I.371 (1993): to know
 * when the bucket will be full again is enough.
 *
 * @example
 * ```ts
 * const limiter = new RateLimiter({ ratePerSecond: 100, burst: 2 });
 * const begin = performance.now();
 * for (let request = 0; request < 5; request += 1) await limiter.acquire();
 * assert.ok(performance.now() - begin >= 28); // two at once, and three more at intervals of 10 ms
 *
 * if (!limiter.tryAcquire({ count: 2 })) assert.ok(limiter.retryAfterMs({ count: 2 }) <= 20);
 * ```
 */
export class RateLimiter {
  readonly burst: number;
  readonly #intervalMs: number;
  /** Of a timer that came late, this much is made good: without it every wait would slow the rate a little. */
  readonly #graceMs: number;
  readonly #waiting = new LinkedList<() => void, Request>();
  #tokensWaitedFor = 0;
  /** The bucket is full again at #since + #taken intervals. Counted, because rounding errors of a sum would add up. */
  #since = -Infinity;
  #taken = 0;
  #stopTimer = nothing;

  /** @throws {RangeError} If `ratePerSecond` is not a positive number, or `burst` not a whole number from 1. */
  constructor(options: RateLimiterOptions) {
    checkOptions(creating, options);
    const { ratePerSecond, burst } = options;
    if (typeof ratePerSecond !== "number" || !(ratePerSecond > 0))
      throw outOfRange(creating, "ratePerSecond must be a positive number", ratePerSecond);
    checkCount(creating, "burst", burst);
    this.burst = burst;
    this.#intervalMs = 1000 / ratePerSecond;
    this.#graceMs = Math.min(1, this.#intervalMs * 0.99); // Never as much as a whole token.
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Waits for `count` tokens, behind all who wait already. O(1).
   *
   * @throws The signal's `reason` if it aborts first, even when there are tokens. It takes none, and whoever is next
   * and finds enough has its turn at once.
   * @throws {RangeError} If `count` is not an integer from 1 to `burst`: there would never be so many.
   */
  acquire(options?: TokenOptions & Cancellable): Promise<void> {
    const count = countIn(options);
    if (!this.#canHold(count)) return Promise.reject(this.#misuse(count));
    const refusal = refusalOf(acquiring, options);
    if (refusal !== undefined) return Promise.reject(refusal.reason);
    if (this.#waiting.size === 0 && this.#take(count, performance.now())) return granted;
    return this.#wait(count, options?.signal);
  }

  /** Takes `count` tokens if they are there and nobody waits, else `false`. Never waits. @throws {RangeError} As `acquire`. */
  tryAcquire(options?: TokenOptions): boolean {
    const count = this.#checked(options);
    return this.#waiting.size === 0 && this.#take(count, performance.now());
  }

  /**
   * How long a newcomer would wait for `count` tokens, in whole milliseconds: for a `Retry-After`. It is shorter in the
   * end if somebody leaves. @throws {RangeError} As `acquire`.
   */
  retryAfterMs(options?: TokenOptions): number {
    const count = this.#checked(options);
    return Math.max(Math.ceil(this.#readyAt(this.#tokensWaitedFor + count) - performance.now()), 0);
  }

  /** `graceMs`: by how much the taking may be dated back, if the bucket has been full for so long. */
  #take(count: number, now: number, graceMs = 0): boolean {
    if (this.#readyAt(count) > now) return false;
    const from = now - graceMs;
    if (this.#readyAt(this.burst) <= from) {
      this.#since = from;
      this.#taken = 0;
    }
    this.#taken += count;
    return true;
  }

  /** When there are, or were, `count` tokens in the bucket if nobody takes any before. */
  #readyAt(count: number): number {
    return this.#since + (this.#taken + count - this.burst) * this.#intervalMs;
  }

  #wait(count: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const request = new Request(resolve, count);
      this.#waiting.append(request);
      this.#tokensWaitedFor += count;
      if (signal !== undefined) {
        request.heed(signal, reject, () => {
          const wasFirst = this.#waiting.first === request;
          this.#remove(request);
          if (wasFirst) this.#serve();
        });
      }
      if (this.#waiting.size === 1) this.#serve();
    });
  }

  /** Hands out what there is, and sets the timer for the one who is first then. */
  #serve(graceMs = 0): void {
    this.#stopTimer();
    const now = performance.now();
    for (let first = this.#waiting.first; first !== undefined; first = this.#waiting.first) {
      const { count } = first;
      if (!first.aborted && !this.#take(count, now, graceMs)) {
        // Rounded up, because a timer cuts off the fraction and would come too early.
        this.#stopTimer = startTimer(Math.ceil(this.#readyAt(count) - now), () => this.#serve(this.#graceMs));
        return;
      }
      this.#remove(first);
      if (first.mayEnter()) first.value();
    }
  }

  #remove(request: Request): void {
    if (this.#waiting.remove(request)) this.#tokensWaitedFor -= request.count;
  }

  #checked(options: TokenOptions | undefined): number {
    if (options !== undefined) checkOptions(acquiring, options);
    const count = countIn(options);
    if (!this.#canHold(count)) throw this.#misuse(count);
    return count;
  }

  #canHold(count: number): boolean {
    return Number.isSafeInteger(count) && count >= 1 && count <= this.burst;
  }

  #misuse(count: number): RangeError {
    const isTooMuch = typeof count === "number" && count > this.burst;
    const rule = isTooMuch ? `must not exceed the burst of ${this.burst}` : "must be a whole number from 1";
    return outOfRange(acquiring, `count ${rule}`, count);
  }
}

const creating = "create RateLimiter";
const acquiring = "acquire from RateLimiter";

/** `null` is no count, rather than none given. */
function countIn(options: TokenOptions | undefined): number {
  const count = options?.count;
  return count === undefined ? 1 : count;
}

class Request extends Waiter<void> {
  readonly count: number;

  constructor(resolve: () => void, count: number) {
    super(resolve);
    this.count = count;
  }
}

const granted: Promise<void> = Promise.resolve();

function nothing(): void {}
