/** The whole pool in one class, written from README and contract alone. It begins jobs within `submit`, and has no worker objects. */
import { onAbort } from "@pattern-labs/primitives/abort";
import { LinkedList } from "@pattern-labs/primitives/linked-list";
import { TimeoutError } from "@pattern-labs/primitives/timeout";
import { startTimer } from "@pattern-labs/primitives/timer";
import type { Job, Lab, Pool, PoolOptions, Snapshot, SubmitOptions, Ticket } from "../../contract.ts";

export function createPool(options: PoolOptions): Pool {
  return new WorkerPool(options);
}

export const attempted: Lab["attempted"] = [];

class PoolClosedError extends Error {
  override readonly name = "PoolClosedError";

  constructor() {
    super("Cannot submit to the pool: it is closed");
  }
}

class DeadlineError extends Error {
  override readonly name = "DeadlineError";

  constructor(deadlineMs: number) {
    super(`The pool was aborted: it was not done ${deadlineMs} ms after it was closed`);
  }
}

/**
 * An accepted job. It is in exactly one place: queued, running, or waiting to be retried. A retry that is due goes to
 * the end of the queue like a new job.
 */
interface Entry {
  readonly id: number;
  attempts: number;
  readonly work: Job<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** One call of a job: it holds a worker from its begin until it is taken out of `#running`. */
interface Attempt {
  readonly entry: Entry;
  readonly worker: number;
  readonly beganAt: number;
  readonly controller: AbortController;
  stopTimeLimit: () => void;
}

/** A call of `submit` that waits for a place. */
interface Caller {
  readonly admit: () => void;
  readonly refuse: () => void;
}

/**
 * A token bucket, kept as one number: when the next attempt would begin if all of them were evenly spaced. A burst may
 * be ahead of that by `burst - 1` intervals. Lateness of timers is caught up within the burst, so no rate is lost.
 */
class Pace {
  readonly #intervalMs: number;
  readonly #leadMs: number;
  #evenlySpacedAt = -Infinity;

  constructor(ratePerSecond: number, burst: number) {
    this.#intervalMs = 1000 / ratePerSecond;
    this.#leadMs = (burst - 1) * this.#intervalMs;
  }

  /** 0 if an attempt may begin now. */
  waitMs(): number {
    const ms = this.#evenlySpacedAt - this.#leadMs - performance.now();
    return ms > roundingMs ? ms : 0;
  }

  /** To be called at each begin, when `waitMs` is 0. */
  take(): void {
    this.#evenlySpacedAt = Math.max(this.#evenlySpacedAt, performance.now()) + this.#intervalMs;
  }
}

/** Sums of fractions miss by less than this; without it a timer that fires just in time would be set again. */
const roundingMs = 1e-6;

/**
 * No worker is an object here: a worker is a place in `#running`. Whatever changes a queue or frees a place calls
 * `#advance`, which moves jobs on synchronously; so nothing is ever parked.
 */
class WorkerPool implements Pool {
  readonly #workers: number;
  readonly #queueLimit: number;
  readonly #retries: number;
  readonly #baseDelayMs: number;
  readonly #maxDelayMs: number;
  readonly #random: () => number;
  readonly #isPermanent: (error: unknown) => boolean;
  readonly #timeLimitMs: number | undefined;
  readonly #pace: Pace | undefined;

  readonly #callers = new LinkedList<Caller>(); // Invariant: non-empty only while #isFull.
  readonly #queued = new LinkedList<Entry>();
  readonly #waitingToRetry = new Map<Entry, () => void>(); // Each with what stops its timer.
  readonly #running = new Set<Attempt>();
  readonly #freeWorkers: number[] = []; // Those that have run before; `#workersUsed` numbers from 0 have.
  #workersUsed = 0;

  #accepted = 0;
  #succeededJobs = 0;
  #failedJobs = 0;
  #cancelledJobs = 0;
  #retriesBegun = 0;
  readonly #createdAt = performance.now();
  #busyMs = 0; // Over all attempts that have ended.

  #advancing = false;
  #stopTurn = () => {}; // Stops the timer for the next turn under the rate, if one is set.

  #closed = false;
  #aborted: { readonly reason: unknown; readonly neverBegun: readonly number[] } | undefined = undefined;
  readonly #ended = Promise.withResolvers<void>();
  readonly #stopDeadlines = new Set<() => void>();

