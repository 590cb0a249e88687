// WRONG (3.8): a job that ends after its time limit frees the worker of its own retry.
import { onAbort } from "@pattern-labs/primitives/abort";
import { LinkedList } from "@pattern-labs/primitives/linked-list";
import { TimeoutError } from "@pattern-labs/primitives/timeout";
import { startTimer } from "@pattern-labs/primitives/timer";
import type { Job, Lab, Pool, PoolOptions, Snapshot, SubmitOptions, Ticket } from "../../contract.ts";

export const attempted: Lab["attempted"] = [];

export function createPool(options: PoolOptions): Pool {
  return new WorkerPool(options);
}

class PoolClosedError extends Error {
  override readonly name = "PoolClosedError";

  constructor() {
    super("Cannot submit to Pool: it is closed");
  }
}

class DeadlineError extends Error {
  override readonly name = "DeadlineError";

  constructor(ms: number) {
    super(`The pool did not end within ${ms} ms`);
  }
}

/** queued → running → (waiting → queued → running)* → settled; and from everywhere to settled. */
type Stage = "queued" | "running" | "waiting" | "settled";

interface Entry {
  readonly id: number;
  readonly work: Job<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  stage: Stage;
  attempts: number;
  stopWaiting: () => void;
}

interface Attempt {
  readonly entry: Entry;
  readonly worker: number;
  readonly since: number;
  readonly controller: AbortController;
  over: boolean;
  stopClock: () => void;
}

type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: unknown };

interface Caller {
  readonly admit: () => void;
  readonly refuse: (error: unknown) => void;
}

