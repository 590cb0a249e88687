import { Worker, type WorkerOptions } from "node:worker_threads";
import { describeError, restoreError } from "./errors.ts";
import type { Job } from "./job.ts";
import { type Batch, type Outcomes, SLOTS, Slot, type Stop, type ThreadStart } from "./protocol.ts";

export interface ThreadOptions {
  readonly module: string;
  readonly worker: WorkerOptions;
  /** Some tasks have ended, after `ms` of work. `settle` tells those who wait: it can be done after sending more. */
  readonly onOutcomes: (thread: Thread, outcomes: { count: number; ms: number; settle: () => void }) => void;
  /** The thread is no more. It has not begun `unbegun`; all others in flight have failed. */
  readonly onExit: (thread: Thread, unbegun: readonly Job[]) => void;
}

/** A thread died while it worked on a task: it ran out of memory, ended itself, or threw where nobody could catch it. */
export class ThreadCrashedError extends Error {
  override readonly name = "ThreadCrashedError";
  readonly exitCode: number;

  constructor(exitCode: number, cause: unknown) {
    const why = cause instanceof Error ? `: ${cause.message}` : `, with exit code ${exitCode}`;
    super(`The thread that ran the task has died${why}`, cause === undefined ? {} : { cause });
    this.exitCode = exitCode;
  }
}

/** One worker thread and the tasks in flight to it. It keeps Node alive only while there are any. */
export class Thread {
  readonly #options: ThreadOptions;
  readonly #worker: Worker;
  readonly #slots = new Int32Array(new SharedArrayBuffer(SLOTS * Int32Array.BYTES_PER_ELEMENT));
  /** By number, modulo SLOTS. A task that was taken back leaves its place empty until the thread has passed over it. */
  readonly #jobs: (Job | undefined)[] = Array.from({ length: SLOTS });
  /** The number after the last task of each batch in flight. */
  #ends: number[] = [];
  #oldest = 0;
  #next = 0;
  #cause: unknown;
  #isEnding = false;

  constructor(options: ThreadOptions) {
    this.#options = options;
    const start: ThreadStart = { module: options.module, slots: this.#slots.buffer as SharedArrayBuffer };
    this.#worker = new Worker(new URL("./serve.ts", import.meta.url), {
      ...options.worker,
      workerData: start,
    });
    this.#worker.on("message", (outcomes: Outcomes) => this.#take(outcomes));
    this.#worker.on("error", (error) => {
      this.#cause = error;
    });
    this.#worker.on("exit", (code) => this.#exit(code));
  }

  /** How many tasks are in flight to it. */
  get load(): number {
    return this.#next - this.#oldest;
  }

  /** In how many batches. */
  get batches(): number {
    return this.#ends.length;
  }

  /** Whether it has been told to end, or has ended: send it nothing. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Sends tasks in one message: no more than there are slots for. */
  send(jobs: readonly Job[]): void {
    if (this.load === 0) this.#worker.ref();
    for (const job of jobs) this.#add(job); // First: the thread may look at the slots as soon as it is sent.
    const names = jobs.some(({ task }) => task !== undefined) ? jobs.map(({ task }) => task) : null;
    const batch: Batch = [jobs.map(({ input }) => input), names];
    try {
      this.#worker.postMessage(
        batch,
        jobs.flatMap(({ transfer }) => transfer),
      );
      this.#ends.push(this.#next);
    } catch (error) {
      this.#next -= jobs.length;
      if (this.load === 0) this.#worker.unref();
      // One of them cannot be cloned. Alone, each shows whether it is the one.
      if (jobs.length === 1) this.#refuse(jobs[0], error);
      else for (const job of jobs) this.send([job]);
    }
  }

  #add(job: Job): void {
    const slot = this.#next % SLOTS;
    this.#jobs[slot] = job;
    Atomics.store(this.#slots, slot, Slot.sent);
    this.#next += 1;
    job.thread = this;
  }

  #refuse(job: Job | undefined, error: unknown): void {
    this.#jobs[this.#next % SLOTS] = undefined;
    job?.fail(error);
  }

  /** Takes back a task that has not begun; false if it has. */
  tryWithdraw(job: Job): boolean {
    const slot = this.#jobs.indexOf(job);
    if (Atomics.compareExchange(this.#slots, slot, Slot.sent, Slot.withdrawn) !== Slot.sent) return false;
    this.#jobs[slot] = undefined;
    job.thread = undefined;
    return true;
  }

  /** Takes back up to `count` tasks that have not begun, of those that were sent last. */
  withdrawLast(count: number): Job[] {
    const withdrawn: Job[] = [];
    for (let number = this.#next - 1; number > this.#oldest && withdrawn.length < count; number -= 1) {
      const job = this.#jobs[number % SLOTS];
      if (job?.canMove && this.tryWithdraw(job)) withdrawn.unshift(job);
    }
    return withdrawn;
  }

  /** Asks a task that has begun to end. */
  stop(job: Job): void {
    const slot = this.#jobs.indexOf(job);
    Atomics.compareExchange(this.#slots, slot, Slot.begun, Slot.aborted);
    let number = this.#oldest;
    while (number % SLOTS !== slot) number += 1;
    this.#worker.postMessage({ number, reason: describeError(job.signal?.reason) } satisfies Stop);
  }

  /** Ends it, whatever it does; `onExit` tells when that is done. */
  end(): void {
    this.#isEnding = true;
    this.#worker.ref();
    void this.#worker.terminate();
  }

  #take([outputs, failures, ms]: Outcomes): void {
    const jobs = outputs.map(() => this.#shift());
    this.#ends = this.#ends.filter((end) => end > this.#oldest);
    if (this.load === 0 && !this.#isEnding) this.#worker.unref();
    const settle = () => {
      for (let i = 0; i < jobs.length; i += 1) {
        const failure = failures?.[i];
        if (failure === undefined) jobs[i]?.succeed(outputs[i]);
        else jobs[i]?.fail(restoreError(failure));
      }
    };
    this.#options.onOutcomes(this, { count: jobs.length, ms, settle });
  }

  #shift(): Job | undefined {
    const slot = this.#oldest % SLOTS;
    const job = this.#jobs[slot];
    this.#jobs[slot] = undefined;
    this.#oldest += 1;
    return job;
  }

  #exit(code: number): void {
    this.#isEnding = true;
    const unbegun: Job[] = [];
    while (this.load > 0) {
      const hadBegun = Atomics.load(this.#slots, this.#oldest % SLOTS) !== Slot.sent;
      const job = this.#shift();
      if (job === undefined) continue;
      if (hadBegun || !job.canMove || job.wasReturned) job.fail(new ThreadCrashedError(code, this.#cause));
      else unbegun.push(job);
    }
    this.#options.onExit(this, unbegun);
  }
}
