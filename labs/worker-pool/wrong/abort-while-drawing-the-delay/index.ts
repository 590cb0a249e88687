// WRONG (3.10): an abort inside `random` sweeps all places, and then the job is put into one of them.
import { onAbort } from "@pattern-labs/primitives/abort";
import { LinkedList } from "@pattern-labs/primitives/linked-list";
import { startTimer } from "@pattern-labs/primitives/timer";
import type { Job, JobContext, Lab, Pool, PoolOptions, Snapshot, Ticket } from "../../contract.ts";

export const attempted: Lab["attempted"] = [];

/** The errors are known by their names. */
function errorNamed(name: "PoolClosedError" | "DeadlineError" | "TimeoutError", message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}

interface Entry {
  readonly id: number;
  readonly call: (context: JobContext) => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
  /** How often it was called. */
  calls: number;
  /** While it waits for a retry: when that is due. */
  dueAt: number;
}

interface Run {
  readonly record: Entry;
  readonly worker: number;
  readonly beganAt: number;
  readonly controller: AbortController;
  stopLimit: () => void;
}

interface Applicant {
  readonly enter: () => void;
  readonly turnAway: () => void;
}

export function createPool(options: PoolOptions): Pool {
  const scheduler = new Scheduler(readSettings(options));
  return {
    submit: (job, { signal } = {}) => scheduler.submit(job, signal),
    close: async ({ deadlineMs } = {}) => {
      if (deadlineMs !== undefined) checkTime("deadlineMs", deadlineMs);
      await scheduler.close(deadlineMs);
    },
    abort: async (reason) => {
      scheduler.stop(reason);
      await scheduler.ended;
      return [...scheduler.neverBegun];
    },
    snapshot: () => scheduler.snapshot(),
  };
}

/**
 * Whatever happens is only written down: a job is accepted, an attempt ends, a time comes. Then a `tick` is asked for,
 * one however much has happened, and it alone lets jobs move on: out of the wait for a retry, through the door, and to a
 * worker. One alarm wakes the next tick, if it is time that is waited for.
 */
class Scheduler {
  readonly #settings: Settings;
  readonly #createdAt = performance.now();

  // The places a job can be in before it is done.
  readonly #queue = new LinkedList<Entry>();
  readonly #resting = new Set<Entry>();
  readonly #runs = new Set<Run>();
  readonly #applicants = new LinkedList<Applicant>();
  readonly #freeWorkers: number[] = [];
  #workersUsed = 0;

  #tickIsComing = false;
  #stopAlarm = () => {};
  #nextTurnAt = -Infinity;

  #closed = false;
  #stopped = false;
  #reason: unknown = undefined;
  readonly neverBegun: number[] = [];
  readonly #end = Promise.withResolvers<void>();
  readonly #deadlines = new Set<() => void>();