  constructor(options: PoolOptions) {
    const { workers, queueLimit, retries = 0, baseDelayMs = 100, maxDelayMs = 30_000, timeLimitMs } = options;
    const { ratePerSecond, burst = 1 } = options;
    this.#workers = positiveInteger("workers", workers);
    this.#queueLimit = positiveInteger("queueLimit", queueLimit);
    if (!Number.isInteger(retries) || retries < 0) {
      throw outOfRange("create a pool", "retries", "an integer from 0", retries);
    }
    this.#retries = retries;
    this.#baseDelayMs = checkTime("create a pool", "baseDelayMs", baseDelayMs);
    this.#maxDelayMs = checkTime("create a pool", "maxDelayMs", maxDelayMs);
    this.#random = options.random ?? Math.random;
    this.#isPermanent = options.isPermanent ?? (() => false);
    this.#timeLimitMs =
      timeLimitMs === undefined ? undefined : checkTime("create a pool", "timeLimitMs", timeLimitMs);
    positiveInteger("burst", burst);
    if (ratePerSecond !== undefined) {
      if (!Number.isFinite(ratePerSecond) || ratePerSecond <= 0) {
        throw outOfRange("create a pool", "ratePerSecond", "a positive number", ratePerSecond);
      }
      this.#pace = new Pace(ratePerSecond, burst);
    }
  }

