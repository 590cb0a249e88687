import type { Job, Pool, Snapshot, SubmitOptions, Ticket } from "../contract.ts";
import { backoffMs } from "./backoff.ts";
import { Breaker } from "./challenges/breaker.ts";
import { Entrance } from "./entrance.ts";
import { type Entry, openEntry } from "./entry.ts";
import { CircuitOpenError, DeadlineError, PoolClosedError } from "./errors.ts";
import { type Attempt, Ledger } from "./ledger.ts";
import { checkDuration, type Settings } from "./options.ts";
import { createQueue, type Queue } from "./queue.ts";
import { RetryRoom } from "./retry-room.ts";
import { Roster } from "./roster.ts";
import { underTimeLimit } from "./time-limit.ts";
import { TokenBucket } from "./token-bucket.ts";

interface Aborted {
  readonly reason: unknown;
  readonly neverBegun: readonly number[];
}

/**
 * An accepted job is always in exactly one place: in the queue, with a worker, waiting for a retry, or settled. Every
 * move from one to the next is synchronous, so whoever looks, at whatever moment, finds each job once.
 */
export class WorkerPool implements Pool {
  readonly #settings: Settings;
  readonly #entrance = new Entrance();
  readonly #queue: Queue;
  readonly #roster: Roster;
  readonly #bucket: TokenBucket;
  readonly #breaker: Breaker;
  readonly #ledger: Ledger;
  readonly #open = new Map<number, Entry>(); // Accepted and not settled, in the order of their ids.
  readonly #retries = new RetryRoom((entry) => this.#enqueue(entry));
  #closed = false;
  #aborted: Aborted | undefined;
  #isEnded = false;
  readonly #ended = Promise.withResolvers<void>();

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#queue = createQueue(settings);
    this.#roster = new Roster(settings);
    this.#bucket = new TokenBucket(settings, () => this.#wakeWorker());
    this.#breaker = new Breaker(settings.breaker);
    this.#ledger = new Ledger(settings.workers);
  }

  // Accepting jobs

  submit<R>(job: Job<R>, options: SubmitOptions = {}): Promise<Ticket<R>> {
    return new Promise((resolve, reject) => {
      options.signal?.throwIfAborted();
      if (this.#closed) throw new PoolClosedError();
      const accept = () => resolve(this.#accept(job, options));
      if (this.#hasRoom() && this.#entrance.isEmpty) accept();
      else this.#entrance.wait({ accept, reject, signal: options.signal });
    });
  }

  /**
   * Jobs that wait for a retry count, too. Otherwise an outage on the other side would fill the memory with failed
   * jobs, behind a queue that looks as short as ever.
   */
  #hasRoom(): boolean {
    return this.#queue.size + this.#retries.size < this.#settings.queueLimit;
  }

  #accept<R>(job: Job<R>, options: SubmitOptions): Ticket<R> {
    const { entry, ticket } = openEntry(this.#ledger.count("accepted"), job, options);
    this.#open.set(entry.id, entry);
    this.#enqueue(entry);
    return ticket;
  }

  #enqueue(entry: Entry): void {
    this.#wakeWorker(this.#queue.add(entry));
  }

  // Running jobs

  #wakeWorker(preferred?: number): void {
    const worker = this.#roster.wake(preferred);
    if (worker !== undefined) void this.#work(worker);
  }

  /** A worker pulls jobs for as long as there is one to begin, and then goes to rest. */
  async #work(worker: number): Promise<void> {
    await null; // A job never runs inside the call that submits it.
    for (let entry = this.#next(worker); entry !== undefined; entry = this.#next(worker)) {
      await this.#attempt(entry, worker);
    }
    this.#roster.rest(worker);
    this.#endIfDone();
  }

  /** The job to begin now; none if there is no job, or no token for it. Then the next token wakes a worker. */
  #next(worker: number): Entry | undefined {
    if (this.#queue.size === 0 || !this.#bucket.take()) return undefined;
    const entry = this.#queue.take(worker);
    if (this.#queue.size > 0) this.#wakeWorker(); // There is more to do: one worker wakes the next.
    this.#entrance.admitWhile(() => this.#hasRoom()); // In the same breath: no newcomer can take the place.
    return entry;
  }

  /** Calls the job once, and decides what becomes of it. Never rejects. */
  async #attempt(entry: Entry, worker: number): Promise<void> {
    const controller = new AbortController();
    const attempt: Attempt = { id: entry.id, since: performance.now(), worker, controller };
    this.#ledger.begin(attempt);
    entry.attempts += 1;
    if (entry.attempts > 1) this.#ledger.count("retries");
    try {
      const value = await this.#call(entry, attempt);
      this.#ledger.end(attempt);
      this.#settle(entry, "succeeded", () => entry.resolve(value));
    } catch (error) {
      this.#fail(entry, attempt, error);
    }
  }

  async #call(entry: Entry, { controller, worker }: Attempt): Promise<unknown> {
    const { workerState, timeLimitMs } = this.#settings;
    const { signal } = controller;
    const state = workerState === undefined ? undefined : await this.#roster.stateOf(worker);
    signal.throwIfAborted(); // Making the state takes time, and an aborted pool begins nothing.
    const context = { signal, attempt: entry.attempts, worker, state };
    return await this.#breaker.guard(entry.key, () => {
      entry.begun = true;
      return underTimeLimit(() => entry.job(context), { ms: timeLimitMs, controller });
    });
  }

  // Failing and trying again

  #fail(entry: Entry, attempt: Attempt, error: unknown): void {
    let delayMs: number | undefined;
    try {
      // Asked before anything moves: this calls code of the user's, who may look at the pool, or even abort it.
      delayMs = this.#retryDelayMs(entry, error);
    } catch (thrown) {
      error = thrown;
    }
    this.#ledger.end(attempt);
    if (this.#aborted !== undefined) this.#cancel(entry, this.#aborted.reason);
    else if (delayMs === undefined) this.#settle(entry, "failed", () => entry.reject(error));
    else this.#retries.add(entry, delayMs);
  }

  /** How long to wait before the next attempt; undefined if there is none. */
  #retryDelayMs(entry: Entry, error: unknown): number | undefined {
    if (this.#aborted !== undefined || entry.attempts > this.#settings.retries) return undefined;
    if (error instanceof CircuitOpenError || this.#settings.isPermanent(error)) return undefined;
    return backoffMs(entry.attempts, this.#settings);
  }

  // Ending

  async close({ deadlineMs }: { readonly deadlineMs?: number } = {}): Promise<void> {
    let deadline: NodeJS.Timeout | undefined;
    if (deadlineMs !== undefined) {
      const giveUp = () => this.#stop(new DeadlineError(deadlineMs));
      deadline = setTimeout(giveUp, checkDuration("deadlineMs", deadlineMs, "close the pool"));
    }
    this.#stopIntake();
    this.#endIfDone();
    await this.#ended.promise.finally(() => clearTimeout(deadline));
  }

  async abort(
    reason: unknown = new DOMException("The pool was aborted", "AbortError"),
  ): Promise<readonly number[]> {
    const { neverBegun } = this.#stop(reason);
    await this.#ended.promise;
    return neverBegun;
  }

  #stop(reason: unknown): Aborted {
    if (this.#aborted !== undefined) return this.#aborted;
    const neverBegun = [...this.#open.values()].filter(({ begun }) => !begun).map(({ id }) => id);
    this.#aborted = { reason, neverBegun };
    this.#stopIntake();
    this.#bucket.close();
    for (const entry of [...this.#queue.clear(), ...this.#retries.clear()]) this.#cancel(entry, reason);
    for (const { controller } of this.#ledger.running) controller.abort(reason);
    this.#endIfDone();
    return this.#aborted;
  }

  #stopIntake(): void {
    this.#closed = true;
    this.#entrance.close();
  }

  #cancel(entry: Entry, reason: unknown): void {
    this.#settle(entry, "cancelled", () => entry.reject(reason));
  }

  #settle(entry: Entry, outcome: "succeeded" | "failed" | "cancelled", deliver: () => void): void {
    this.#open.delete(entry.id);
    this.#ledger.count(outcome);
    deliver();
  }

  /** The end has come when there is nothing left to do and every worker is at rest. */
  #endIfDone(): void {
    if (!this.#closed || this.#isEnded || this.#open.size > 0 || !this.#roster.allRest) return;
    this.#isEnded = true;
    this.#roster.dismiss().then(this.#ended.resolve, this.#ended.reject);
  }

  // Looking

  snapshot(): Snapshot {
    return this.#ledger.snapshot({
      queued: this.#queue.size,
      waitingToRetry: this.#retries.size,
      liveWorkers: this.#roster.live,
    });
  }
}
