import type { Cancellable } from "./abort.ts";
import { refusalToRun } from "./arguments/check.ts";
import {
  type CircuitBreakerOptions,
  type CircuitState,
  checkCircuitBreakerOptions,
} from "./circuit-breaker/options.ts";
import { FailureRate, type FailureRateOptions } from "./failure-rate.ts";

export type { CircuitBreakerOptions, CircuitChange, CircuitState } from "./circuit-breaker/options.ts";

export interface CircuitStatistics {
  readonly state: CircuitState;
  /** The calls that ended while closed: within the window if there is a `failureRate`, else since it was closed. */
  readonly calls: number;
  readonly failures: number;
  readonly failuresInARow: number;
  /** When it opened, on the clock of `performance.now()`; `undefined` while closed. */
  readonly openedAt: number | undefined;
  /** How long a call would be refused from now on, at the most; 0 if it would be let through. */
  readonly retryAfterMs: number;
}

/** The call was not made, because those before it failed. `cause` is the error that opened the circuit. */
export class CircuitOpenError extends Error {
  override readonly name = "CircuitOpenError";
  /** After so long a call will be let through; but others may come first. */
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number, cause: unknown) {
    super(`Cannot call through CircuitBreaker: it is open, try again in ${retryAfterMs} ms`, { cause });
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * Stops calling what keeps failing: its callers learn so at once instead of waiting for their timeouts, and it is left
 * in peace to recover. Have one for each thing that can fail alone. After Michael Nygard, "Release It!" (2007).
 * If the trouble is one slow service that takes all your connections, prefer `Bulkhead`, or use both.
 *
 * - Closed: all calls go through, until too many in a row or too large a share of them fail.
 * - Open: calls are refused with a `CircuitOpenError`, until `coolDownMs` have passed.
 * - Half open: just `probes` calls go through, the others are refused. If all of them succeed it closes; at the first
 *   failure it opens anew. It needs no timer: the first call after the cool-down is a probe, whenever it comes.
 * - A probe whose caller aborts gives its place to the next; one that has not ended after `coolDownMs` does so, too.
 * - What began in an earlier state is not counted, be it slow to fail or slow to succeed.
 * - Once the caller's signal has aborted, an error says nothing about the other side and is not counted. A timeout must
 *   count, so it belongs inside: `run(() => timeout(task, { ms, signal }), { signal })`.
 *
 * @example
 * ```ts
 * const payments = new CircuitBreaker({ failuresInARow: 2, coolDownMs: 30_000 });
 * const pay = () => payments.run(() => Promise.reject(new Error("status 503")));
 *
 * await assert.rejects(pay, { message: "status 503" });
 * await assert.rejects(pay, { message: "status 503" });
 * await assert.rejects(pay, { name: "CircuitOpenError" }); // the service was not called any more
 * assert.equal(payments.state, "open");
 * ```
 */
export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  readonly #failuresToOpen: number;
  readonly #probes: number;
  readonly #rate: FailureRate; // Of what ended while closed.
  #state: CircuitState = "closed";
  #failuresInARow = 0;
  #openedAt: number | undefined = undefined;
  #openedBy: unknown = undefined;
  #probesLeft = 0; // Invariant: 0 unless half open.
  #probesSucceeded = 0;
  #lastProbeAt = 0;
  /** Counts the changes of state and the rounds of probes. A call belongs to the round in which it began. */
  #round = 0;
  #firstRoundOfState = 0;

  /**
   * @throws {RangeError} If a number is out of range.
   * @throws {TypeError} If `isFailure` or `onStateChange` is no function.
   */
  constructor(options: CircuitBreakerOptions) {
    checkCircuitBreakerOptions(options);
    const { failuresInARow = 5, probes = 1, failureRate = COUNT_ONLY } = options;
    this.#options = options;
    this.#failuresToOpen = failuresInARow;
    this.#probes = probes;
    this.#rate = new FailureRate(failureRate);
  }

  /** By the time you act on it, it may be another. */
  get state(): CircuitState {
    return this.#state === "open" && this.#retryAfterMs() === 0 ? "half-open" : this.#state;
  }

  /** As of now, for logs and dashboards. */
  get statistics(): CircuitStatistics {
    return {
      state: this.state,
      ...this.#rate.counts(),
      failuresInARow: this.#failuresInARow,
      openedAt: this.#openedAt,
      retryAfterMs: this.#retryAfterMs(),
    };
  }

  /**
   * Runs `task` if the circuit lets it through. Never waits for that. O(1).
   *
   * @param options The caller's signal. Hand it to what the task calls as well.
   * @throws {CircuitOpenError} If the circuit refuses, or the signal's `reason` if that has aborted: nothing is called.
   * @throws {TypeError} If `task` is no function: that says nothing about the other side, and is not counted.
   * @throws What `task` throws.
   */
  async run<R>(task: () => R | PromiseLike<R>, options?: Cancellable): Promise<Awaited<R>> {
    const refusal = refusalToRun("call through CircuitBreaker", task, options);
    if (refusal !== undefined) throw refusal.reason;
    const signal = options?.signal;
    if (this.#state !== "closed") this.#admitProbe();
    const round = this.#round;
    try {
      const value = await task();
      this.#succeed(round);
      return value;
    } catch (error) {
      if (signal?.aborted) this.#probesLeft += this.#state === "half-open" && round === this.#round ? 1 : 0;
      else if (this.#options.isFailure?.(error) === false) this.#succeed(round);
      else this.#fail(round, error);
      throw error;
    }
  }

  #admitProbe(): void {
    const retryAfterMs = this.#retryAfterMs();
    if (retryAfterMs > 0) throw new CircuitOpenError(retryAfterMs, this.#openedBy);
    if (this.#state === "open") {
      this.#enter("half-open");
      this.#probesSucceeded = 0;
      this.#probesLeft = this.#probes;
    } else if (this.#probesLeft === 0) {
      this.#round += 1; // The probes that are still out are taken for lost. If one ends after all, it counts.
      this.#probesLeft = this.#probes - this.#probesSucceeded;
    }
    this.#probesLeft -= 1;
    this.#lastProbeAt = performance.now();
  }

  #succeed(round: number): void {
    if (round < this.#firstRoundOfState) return;
    if (this.#state === "closed") {
      this.#failuresInARow = 0;
      this.#rate.record("success");
    } else {
      this.#probesSucceeded += 1;
      if (this.#probesSucceeded === this.#probes) this.#close();
    }
  }

  #fail(round: number, error: unknown): void {
    if (round < this.#firstRoundOfState) return;
    this.#failuresInARow += 1;
    if (this.#state === "closed") this.#rate.record("failure");
    const isTooMuch = this.#failuresInARow >= this.#failuresToOpen || this.#rate.isTooHigh();
    if (this.#state === "half-open" || isTooMuch) this.#open(error);
  }

  #open(error: unknown): void {
    this.#probesLeft = 0;
    this.#openedAt = performance.now();
    this.#openedBy = error;
    this.#enter("open");
  }

  #close(): void {
    this.#probesLeft = 0;
    this.#openedAt = undefined;
    this.#failuresInARow = 0;
    this.#rate.clear();
    this.#enter("closed");
    this.#openedBy = undefined;
  }

  #enter(to: CircuitState): void {
    const change = { from: this.#state, to, cause: this.#openedBy };
    const { onStateChange } = this.#options;
    this.#state = to;
    this.#round += 1;
    this.#firstRoundOfState = this.#round;
    if (onStateChange !== undefined) queueMicrotask(() => onStateChange(change));
  }

  /** In whole milliseconds: a timer cuts off the fraction, and who came back after it would be refused again. */
  #retryAfterMs(): number {
    if (this.#openedAt === undefined || this.#probesLeft > 0) return 0;
    const since = this.#state === "open" ? this.#openedAt : this.#lastProbeAt;
    return Math.max(Math.ceil(since + this.#options.coolDownMs - performance.now()), 0);
  }
}

const COUNT_ONLY: FailureRateOptions = {
  atLeast: 1,
  windowMs: Infinity,
  minimumCalls: Number.MAX_SAFE_INTEGER,
};
