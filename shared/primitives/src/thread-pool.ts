import { availableParallelism } from "node:os";
import type { WorkerOptions } from "node:worker_threads";
import { onAbort } from "./abort.ts";
import { LinkedList } from "./linked-list.ts";
import { Job } from "./thread-pool/job.ts";
import { checkThreadPoolOptions, refusalOfTask } from "./thread-pool/options.ts";
import { Pace } from "./thread-pool/pace.ts";
import { BATCHES_AHEAD } from "./thread-pool/protocol.ts";
import type { ThreadPoolOptions, ThreadTaskOptions } from "./thread-pool/task.ts";
import { Thread } from "./thread-pool/thread.ts";
import { startTimer } from "./timer.ts";
import { WaitQueue } from "./wait-queue.ts";

export type * from "./thread-pool/task.ts";
export { ThreadCrashedError } from "./thread-pool/thread.ts";

/**
 * Runs the functions of a module in worker threads: for work that computes, and would keep this thread from everything
 * else. Where it is mostly I/O that takes time, threads make nothing faster: prefer `mapConcurrent`.
 *
 * - First come, first served: tasks begin in the order of `run`, each thread one at a time. Threads start when there is
 *   work for them, and stay until the pool is closed; an idle one does not keep Node alive.
 * - Short tasks travel many to a message, as many as make about two milliseconds of work, so a task costs microseconds.
 *   The price: what ends shortly before a much longer task begins may be told only after that.
 * - A thread that runs out of work takes over what another has not begun.
 * - An abort takes a task that has not begun out of its queue, at once. One that runs is asked to end; if it has not in
 *   `graceMs`, its thread is ended and replaced. Then, when it has really ended, its caller is told.
 * - A thread that dies fails what it had begun with `ThreadCrashedError`; what it had not begun is run in another one,
 *   but not a third. A task whose input was transferred cannot be taken over.
 * - Inputs are cloned when they are sent, not when `run` is called: leave them as they are until then.
 * - Errors arrive with name, message, stack, cause and their own data. The module may be TypeScript.
 *
 * @example
 * ```ts
 * const module = new URL("data:text/javascript,export default (n) => n * n; export const half = (n) => n / 2");
 * await using pool = new ThreadPool<number, number>(module, { limit: 2 });
 *
 * assert.deepEqual(await Promise.all([pool.run(3), pool.run(4)]), [9, 16]);
 * assert.equal(await pool.run(3, { task: "half" }), 1.5);
 * ```
 */
export class ThreadPool<Input = unknown, Output = unknown> implements AsyncDisposable {
  readonly #module: string;
  readonly #limit: number;
  readonly #graceMs: number;
  readonly #worker: WorkerOptions;
  readonly #threads = new Set<Thread>();
  readonly #queue = new LinkedList<Job>();
  /** Tasks of threads that died, which come before all others. */
  readonly #returned: Job[] = [];
  readonly #changes = new WaitQueue();
  readonly #pace = new Pace();
  #unsettled = 0;
  #isFlushPlanned = false;
  #isClosed = false;

  /**
   * @throws {RangeError} If `limit` is not a whole number from 1, or `graceMs` is not a number of at least 0.
   * @throws {TypeError} If `module` is no `URL`.
   */
  constructor(module: URL, options: ThreadPoolOptions = {}) {
    checkThreadPoolOptions(module, options);
    const { limit = availableParallelism(), graceMs = 1_000, worker = {} } = options;
    this.#module = module.href;
    this.#limit = limit;
    this.#graceMs = graceMs;
    this.#worker = worker;
  }

  /** How many threads there are now. */
  get threads(): number {
    return this.#threads.size;
  }

  /** How many tasks have not ended. */
  get pending(): number {
    return this.#unsettled;
  }

