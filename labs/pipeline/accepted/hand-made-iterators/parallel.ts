import { onAbort } from "@pattern-labs/primitives/abort";
import { RingBuffer } from "@pattern-labs/primitives/ring-buffer";
import type { ParallelOptions, Stage, Work } from "../../contract.ts";
import { end, Input, type Reader } from "./input.ts";
import { checkWhole } from "./options.ts";

export function parallel<I, O>(work: Work<I, O>, options: ParallelOptions): Stage<I, O> {
  checkWhole("workers", options.workers, 1);
  return (input, { signal }) => new Parallel(input, signal, work, options);
}

interface Failure {
  readonly error: unknown;
}

/** One work. Its signal is its own, so that what a work leaves on it does not outlive the work. */
interface Job<O> {
  readonly controller: AbortController;
  outcome: { readonly value: O } | Failure | undefined;
}

/**
 * An item occupies a worker from the beginning of its work until its result is taken. While all are occupied one more
 * item is read and held ready, so that a worker that becomes free need not wait for the input.
 *
 * Jobs stand in line for the reader from their end on, or, if the order matters, from their beginning on.
 */
export class Parallel<I, O> implements AsyncIterableIterator<O, undefined> {
  readonly #input: Input<I>;
  readonly #signal: AbortSignal;
  readonly #workers: number;
  readonly #work: Work<I, O>;
  readonly #ordered: boolean;
  readonly #line: RingBuffer<Job<O>>; // With those who work no more than there are workers.
  readonly #running = new Set<Job<O>>();
  #reading = false;
  #held: { readonly item: I } | undefined = undefined;
  #inputEnding: Failure | "done" | undefined = undefined;
  #stopped: Failure | undefined = undefined; // By a work that failed, or an abort. Told when nothing runs any more.
  #failing = false; // With `ordered`: a work has failed, and its turn has not come.
  #finished = false;
  #started = false;
  #reader: Reader<O> | undefined = undefined;
  #withdraw: () => void = nothing;
  readonly #waitingForIdle: (() => void)[] = [];

  constructor(
    input: AsyncIterable<I>,
    signal: AbortSignal,
    work: Work<I, O>,
    { workers, ordered = false }: ParallelOptions,
  ) {
    this.#input = new Input(input, { signal });
    this.#signal = signal;
    this.#workers = workers;
    this.#work = work;
    this.#ordered = ordered;
    this.#line = new RingBuffer(workers);
  }

  next(): Promise<IteratorResult<O, undefined>> {
    if (this.#finished) return Promise.resolve(end);
    this.#start();
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
      this.#goOn();
    });
  }

  /** Waits for the works under way, and for the input to close. */
  async return(): Promise<IteratorResult<O, undefined>> {
    const reader = this.#reader;
    this.#finish();
    this.#dropAll();
    for (const { controller } of this.#running) controller.abort();
    const closing = this.#input.close();
    closing.catch(nothing); // It is looked at, but later.
    await this.idle();
    reader?.resolve(end);
    await closing;
    return end;
  }

  /** Resolves when no work is under way. */
  async idle(): Promise<void> {
    if (this.#running.size > 0) await new Promise<void>((resolve) => this.#waitingForIdle.push(resolve));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#withdraw = onAbort(this.#signal, () => this.#stop(this.#signal.reason));
  }

  #stop(error: unknown): void {
    if (this.#finished || this.#stopped !== undefined) return;
    this.#stopped = { error };
    this.#dropAll();
    for (const { controller } of this.#running) controller.abort(error);
    this.#input.close().catch(nothing);
    this.#goOn();
  }

  /** After every change: answers the reader, if there is an answer; begins, and reads, what there is room for. */
  #goOn(): void {
    this.#answer();
    while (this.#mayGoOn && this.#held !== undefined && this.#occupied < this.#workers) {
      const { item } = this.#held;
      this.#held = undefined;
      this.#begin(item);
    }
    if (this.#mayGoOn && !this.#reading && this.#held === undefined && this.#inputEnding === undefined)
      this.#read();
  }

  get #mayGoOn(): boolean {
    return !this.#finished && !this.#failing && this.#stopped === undefined && !this.#signal.aborted;
  }

  get #occupied(): number {
    return this.#ordered ? this.#line.size : this.#running.size + this.#line.size;
  }

  #answer(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    const stopped = this.#stopped;
    if (stopped !== undefined) {
      if (this.#running.size > 0) return;
      this.#reader = undefined;
      // Only an abort is told to whoever asks, however often.
      if (!this.#signal.aborted || stopped.error !== this.#signal.reason) this.#finish();
      reader.reject(stopped.error);
      return;
    }
    const first = this.#line.at(0);
    if (first !== undefined) {
      const { outcome } = first;
      if (outcome === undefined) return; // Its turn has come, but it is still under way.
      if ("error" in outcome) {
        this.#stop(outcome.error);
        return;
      }
      this.#line.shift();
      this.#reader = undefined;
      reader.resolve({ done: false, value: outcome.value });
    } else if (this.#inputEnding !== undefined && this.#running.size === 0 && this.#held === undefined) {
      this.#finish();
      if (this.#inputEnding === "done") reader.resolve(end);
      else reader.reject(this.#inputEnding.error);
    }
  }

  #read(): void {
    this.#reading = true;
    this.#input.next().then(
      ({ done, value }) => {
        this.#reading = false;
        if (this.#finished || this.#failing || this.#stopped !== undefined) return;
        if (done) this.#inputEnding = "done";
        else this.#held = { item: value };
        this.#goOn();
      },
      (error) => {
        this.#reading = false;
        this.#inputEnding = { error };
        this.#goOn();
      },
    );
  }

  #begin(item: I): void {
    const job: Job<O> = { controller: new AbortController(), outcome: undefined };
    this.#running.add(job);
    if (this.#ordered) this.#line.push(job);
    void this.#run(job, item);
  }

  /** Never rejects. */
  async #run(job: Job<O>, item: I): Promise<void> {
    try {
      const value = await this.#work(item, { signal: job.controller.signal });
      this.#running.delete(job);
      job.outcome = { value };
      if (!this.#ordered && !this.#finished && this.#stopped === undefined) this.#line.push(job);
    } catch (error) {
      this.#running.delete(job);
      job.outcome = { error };
      if (this.#ordered) this.#failInTurn(job);
      else this.#stop(error);
    }
    if (this.#running.size === 0) for (const resolve of this.#waitingForIdle.splice(0)) resolve();
    this.#goOn();
  }

  /** The jobs before it go on, and may fail in their turn. Those behind it are in vain. */
  #failInTurn(failed: Job<O>): void {
    if (this.#finished || this.#stopped !== undefined) return;
    this.#failing = true;
    this.#held = undefined;
    this.#input.close().catch(nothing);
    const jobs = [...this.#line];
    for (const { controller } of jobs.slice(jobs.indexOf(failed) + 1))
      controller.abort((failed.outcome as Failure).error);
  }

  #dropAll(): void {
    this.#held = undefined;
    this.#line.clear();
  }

  #finish(): void {
    this.#finished = true;
    this.#reader = undefined;
    this.#withdraw();
    this.#withdraw = nothing;
  }
}

function nothing(): void {}
