import type { Cancellable } from "./abort.ts";
import { checkMapping, Work } from "./map-concurrent/work.ts";
import { RingBuffer } from "./ring-buffer.ts";
import { WaitQueue } from "./wait-queue.ts";

export interface MapConcurrentOptions extends Cancellable {
  /** How many tasks may run at once. */
  readonly limit: number;
}

export interface StreamConcurrentOptions extends MapConcurrentOptions {
  /** Whether results come in the order of the values, which is the default, or as they are completed. */
  readonly ordered?: boolean | undefined;
  /**
   * How many values may be taken from the source ahead of the results that have been consumed: `limit` by default,
   * which is the least. With more, one slow task at the head of an ordered stream does not hold up the others.
   */
  readonly lookAhead?: number | undefined;
}

/** What is done with each value. The signal tells it that its result is not needed any more. */
export type MapTask<T, R> = (value: T, options: { readonly signal: AbortSignal }) => R | PromiseLike<R>;

/**
 * Runs `task` for every value, `limit` at a time, and gives the results one by one: of a source of any length, in
 * bounded memory. Nothing begins before the first result is asked for.
 *
 * - Whoever consumes slowly slows down the source: values are taken only `lookAhead` ahead of what was consumed.
 * - An error stops everything, as in `mapConcurrent`, and is thrown as soon as all tasks have ended; results that were
 *   not consumed are dropped.
 * - Who leaves the loop early (`break`, `return`, an exception) goes on when the tasks under way, told through their
 *   signal, have ended and the source is closed.
 * - To be iterated once.
 *
 * @throws The first error, of a task or of the source, when all tasks have ended.
 * @throws The signal's `reason` if it aborts first; again, when all tasks have ended.
 * @throws {RangeError} At once, if `limit` is not a whole number from 1 or `Infinity`, or `lookAhead` is below it.
 * @throws {TypeError} At once, if `values` cannot be iterated, or `task` is no function.
 *
 * @example
 * ```ts
 * function* numbers() {
 *   for (let number = 1; ; number += 1) yield number; // never ends
 * }
 * const squares: number[] = [];
 * for await (const square of streamConcurrent(numbers(), async (n) => n * n, { limit: 3 })) {
 *   if (square > 20) break;
 *   squares.push(square);
 * }
 * assert.deepEqual(squares, [1, 4, 9, 16]);
 * ```
 */
export function streamConcurrent<T, R>(
  values: Iterable<T> | AsyncIterable<T>,
  task: MapTask<T, R>,
  options: StreamConcurrentOptions,
): AsyncGenerator<Awaited<R>, void, undefined> {
  checkMapping(values, task, options);
  const { limit, ordered = true, lookAhead = limit, signal } = options;
  return new Stream(task, { limit, ordered, lookAhead }).results(values, signal);
}

interface Bounds {
  readonly limit: number;
  readonly ordered: boolean;
  readonly lookAhead: number;
}

class Stream<T, R> {
  readonly #task: MapTask<T, R>;
  readonly #bounds: Bounds;
  readonly #results: RingBuffer<Result<R>>; // If ordered, one for each value taken; else, those that are completed.
  readonly #news = new WaitQueue();
  #running = 0;
  #ahead = 0; // Values that were taken and whose results have not been consumed.
  #feeding = false;

  constructor(task: MapTask<T, R>, bounds: Bounds) {
    this.#task = task;
    this.#bounds = bounds;
    this.#results = new RingBuffer(Math.min(bounds.lookAhead, Number.MAX_SAFE_INTEGER));
  }

  async *results(
    values: Iterable<T> | AsyncIterable<T>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Awaited<R>, void, undefined> {
    signal?.throwIfAborted();
    const work = new Work(values, signal, () => this.#news.wakeAll());
    try {
      for (;;) {
        this.#feed(work);
        while (!work.failed && this.#nextIsUnderWay()) await this.#news.wait();
        const next = this.#results.shift();
        if (work.failed || next?.outcome === undefined) return;
        this.#ahead -= 1;
        this.#feed(work); // The tasks go on while the result is being consumed.
        yield next.outcome.value;
      }
    } finally {
      if (this.#running > 0) work.cancel();
      while (this.#running > 0) await this.#news.wait();
      await work.end();
    }
  }

  #nextIsUnderWay(): boolean {
    return this.#results.at(0)?.outcome === undefined && (this.#running > 0 || this.#feeding);
  }

  #feed(work: Work<T>): void {
    if (!this.#feeding && this.#hasPlace()) void this.#take(work);
  }

  #hasPlace(): boolean {
    return this.#running < this.#bounds.limit && this.#ahead < this.#bounds.lookAhead;
  }

  /** Takes values while there is a place for them; one at a time, which is all that a source need stand. Never rejects. */
  async #take(work: Work<T>): Promise<void> {
    this.#feeding = true;
    try {
      while (work.goesOn && this.#hasPlace()) {
        const step = work.take() ?? (await work.takeLater());
        if (work.goesOn && step.done !== true) void this.#run(step.value, work);
      }
    } catch (error) {
      work.fail(error);
    }
    this.#feeding = false;
    this.#news.wakeAll();
  }

  /** Never rejects. */
  async #run(value: T, work: Work<T>): Promise<void> {
    const result: Result<R> = { outcome: undefined };
    const { ordered } = this.#bounds;
    this.#running += 1;
    this.#ahead += 1;
    if (ordered) this.#results.push(result);
    try {
      result.outcome = { value: await this.#task(value, work.told) };
      if (!ordered) this.#results.push(result);
    } catch (error) {
      work.fail(error);
    }
    this.#running -= 1;
    this.#news.wakeAll();
    this.#feed(work);
  }
}

interface Result<R> {
  outcome: { readonly value: Awaited<R> } | undefined;
}
