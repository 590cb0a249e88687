import { onAbort } from "@pattern-labs/primitives/abort";
import { RingBuffer } from "@pattern-labs/primitives/ring-buffer";
import { WaitGroup } from "@pattern-labs/primitives/wait-group";
import type { ParallelOptions, Stage, Work } from "../contract.ts";
import { checkCount } from "./checks.ts";
import { Input } from "./input.ts";
import {
  Bell,
  type End,
  ended,
  failure,
  nothingMore,
  notReady,
  over,
  type Polled,
  ReadyIterator,
} from "./ready.ts";

export function parallel<I, O>(work: Work<I, O>, options: ParallelOptions): Stage<I, O> {
  checkCount("workers", options.workers, 1);
  return (input, { signal }) => new Crew(work, options, input, signal);
}

/** What has come of an item; neither, while somebody works on it. */
interface Job<O> {
  result: O | typeof notReady;
  end: End | undefined; // In order, a failure waits for its turn.
}

class Crew<I, O> extends ReadyIterator<O> {
  readonly #work: Work<I, O>;
  readonly #ordered: boolean;
  readonly #signal: AbortSignal;
  readonly #stop = new AbortController();
  readonly #told = { signal: this.#stop.signal };
  readonly #input: Input<I>;
  readonly #line: RingBuffer<Job<O>>; // Never full: each holds a worker.
  readonly #underWay = new WaitGroup();
  readonly #reader = new Bell();
  #free: number; // Workers who neither work nor have a result that nobody has taken.
  #begun = false;
  #reading = true; // Works may begin.
  #inputEnd: End | undefined = undefined; // Told after all results.
  #end: End | undefined = undefined; // Told as soon as no work is under way.
  #withdraw = () => {};

  constructor(
    work: Work<I, O>,
    { workers, ordered = false }: ParallelOptions,
    input: AsyncIterable<I>,
    signal: AbortSignal,
  ) {
    super();
    this.#work = work;
    this.#ordered = ordered;
    this.#signal = signal;
    this.#input = new Input(input, this.#stop.signal);
    this.#line = new RingBuffer(workers);
    this.#free = workers;
  }

  poll(wake: () => void): Polled<O> {
    if (!this.#begun) this.#begin();
    const job = this.#end === undefined ? this.#line.at(0) : undefined;
    if (job !== undefined && job.result !== notReady) return this.#take(job.result);
    if (job?.end !== undefined) this.#finish(job.end);
    const end = this.#end ?? (job === undefined ? this.#inputEnd : undefined);
    if (end !== undefined && this.#underWay.count === 0) return this.#tellEnd(end);
    this.#reader.wait(wake);
    return notReady;
  }

  async return(): Promise<IteratorResult<O, undefined>> {
    const closing = this.#input.return();
    this.#finish(nothingMore);
    try {
      await closing;
    } finally {
      await this.#underWay.wait();
    }
    return over;
  }

  #begin(): void {
    const signal = this.#signal;
    this.#begun = true;
    this.#withdraw = onAbort(signal, () => this.#finish(failure(signal.reason), signal.reason));
    this.#feed();
  }

  /** Begins as many works as there are items and free workers. Never throws. */
  readonly #feed = (): void => {
    try {
      while (this.#reading && this.#free > 0) {
        const item = this.#input.poll(this.#feed);
        if (item === notReady) return;
        if (item === ended) this.#endInput(nothingMore);
        else void this.#do(item);
      }
    } catch (error) {
      this.#endInput(failure(error));
    }
  };

  #endInput(end: End): void {
    this.#reading = false;
    this.#inputEnd = end;
    this.#reader.ring();
  }

  /** In order, a result stands in line from its beginning; else, from the moment at which it is there. Never rejects. */
  async #do(item: I): Promise<void> {
    const job: Job<O> = { result: notReady, end: undefined };
    this.#free -= 1;
    this.#underWay.add();
    if (this.#ordered) this.#line.push(job);
    try {
      job.result = await this.#work(item, this.#told);
      if (!this.#ordered) this.#line.push(job);
    } catch (error) {
      this.#fail(job, error);
    }
    this.#underWay.done();
    this.#reader.ring();
  }

  /** In order, the works before the failed one go on, for their results come before its error. */
  #fail(job: Job<O>, error: unknown): void {
    this.#reading = false;
    job.end = failure(error);
    if (!this.#ordered) this.#finish(job.end, error);
  }

  #take(result: O): O {
    this.#line.shift();
    this.#free += 1;
    this.#feed(); // The worker goes on while its result is being used.
    return result;
  }

  /** Nothing begins any more, the works under way are told, and what nobody has taken is dropped. */
  #finish(end: End, reason?: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#begun = true; // Or it never will.
    this.#reading = false;
    this.#withdraw();
    this.#input.return().catch(() => {}); // It may be stuck.
    this.#stop.abort(reason);
    this.#reader.ring();
  }

  #tellEnd(end: End): typeof ended {
    this.#finish(end);
    this.#end = nothingMore; // An error is told once.
    return end();
  }
}