  #accepted = 0;
  #succeeded = 0;
  #failed = 0;
  #cancelled = 0;
  #retries = 0;
  #busyMs = 0;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  get ended(): Promise<void> {
    return this.#end.promise;
  }

  submit<R>(job: Job<R>, signal: AbortSignal | undefined): Promise<Ticket<R>> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#closed) return Promise.reject(errorNamed("PoolClosedError", "The pool is closed"));
    if (this.#applicants.size === 0 && this.#hasRoom()) {
      this.#askForTick();
      return Promise.resolve(this.#accept(job));
    }
    const { promise, resolve, reject } = Promise.withResolvers<Ticket<R>>();
    const place = this.#applicants.push({
      enter: () => {
        withdraw();
        resolve(this.#accept(job));
      },
      turnAway: () => {
        withdraw();
        reject(errorNamed("PoolClosedError", "The pool was closed while the job waited for a place"));
      },
    });
    const withdraw = onAbort(signal, () => {
      this.#applicants.remove(place);
      reject(signal?.reason);
    });
    return promise;
  }

  async close(deadlineMs: number | undefined): Promise<void> {
    this.#shut();
    this.#endIfDone();
    if (deadlineMs !== undefined && !this.#isDone()) {
      const late = () => this.stop(errorNamed("DeadlineError", `The pool had ${deadlineMs} ms to end`));
      this.#deadlines.add(startTimer(deadlineMs, late));
    }
    await this.ended;
  }

  /** Empties all places but the workers', who are told to stop and bring their jobs back themselves. */
  stop(reason: unknown): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#reason = reason;
    this.#shut();
    this.#stopAlarm();
    for (let record = this.#queue.shift(); record !== undefined; record = this.#queue.shift()) {
      this.#cancel(record);
    }
    for (const record of this.#resting) {
      this.#resting.delete(record);
      this.#cancel(record);
    }
    this.neverBegun.sort((a, b) => a - b);
    for (const { controller } of [...this.#runs]) controller.abort(reason);
    this.#endIfDone();
  }

  snapshot(): Snapshot {
    const now = performance.now();
    let usedMs = this.#busyMs;
    const running = [];
    for (const { record, worker, beganAt } of this.#runs) {
      usedMs += now - beganAt;
      running.push({ id: record.id, sinceMs: now - beganAt, worker });
    }
    const wholeMs = (now - this.#createdAt) * this.#settings.workers;
    return {
      accepted: this.#accepted,
      succeeded: this.#succeeded,
      failed: this.#failed,
      cancelled: this.#cancelled,
      retries: this.#retries,
      queued: this.#queue.size,
      waitingToRetry: this.#resting.size,
      running,
      utilisation: wholeMs > 0 ? Math.min(usedMs / wholeMs, 1) : 0,
    };
  }

  // --------------------------------------------------------------------- the tick

  #askForTick(): void {
    if (this.#tickIsComing || this.#stopped) return;
    this.#tickIsComing = true;
    queueMicrotask(() => {
      this.#tickIsComing = false;
      this.#tick();
    });
  }

  #tick(): void {
    this.#stopAlarm();
    this.#wakeTheRested();
    while (!this.#stopped && this.#queue.size > 0 && this.#hasFreeWorker() && this.#msToTurn() === 0) {
      this.#begin(this.#queue.shift() as Entry);
    }
    if (!this.#stopped) this.#setAlarm();
  }

  /** In the order in which they are due. */
  #wakeTheRested(): void {
    if (this.#resting.size === 0) return;
    const now = performance.now();
    const rested = [...this.#resting].filter(({ dueAt }) => dueAt - now < slackMs);
    for (const record of rested.sort((a, b) => a.dueAt - b.dueAt)) {
      this.#resting.delete(record);
      this.#queue.push(record);
    }
  }

  #setAlarm(): void {
    const now = performance.now();
    let inMs = Infinity;
    if (this.#queue.size > 0 && this.#hasFreeWorker()) inMs = this.#msToTurn();
    for (const { dueAt } of this.#resting) inMs = Math.min(inMs, Math.max(dueAt - now, 0));
    this.#stopAlarm = startTimer(Math.ceil(inMs), () => this.#tick());
  }

  // --------------------------------------------------------------------- rate and workers

  #msToTurn(): number {
    const { intervalMs, burst } = this.#settings;
    const waitMs = this.#nextTurnAt - (burst - 1) * intervalMs - performance.now();
    return waitMs < slackMs ? 0 : waitMs;
  }

  #hasFreeWorker(): boolean {
    return this.#runs.size < this.#settings.workers;
  }

  #begin(record: Entry): void {
    const { timeLimitMs, intervalMs } = this.#settings;
    const beganAt = performance.now();
    this.#nextTurnAt = Math.max(this.#nextTurnAt, beganAt) + intervalMs;
    record.calls += 1;
    if (record.calls > 1) this.#retries += 1;
    const controller = new AbortController();
    const worker = this.#freeWorkers.pop() ?? this.#workersUsed++;
    const run: Run = { record, worker, beganAt, controller, stopLimit: () => {} };
    this.#runs.add(run);
    this.#openDoor();

    if (timeLimitMs !== undefined) {
      run.stopLimit = startTimer(timeLimitMs, () => {
        const timeUp = errorNamed("TimeoutError", `The attempt took more than ${timeLimitMs} ms`);
        controller.abort(timeUp);
        this.#failure(run, timeUp);
      });
    }
    new Promise((resolve) => {
      resolve(record.call({ signal: controller.signal, attempt: record.calls }));
    }).then(
      (value) => this.#success(run, value),
      (error: unknown) => this.#failure(run, error),
    );
  }

  #success(run: Run, value: unknown): void {
    if (!this.#runs.has(run)) return; // Its time was up before.
    this.#leave(run);
    this.#succeeded += 1;
    run.record.resolve(value);
    this.#goOn();
  }

  #failure(run: Run, error: unknown): void {
    if (!this.#runs.has(run)) return;
    run.stopLimit();
    const { record } = run;
    const isFinal = record.calls > this.#settings.retries || this.#settings.isPermanent(error);
    if (this.#stopped) {
      this.#leave(run);
      this.#cancel(record);
    } else if (isFinal) {
      this.#leave(run);
      this.#failed += 1;
      record.reject(error);
    } else {
      // The delay first: to whoever looks meanwhile, the job is still at its worker.
      record.dueAt = performance.now() + this.#delayMs(record.calls);
      this.#leave(run);
      this.#resting.add(record);
    }
    this.#goOn();
  }

  #delayMs(retry: number): number {
    const { baseDelayMs, maxDelayMs, random } = this.#settings;
    return random() * Math.min(maxDelayMs, baseDelayMs * 2 ** (retry - 1));
  }

  #leave(run: Run): void {
    run.stopLimit();
    this.#runs.delete(run);
    this.#freeWorkers.push(run.worker);
    this.#busyMs += performance.now() - run.beganAt;
  }

  #goOn(): void {
    this.#askForTick();
    this.#endIfDone();
  }

  // --------------------------------------------------------------------- the door

  #hasRoom(): boolean {
    return this.#queue.size + this.#resting.size < this.#settings.queueLimit;
  }

  #openDoor(): void {
    while (this.#applicants.size > 0 && this.#hasRoom()) this.#applicants.shift()?.enter();
  }

  #accept<R>(job: Job<R>): Ticket<R> {
    const { promise, resolve, reject } = Promise.withResolvers<R>();
    promise.catch(() => {}); // Nobody need look at it.
    const id = ++this.#accepted;
    this.#queue.push({ id, call: job, resolve: resolve as Entry["resolve"], reject, calls: 0, dueAt: 0 });
    return { id, result: promise };
  }

  // --------------------------------------------------------------------- the end

  #cancel(record: Entry): void {
    if (record.calls === 0) this.neverBegun.push(record.id);
    this.#cancelled += 1;
    record.reject(this.#reason);
  }

  #shut(): void {
    this.#closed = true;
    for (let one = this.#applicants.shift(); one !== undefined; one = this.#applicants.shift())
      one.turnAway();
  }

  #isDone(): boolean {
    return this.#closed && this.#queue.size + this.#resting.size + this.#runs.size === 0;
  }

  #endIfDone(): void {
    if (!this.#isDone()) return;
    this.#stopAlarm();
    for (const stopDeadline of this.#deadlines) stopDeadline();
    this.#deadlines.clear();
    this.#end.resolve();
  }
}