const longestMs = 2 ** 31 - 1;

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

  readonly #createdAt = performance.now();
  readonly #callers = new LinkedList<Caller>();
  readonly #queue = new LinkedList<Entry>();
  readonly #waiting = new Set<Entry>();
  readonly #running = new Set<Attempt>();
  /** Who sits at which worker. Grows up to `workers`. */
  readonly #seats: (Entry | undefined)[] = [];

  #closed = false;
  #stopped: { readonly reason: unknown } | undefined = undefined;
  #neverBegun: number[] = [];
  readonly #ended = Promise.withResolvers<void>();
  readonly #deadlines = new Set<() => void>();
  #stopTurn: (() => void) | undefined = undefined;

  #accepted = 0;
  #succeeded = 0;
  #failed = 0;
  #cancelled = 0;
  #retried = 0;
  #busyMs = 0;

  constructor(options: PoolOptions) {
    this.#workers = count("workers", options.workers, 1);
    this.#queueLimit = count("queueLimit", options.queueLimit, 1);
    this.#retries = count("retries", options.retries ?? 0, 0);
    this.#baseDelayMs = duration("baseDelayMs", options.baseDelayMs ?? 100);
    this.#maxDelayMs = duration("maxDelayMs", options.maxDelayMs ?? 30_000);
    this.#timeLimitMs =
      options.timeLimitMs === undefined ? undefined : duration("timeLimitMs", options.timeLimitMs);
    this.#random = options.random ?? Math.random;
    this.#isPermanent = options.isPermanent ?? (() => false);
    const burst = count("burst", options.burst ?? 1, 1);
    const rate = options.ratePerSecond;
    if (rate !== undefined && !(typeof rate === "number" && rate > 0 && rate < Infinity)) {
      throw new RangeError(`Cannot create a pool: ratePerSecond must be a positive number, got ${rate}`);
    }
    this.#pace = rate === undefined ? undefined : new Pace(rate, burst);
  }

  submit<R>(job: Job<R>, { signal }: SubmitOptions = {}): Promise<Ticket<R>> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#closed) return Promise.reject(new PoolClosedError());
    if (this.#callers.size === 0 && this.#hasRoom()) {
      const ticket = this.#accept(job);
      this.#pump();
      return Promise.resolve(ticket);
    }
    return new Promise((resolve, reject) => {
      const place = this.#callers.push({
        admit: () => {
          withdraw();
          resolve(this.#accept(job));
        },
        refuse: (error) => {
          withdraw();
          reject(error);
        },
      });
      const withdraw = onAbort(signal, () => {
        this.#callers.remove(place);
        reject(signal?.reason);
      });
    });
  }

  async close({ deadlineMs }: { readonly deadlineMs?: number } = {}): Promise<void> {
    if (deadlineMs !== undefined) duration("deadlineMs", deadlineMs, "close");
    this.#shut();
    this.#endIfDone();
    if (deadlineMs !== undefined && !this.#isDone()) {
      this.#deadlines.add(startTimer(deadlineMs, () => this.#stop(new DeadlineError(deadlineMs))));
    }
    await this.#ended.promise;
  }

  async abort(reason: unknown): Promise<readonly number[]> {
    this.#stop(reason);
    await this.#ended.promise;
    return [...this.#neverBegun];
  }

  snapshot(): Snapshot {
    const now = performance.now();
    let busyMs = this.#busyMs;
    for (const { since } of this.#running) busyMs += now - since;
    const possibleMs = this.#workers * (now - this.#createdAt);
    return {
      accepted: this.#accepted,
      succeeded: this.#succeeded,
      failed: this.#failed,
      cancelled: this.#cancelled,
      retries: this.#retried,
      queued: this.#queue.size,
      waitingToRetry: this.#waiting.size,
      running: Array.from(this.#running, ({ entry, since, worker }) => ({
        id: entry.id,
        sinceMs: now - since,
        worker,
      })),
      utilisation: possibleMs > 0 ? Math.min(1, busyMs / possibleMs) : 0,
    };
  }

  #hasRoom(): boolean {
    return this.#queue.size + this.#waiting.size < this.#queueLimit;
  }

  #accept<R>(job: Job<R>): Ticket<R> {
    const { promise, resolve, reject } = Promise.withResolvers<R>();
    promise.catch(() => {}); // It may be ignored.
    this.#accepted += 1;
    const entry: Entry = {
      id: this.#accepted,
      work: job,
      resolve: resolve as (value: unknown) => void,
      reject,
      stage: "queued",
      attempts: 0,
      stopWaiting: () => {},
    };
    this.#queue.push(entry);
    return { id: entry.id, result: promise };
  }

  /** Begins what can begin. Everything that could make something possible ends here. */
  #pump(): void {
    while (this.#stopped === undefined && this.#queue.size > 0) {
      const worker = this.#freeSeat();
      if (worker === undefined) return;
      const waitMs = this.#pace?.msToWait() ?? 0;
      if (waitMs > 0) {
        this.#pumpIn(waitMs);
        return;
      }
      this.#pace?.take();
      this.#begin(this.#queue.shift() as Entry, worker);
    }
  }

  #pumpIn(waitMs: number): void {
    this.#stopTurn ??= startTimer(Math.ceil(waitMs), () => {
      this.#stopTurn = undefined;
      this.#pump();
    });
  }

  #freeSeat(): number | undefined {
    const free = this.#seats.indexOf(undefined);
    if (free >= 0) return free;
    return this.#seats.length < this.#workers ? this.#seats.length : undefined;
  }

  #begin(entry: Entry, worker: number): void {
    this.#seats[worker] = entry;
    entry.stage = "running";
    entry.attempts += 1;
    if (entry.attempts > 1) this.#retried += 1;
    const attempt: Attempt = {
      entry,
      worker,
      since: performance.now(),
      controller: new AbortController(),
      over: false,
      stopClock: () => {},
    };
    this.#running.add(attempt);
    while (this.#callers.size > 0 && this.#hasRoom()) this.#callers.shift()?.admit();

    if (this.#timeLimitMs !== undefined) {
      const limitMs = this.#timeLimitMs;
      attempt.stopClock = startTimer(limitMs, () => {
        const error = new TimeoutError(limitMs);
        attempt.controller.abort(error);
        this.#leave(attempt, { ok: false, error });
      });
    }
    const context = { signal: attempt.controller.signal, attempt: entry.attempts };
    new Promise((resolve) => resolve(entry.work(context))).then(
      (value) => this.#leave(attempt, { ok: true, value }),
      (error: unknown) => this.#leave(attempt, { ok: false, error }),
    );
  }

  /** An attempt has come to its end, or to its time limit; in the latter case its end comes some day, too. */
  #leave(attempt: Attempt, outcome: Outcome): void {
    if (!attempt.over) this.#conclude(attempt, outcome); // Whichever comes first decides; the other is too late.
    this.#vacate(attempt);
    this.#pump();
    this.#endIfDone();
  }

  /** A straggler comes home when its seat has long been given to somebody else: it must not throw them out. */
  #vacate({ entry, worker }: Attempt): void {
    if (this.#seats[worker] === entry) this.#seats[worker] = undefined;
  }

  #conclude(attempt: Attempt, outcome: Outcome): void {
    const { entry } = attempt;
    attempt.over = true;
    attempt.stopClock();
    const delayMs = outcome.ok ? undefined : this.#delayBeforeRetry(entry, outcome.error);
    this.#running.delete(attempt);
    this.#busyMs += performance.now() - attempt.since;

    if (outcome.ok) {
      this.#succeeded += 1;
      entry.stage = "settled";
      entry.resolve(outcome.value);
    } else if (this.#stopped !== undefined) {
      this.#cancel(entry, this.#stopped.reason);
    } else if (delayMs === undefined) {
      this.#failed += 1;
      entry.stage = "settled";
      entry.reject(outcome.error);
    } else {
      this.#waitToRetry(entry, delayMs);
    }
  }

  /** `undefined` if there is to be no retry. Calls the user's functions, during which the attempt still runs. */
  #delayBeforeRetry(entry: Entry, error: unknown): number | undefined {
    if (this.#stopped !== undefined || entry.attempts > this.#retries || this.#isPermanent(error))
      return undefined;
    return this.#random() * Math.min(this.#maxDelayMs, this.#baseDelayMs * 2 ** (entry.attempts - 1));
  }

  #waitToRetry(entry: Entry, delayMs: number): void {
    entry.stage = "waiting";
    this.#waiting.add(entry);
    entry.stopWaiting = startTimer(delayMs, () => {
      this.#waiting.delete(entry);
      entry.stage = "queued";
      this.#queue.push(entry);
      this.#pump();
    });
  }

  #cancel(entry: Entry, reason: unknown): void {
    if (entry.attempts === 0) this.#neverBegun.push(entry.id);
    this.#cancelled += 1;
    entry.stage = "settled";
    entry.reject(reason);
  }

  #shut(): void {
    this.#closed = true;
    for (let caller = this.#callers.shift(); caller !== undefined; caller = this.#callers.shift()) {
      caller.refuse(new PoolClosedError());
    }
  }

  #stop(reason: unknown): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = { reason };
    this.#shut();
    for (let entry = this.#queue.shift(); entry !== undefined; entry = this.#queue.shift()) {
      this.#cancel(entry, reason);
    }
    for (const entry of this.#waiting) {
      entry.stopWaiting();
      this.#waiting.delete(entry);
      this.#cancel(entry, reason);
    }
    this.#neverBegun.sort((a, b) => a - b);
    for (const { controller } of [...this.#running]) controller.abort(reason);
    this.#stopTurn?.();
    this.#endIfDone();
  }

  #isDone(): boolean {
    return this.#closed && this.#queue.size + this.#waiting.size + this.#running.size === 0;
  }

  #endIfDone(): void {
    if (!this.#isDone()) return;
    for (const stopDeadline of this.#deadlines) stopDeadline();
    this.#deadlines.clear();
    this.#stopTurn?.();
    this.#ended.resolve();
  }
}

/** The generic cell rate algorithm: it remembers when the next attempt would be due if all came evenly. */
class Pace {
  readonly #intervalMs: number;
  readonly #slackMs: number;
  #dueAt = -Infinity;

  constructor(ratePerSecond: number, burst: number) {
    this.#intervalMs = 1000 / ratePerSecond;
    this.#slackMs = this.#intervalMs * (burst - 1);
  }

  msToWait(): number {
    const waitMs = this.#dueAt - this.#slackMs - performance.now();
    return waitMs > 1e-6 ? waitMs : 0;
  }

  take(): void {
    this.#dueAt = Math.max(this.#dueAt, performance.now()) + this.#intervalMs;
  }
}

function count(name: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least) return value;
  throw new RangeError(`Cannot create a pool: ${name} must be an integer of at least ${least}, got ${value}`);
}

function duration(name: string, value: number, what = "create"): number {
  if (typeof value === "number" && value >= 0 && value <= longestMs) return value;
  throw new RangeError(`Cannot ${what} a pool: ${name} must be from 0 to ${longestMs} ms, got ${value}`);
}