  /**
   * Runs a function of the module in some thread. Its types are your word, which nothing checks: what the module really
   * takes and gives is known only in the thread. They are those of the pool, unless this call names others, say for
   * another function: `run<number, string>(input, { task })`.
   *
   * @returns What it returns, cloned; or what it has handed over.
   * @throws What it throws, rebuilt in this thread.
   * @throws The signal's `reason` if it aborts first, once the task has ended or will never begin.
   * @throws {ThreadCrashedError} If its thread died.
   * @throws {DOMException} A `DataCloneError` if the input or the output cannot be cloned.
   * @throws {Error} If the pool is closed.
   */
  run<I extends Input = Input, O extends Output = Output>(
    input: I,
    options: ThreadTaskOptions = {},
  ): Promise<NoInfer<O>> {
    const refusal = refusalOfTask(options);
    if (refusal !== undefined) return Promise.reject(refusal.reason);
    const { signal, task, transfer = [] } = options;
    if (this.#isClosed) return Promise.reject(new Error("Cannot run in ThreadPool: it is closed"));
    return new Promise<unknown>((resolve, reject) => {
      const job = new Job({ input, task, transfer, signal, ended: this.#ended }, resolve, reject);
      this.#unsettled += 1;
      job.place = this.#queue.push(job);
      if (signal !== undefined) job.withdraw = onAbort(signal, () => this.#abort(job));
      this.#planFlush();
    }) as Promise<NoInfer<O>>;
  }

  /** Takes no more tasks, waits until those it has have ended, and ends its threads. Twice is harmless. */
  async close(): Promise<void> {
    this.#isClosed = true;
    while (this.#unsettled > 0) await this.#changes.wait();
    for (const thread of this.#threads) thread.end();
    while (this.#threads.size > 0) await this.#changes.wait();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  readonly #ended = (): void => {
    this.#unsettled -= 1;
    if (this.#unsettled === 0) this.#changes.wakeAll();
  };

  /** After the caller's own microtask: what is asked for in one go travels together. */
  #planFlush(): void {
    if (this.#isFlushPlanned) return;
    this.#isFlushPlanned = true;
    queueMicrotask(() => {
      this.#isFlushPlanned = false;
      this.#flush();
    });
  }

  #flush(): void {
    while (this.#waiting > 0) {
      const thread = this.#threadWithRoomOrFail();
      if (thread === undefined) return;
      // A short queue is shared out, rather than given to the first.
      const share = Math.ceil(this.#waiting / (BATCHES_AHEAD * this.#threads.size));
      thread.send(this.#takeFirst(Math.min(share, this.#pace.batch)));
    }
  }

  /** If Node cannot start a thread, as with `worker` options that it does not take, whoever waits is told why. */
  #threadWithRoomOrFail(): Thread | undefined {
    try {
      return this.#threadWithRoom();
    } catch (error) {
      for (const job of this.#takeFirst(this.#waiting)) job.fail(error);
      return undefined;
    }
  }

  get #waiting(): number {
    return this.#returned.length + this.#queue.size;
  }

  #takeFirst(count: number): Job[] {
    const jobs = this.#returned.splice(0, count);
    while (jobs.length < count) {
      const job = this.#queue.shift();
      if (job === undefined) break;
      job.place = undefined;
      jobs.push(job);
    }
    return jobs;
  }

  /** An idle one, else a new one, else the one with least to do; but none to which enough is under way. */
  #threadWithRoom(): Thread | undefined {
    const [least] = [...this.#threads].filter(({ isEnding }) => !isEnding).sort((a, b) => a.load - b.load);
    if (least?.load === 0) return least;
    if (this.#threads.size < this.#limit) return this.#start();
    const isBusy = least === undefined || least.batches >= BATCHES_AHEAD;
    return this.#pace.tasksAreLong || isBusy ? undefined : least;
  }

  #start(): Thread {
    const thread = new Thread({
      module: this.#module,
      worker: this.#worker,
      onOutcomes: (from, { count, ms, settle }) => {
        this.#pace.learn(ms / count);
        this.#flush(); // Before settling: so the thread has work while this one tells everybody.
        if (from.load === 0) this.#takeOver(from);
        settle();
      },
      onExit: (from, unbegun) => {
        this.#threads.delete(from);
        for (const job of unbegun) job.wasReturned = true;
        this.#returned.push(...unbegun);
        this.#changes.wakeAll();
        this.#flush();
      },
    });
    this.#threads.add(thread);
    return thread;
  }

  /** Nothing is queued any more, and this thread is idle: half of what waits behind the busiest is its share. */
  #takeOver(idle: Thread): void {
    const [busiest] = [...this.#threads].filter(({ isEnding }) => !isEnding).sort((a, b) => b.load - a.load);
    const jobs = busiest?.withdrawLast(Math.floor(busiest.load / 2)) ?? [];
    if (jobs.length > 0) idle.send(jobs);
  }

  #abort(job: Job): void {
    const { thread, place } = job;
    const returned = this.#returned.indexOf(job);
    if (place !== undefined) this.#queue.remove(place);
    if (returned !== -1) this.#returned.splice(returned, 1);
    if (thread === undefined || thread.tryWithdraw(job)) job.fail(job.signal?.reason);
    else {
      thread.stop(job);
      job.withdraw = startTimer(this.#graceMs, () => thread.end());
    }
  }
}