  submit<R>(work: Job<R>, { signal }: SubmitOptions = {}): Promise<Ticket<R>> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#closed) return Promise.reject(new PoolClosedError());
    if (!this.#isFull && this.#callers.size === 0) {
      const ticket = this.#accept(work);
      this.#advance();
      return Promise.resolve(ticket);
    }
    return new Promise((resolve, reject) => {
      const place = this.#callers.push({
        admit: () => {
          withdraw();
          resolve(this.#accept(work));
        },
        refuse: () => {
          withdraw();
          reject(new PoolClosedError());
        },
      });
      const withdraw = onAbort(signal, () => {
        this.#callers.remove(place);
        reject(signal?.reason);
      });
    });
  }

  async close({ deadlineMs }: { readonly deadlineMs?: number } = {}): Promise<void> {
    if (deadlineMs !== undefined) checkTime("close the pool", "deadlineMs", deadlineMs);
    this.#takeNoMore();
    this.#endIfDone();
    if (deadlineMs !== undefined && !this.#isDone) {
      this.#stopDeadlines.add(startTimer(deadlineMs, () => this.#stop(new DeadlineError(deadlineMs))));
    }
    await this.#ended.promise;
  }

  async abort(reason: unknown): Promise<readonly number[]> {
    this.#stop(reason);
    await this.#ended.promise;
    return this.#aborted?.neverBegun ?? [];
  }

  snapshot(): Snapshot {
    const now = performance.now();
    const running = Array.from(this.#running, ({ entry, worker, beganAt }) => ({
      id: entry.id,
      sinceMs: now - beganAt,
      worker,
    }));
    const busyMs = running.reduce((sum, { sinceMs }) => sum + sinceMs, this.#busyMs);
    const possibleMs = this.#workers * (now - this.#createdAt);
    return {
      accepted: this.#accepted,
      succeeded: this.#succeededJobs,
      failed: this.#failedJobs,
      cancelled: this.#cancelledJobs,
      retries: this.#retriesBegun,
      queued: this.#queued.size,
      waitingToRetry: this.#waitingToRetry.size,
      running,
      utilisation: possibleMs > 0 ? Math.min(busyMs / possibleMs, 1) : 0, // Sums of fractions may exceed 1 by a hair.
    };
  }

  get #isFull(): boolean {
    return this.#queued.size + this.#waitingToRetry.size >= this.#queueLimit;
  }

  #accept<R>(work: Job<R>): Ticket<R> {
    const { promise: result, resolve, reject } = Promise.withResolvers<R>();
    result.catch(() => {}); // Nobody has to look at it.
    const id = ++this.#accepted;
    this.#queued.push({ id, attempts: 0, work, resolve: resolve as (value: unknown) => void, reject });
    return { id, result };
  }

  /**
   * Begins what can begin, and lets callers take the places that this frees. A job needs a worker and a turn: it takes
   * both at once or stays queued. A job that submits does not recurse.
   */
  #advance(): void {
    if (this.#advancing) return;
    this.#advancing = true;
    this.#stopTurn();
    while (this.#queued.size > 0 && this.#running.size < this.#workers) {
      const waitMs = this.#pace?.waitMs() ?? 0;
      if (waitMs > 0) {
        this.#stopTurn = startTimer(Math.ceil(waitMs - roundingMs), () => this.#advance());
        break;
      }
      this.#pace?.take();
      const entry = this.#queued.shift() as Entry;
      this.#admit();
      this.#begin(entry);
    }
    this.#advancing = false;
    this.#endIfDone();
  }

  #admit(): void {
    while (!this.#isFull && this.#callers.size > 0) this.#callers.shift()?.admit();
  }

  #begin(entry: Entry): void {
    entry.attempts += 1;
    if (entry.attempts > 1) this.#retriesBegun += 1;
    const attempt: Attempt = {
      entry,
      worker: this.#freeWorkers.pop() ?? this.#workersUsed++,
      beganAt: performance.now(),
      controller: new AbortController(),
      stopTimeLimit: () => {},
    };
    this.#running.add(attempt);
    if (this.#timeLimitMs !== undefined) {
      const error = new TimeoutError(this.#timeLimitMs);
      attempt.stopTimeLimit = startTimer(this.#timeLimitMs, () => {
        attempt.controller.abort(error);
        this.#failed(attempt, error);
      });
    }
    call(entry.work, { signal: attempt.controller.signal, attempt: entry.attempts }).then(
      (value) => this.#succeeded(attempt, value),
      (error) => this.#failed(attempt, error),
    );
  }

  #succeeded(attempt: Attempt, value: unknown): void {
    if (!this.#running.has(attempt)) return; // Its time was up long ago.
    this.#leave(attempt);
    this.#succeededJobs += 1;
    attempt.entry.resolve(value);
    this.#advance();
  }

  #failed(attempt: Attempt, error: unknown): void {
    if (!this.#running.has(attempt)) return;
    attempt.stopTimeLimit();
    const { entry } = attempt;
    const next = this.#afterFailure(entry, error);
    this.#leave(attempt);
    if (this.#aborted !== undefined) this.#cancel(entry, this.#aborted.reason);
    else if (next.retryInMs === undefined) this.#giveUp(entry, next.error);
    else this.#waitToRetry(entry, next.retryInMs);
    this.#advance();
  }

  /**
   * Asks `isPermanent` and `random`, while the job still counts as running: either may call the pool, and even abort
   * it. What they throw is the job's failure, as if it had come from the job.
   */
  #afterFailure(entry: Entry, error: unknown): { readonly retryInMs?: number; readonly error: unknown } {
    try {
      if (this.#aborted !== undefined || entry.attempts > this.#retries || this.#isPermanent(error))
        return { error };
      if (this.#aborted !== undefined) return { error };
      const doublings = Math.min(entry.attempts - 1, 1000); // Beyond, it would be Infinity, and 0 × Infinity NaN.
      const longestWaitMs = Math.min(this.#maxDelayMs, this.#baseDelayMs * 2 ** doublings);
      return { retryInMs: this.#random() * longestWaitMs, error };
    } catch (thrown) {
      return { error: thrown };
    }
  }

  #waitToRetry(entry: Entry, ms: number): void {
    const stop = startTimer(ms, () => {
      this.#waitingToRetry.delete(entry);
      this.#queued.push(entry);
      this.#advance();
    });
    this.#waitingToRetry.set(entry, stop);
  }

  #leave(attempt: Attempt): void {
    attempt.stopTimeLimit();
    this.#running.delete(attempt);
    this.#freeWorkers.push(attempt.worker);
    this.#busyMs += performance.now() - attempt.beganAt;
  }

  #giveUp(entry: Entry, error: unknown): void {
    this.#failedJobs += 1;
    entry.reject(error);
  }

  #cancel(entry: Entry, reason: unknown): void {
    this.#cancelledJobs += 1;
    entry.reject(reason);
  }

  #takeNoMore(): void {
    this.#closed = true;
    for (let caller = this.#callers.shift(); caller !== undefined; caller = this.#callers.shift())
      caller.refuse();
  }

  /**
   * Visits every place once: callers, queue, retries, running. What runs leaves by itself, and is the last to hear of
   * it, because listeners on its signal may call the pool.
   */
  #stop(reason: unknown): void {
    if (this.#aborted !== undefined) return;
    const neverBegun = [...this.#queued].filter(({ attempts }) => attempts === 0).map(({ id }) => id);
    this.#aborted = { reason, neverBegun }; // In ascending order, because new jobs are queued as they are accepted.
    this.#takeNoMore();
    this.#stopTurn();
    for (let entry = this.#queued.shift(); entry !== undefined; entry = this.#queued.shift())
      this.#cancel(entry, reason);
    for (const [entry, stopWaiting] of this.#waitingToRetry) {
      stopWaiting();
      this.#waitingToRetry.delete(entry);
      this.#cancel(entry, reason);
    }
    for (const { controller } of [...this.#running]) controller.abort(reason);
    this.#endIfDone();
  }

  get #isDone(): boolean {
    return this.#queued.size + this.#waitingToRetry.size + this.#running.size === 0;
  }

  #endIfDone(): void {
    if (!this.#closed || !this.#isDone) return;
    this.#stopTurn();
    for (const stop of this.#stopDeadlines) stop();
    this.#stopDeadlines.clear();
    this.#ended.resolve();
  }
}

/** Async, so that what a job throws before its first `await` is a rejection like any other. */
async function call<R>(work: Job<R>, context: Parameters<Job<R>>[0]): Promise<R> {
  return await work(context);
}

function positiveInteger(name: string, value: number): number {
  if (!Number.isInteger(value) || value < 1)
    throw outOfRange("create a pool", name, "a whole number from 1", value);
  return value;
}

/** The longest that a timer can wait. */
const longestMs = 2 ** 31 - 1;

function checkTime(what: string, name: string, value: number): number {
  const inRange = typeof value === "number" && value >= 0 && value <= longestMs;
  if (!inRange) throw outOfRange(what, name, `a number of milliseconds from 0 to ${longestMs}`, value);
  return value;
}

function outOfRange(what: string, name: string, rule: string, value: unknown): RangeError {
  return new RangeError(`Cannot ${what}: ${name} must be ${rule}, got ${String(value)}`);
}
