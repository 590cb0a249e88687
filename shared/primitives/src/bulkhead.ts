import { type Cancellable, isAbort, onAbort, runUnder, type Task } from "./abort.ts";
import {
  checkCount,
  checkOptions,
  checkWholeOrInfinity,
  type Refusal,
  refusalToRun,
  signalIn,
} from "./arguments/check.ts";
import { LinkedList, type LinkedListNode } from "./linked-list.ts";
import { WaitQueue } from "./wait-queue.ts";

export interface BulkheadOptions {
  /** How many tasks may run at once. */
  readonly limit: number;
  /** How many may wait behind them. `Infinity` if something else bounds them; 0 if none may. */
  readonly queueLimit: number;
}

/** A task was refused, because as many run and wait as may. Nothing of it has begun. */
export class BulkheadFullError extends Error {
  override readonly name = "BulkheadFullError";
  readonly limit: number;
  readonly queueLimit: number;

  constructor({ limit, queueLimit }: BulkheadOptions) {
    super(`Cannot run on Bulkhead: it is full, ${limit} run and ${queueLimit} wait`);
    this.limit = limit;
    this.queueLimit = queueLimit;
  }
}

/** A task was refused, because the bulkhead takes no more. Nothing of it has begun. */
export class BulkheadClosedError extends Error {
  override readonly name = "BulkheadClosedError";

  constructor() {
    super("Cannot run on Bulkhead: it is closed");
  }
}

/**
 * Runs tasks, so many at once and no more, and lets so many wait; what is beyond is refused at once. So one slow
 * dependency cannot take all that there is to take. Each task's outcome is its caller's: a failure stops no other.
 * For tasks that fail together, prefer `TaskGroup`; to map a list, `mapConcurrent`; to bound a section, `Semaphore`.
 *
 * - First come, first served; a task begins within `run` if there is a place for it.
 * - Every promise of `run` settles, also after `close` and `cancel`.
 * - Leaving its scope (`await using`) closes it, and waits for all tasks, those that still queue included.
 * - A task must not await `run` on its own bulkhead: it would hold a place while waiting for one.
 *
 * @example
 * ```ts
 * await using database = new Bulkhead({ limit: 2, queueLimit: 1 });
 * const query = (id: number) => database.run(({ signal }) => sleep(1, { signal }).then(() => `row ${id}`));
 *
 * const answers = await Promise.allSettled([query(1), query(2), query(3), query(4)]);
 * assert.deepEqual(answers.map(({ status }) => status), ["fulfilled", "fulfilled", "fulfilled", "rejected"]);
 * await assert.rejects(Promise.all([query(1), query(2), query(3), query(4)]), { name: "BulkheadFullError" });
 * ```
 */
export class Bulkhead implements AsyncDisposable {
  readonly limit: number;
  readonly queueLimit: number;
  readonly #queue = new LinkedList<Job>(); // Invariant: non-empty only while #running is #limit.
  readonly #waiting = new WaitQueue(); // Invariant: non-empty only while #running > 0.
  readonly #controller = new AbortController();
  readonly #told = { signal: this.#controller.signal };
  #running = 0;
  #closed = false;

  /** @throws {RangeError} If `limit` is not a whole number from 1, or `queueLimit` neither a whole number from 0 nor `Infinity`. */
  constructor(options: BulkheadOptions) {
    checkOptions("create Bulkhead", options);
    checkCount("create Bulkhead", "limit", options.limit);
    checkWholeOrInfinity("create Bulkhead", "queueLimit", options.queueLimit);
    this.limit = options.limit;
    this.queueLimit = options.queueLimit;
  }

  /** How many tasks run now. */
  get running(): number {
    return this.#running;
  }

  /** How many wait for a place. */
  get queued(): number {
    return this.#queue.size;
  }

  /**
   * Runs `task` as soon as there is a place for it. O(1).
   *
   * @returns What the task returns.
   * @throws What the task throws.
   * @throws {TypeError} If `task` is no function.
   * @throws {BulkheadFullError} At once, if as many run and wait as may.
   * @throws {BulkheadClosedError} At once, after `close`.
   * @throws The signal's `reason` if that aborts before the task has begun; it never begins then. If it has begun, it
   *   is told through its signal, and this settles when the task does, as the task does. So does `cancel`.
   */
  run<R>(task: Task<R>, options?: Cancellable): Promise<Awaited<R>> {
    const refusal = refusalToRun("run on Bulkhead", task, options) ?? this.#refusal();
    if (refusal !== undefined) return Promise.reject(refusal.reason);
    return new Promise((resolve, reject) => {
      const signal = options?.signal;
      const job: Job = { task, resolve: resolve as Job["resolve"], reject };
      if (signal === undefined) this.#take(job);
      else this.#takeUnder(signal, job);
    });
  }

  /** Refuses every task that has not begun with `reason`, and tells those that run to stop. Afterwards it takes no more. */
  cancel(reason?: unknown): void {
    this.#controller.abort(reason);
    for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift()) {
      job.reject(this.#told.signal.reason);
    }
  }

  /**
   * Takes no more tasks, and waits until all that it has taken have ended.
   *
   * @throws The signal's `reason` if it aborts first. It stays closed; the tasks go on.
   */
  async close(options?: Cancellable): Promise<void> {
    const signal = signalIn("close Bulkhead", options);
    this.#closed = true;
    signal?.throwIfAborted();
    while (this.#running > 0) await this.#waiting.wait(options);
  }

  /** As `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #refusal(): Refusal | undefined {
    if (this.#told.signal.aborted) return this.#told.signal;
    if (this.#closed) return { reason: new BulkheadClosedError() };
    if (this.#running < this.limit || this.#queue.size < this.queueLimit) return undefined;
    return { reason: new BulkheadFullError(this) };
  }

  /** Begins `job` if there is a place, else gives its place in the queue. */
  #take(job: Job): LinkedListNode<Job> | undefined {
    if (this.#running >= this.limit) return this.#queue.push(job);
    this.#running += 1;
    void this.#work(job);
    return undefined;
  }

  /** What a signal needs is kept here, so that a job without one carries no fields for it. */
  #takeUnder(signal: AbortSignal, { task, resolve, reject }: Job): void {
    let withdraw = nothing;
    const place = this.#take({
      task: () => {
        withdraw();
        return runUnder([signal, this.#told.signal], task);
      },
      resolve,
      reject: (reason) => {
        withdraw();
        reject(reason);
      },
    });
    if (place === undefined) return;
    withdraw = onAbort(signal, () => {
      this.#queue.remove(place);
      reject(signal.reason);
    });
  }

  /**
   * Holds a place, and runs one task after the other in it until none is queued. It awaits each, so that tasks that
   * end at once do not pile up on the stack, and a task costs no promise but its caller's. Never rejects.
   */
  async #work(first: Job): Promise<void> {
    for (let job: Job | undefined = first; job !== undefined; job = this.#queue.shift()) {
      try {
        job.resolve(await job.task(this.#told));
      } catch (error) {
        job.reject(isAbort(error, this.#told.signal) ? this.#told.signal.reason : error);
      }
    }
    this.#running -= 1;
    if (this.#running === 0) this.#waiting.wakeAll();
  }
}

/** One record a task, in one shape. */
interface Job {
  readonly task: Task<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

function nothing(): void {}