/** Timers count whole milliseconds, clocks do not: so near is there. */
const slackMs = 1e-6;

interface Settings {
  readonly workers: number;
  readonly queueLimit: number;
  readonly retries: number;
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  readonly timeLimitMs: number | undefined;
  readonly random: () => number;
  readonly isPermanent: (error: unknown) => boolean;
  readonly intervalMs: number;
  readonly burst: number;
}

function readSettings(options: PoolOptions): Settings {
  const { workers, queueLimit, timeLimitMs, ratePerSecond } = options;
  const { retries = 0, baseDelayMs = 100, maxDelayMs = 30_000, burst = 1 } = options;
  checkInteger("workers", workers, 1);
  checkInteger("queueLimit", queueLimit, 1);
  checkInteger("retries", retries, 0);
  checkInteger("burst", burst, 1);
  checkTime("baseDelayMs", baseDelayMs);
  checkTime("maxDelayMs", maxDelayMs);
  if (timeLimitMs !== undefined) checkTime("timeLimitMs", timeLimitMs);
  if (ratePerSecond !== undefined && !(Number.isFinite(ratePerSecond) && ratePerSecond > 0)) {
    throw new RangeError(`ratePerSecond must be a positive number, got ${ratePerSecond}`);
  }
  return {
    workers,
    queueLimit,
    retries,
    baseDelayMs,
    maxDelayMs,
    timeLimitMs,
    random: options.random ?? Math.random,
    isPermanent: options.isPermanent ?? (() => false),
    intervalMs: ratePerSecond === undefined ? 0 : 1000 / ratePerSecond,
    burst,
  };
}

function checkInteger(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new RangeError(`${name} must be an integer of at least ${least}, got ${value}`);
  }
}

function checkTime(name: string, ms: number): void {
  if (typeof ms !== "number" || !(ms >= 0 && ms <= 2_147_483_647)) {
    throw new RangeError(`${name} must be from 0 to 2147483647, got ${ms}`);
  }
}
