import type { Cancellable } from "./abort.ts";
import {
  checkAsyncIterable,
  checkCount,
  checkOptions,
  checkPositiveMs,
  signalIn,
} from "./arguments/check.ts";
import { Channel } from "./channel.ts";
import { Mutex } from "./mutex.ts";
import { Source } from "./source.ts";
import { startTimer } from "./timer.ts";

export interface BatchOptions extends Cancellable {
  /** How many values a batch holds at most. */
  readonly limit: number;
  /** How long the first value of a batch waits for others, in milliseconds. `Infinity`, the default: until it is full. */
  readonly withinMs?: number | undefined;
}

/**
 * Gathers the values of an async iterable into arrays, as a database or a network likes them: by number and by time.
 * For what a `Channel` holds just now, prefer its `receiveMany`.
 *
 * - A batch is given when it is full, when its first value came `withinMs` ago, or when the source ends. None is empty.
 * - A source that is never at rest, and so keeps timers from firing, still gets its batches in time.
 * - An error of the source is thrown after the batch of what came before it: those values are as good as any.
 * - Only while a batch is waited for is the source read. So leaving the loop between two batches loses nothing that was
 *   gathered; it closes the source and waits for that.
 * - An abort drops the batch that is being gathered, and closes the source without waiting for it: it may be stuck. To
 *   keep everything, end the source instead.
 * - The timer runs only while a batch that has begun is waited for. None is left.
 *
 * @throws {RangeError} At once, if `limit` is not a whole number from 1, or `withinMs` not a positive number.
 * @throws {TypeError} At once, if `source` is no async iterable.
 * @throws The source's error, after the last batch.
 * @throws The signal's `reason` as soon as it aborts.
 *
 * @example
 * ```ts
 * async function* rows() {
 *   yield* ["a", "b", "c"];
 *   await sleep(50);
 *   yield "d";
 * }
 * const batches = await Array.fromAsync(batch(rows(), { limit: 2, withinMs: 5 }));
 * assert.deepEqual(batches, [["a", "b"], ["c"], ["d"]]);
 * ```
 */
export function batch<T>(
  source: AsyncIterable<T>,
  options: BatchOptions,
): AsyncIterableIterator<T[], undefined> {
  checkAsyncIterable("batch", "source", source);
  checkOptions("batch", options);
  const { limit, withinMs = Infinity } = options;
  checkCount("batch", "limit", limit);
  checkPositiveMs("batch", "withinMs", withinMs);
  const signal = signalIn("batch", options);
  return new Batches(new Source(source), limit, withinMs, signal);
}

type Event<T> =
  | { readonly value: T; readonly at: number }
  | { readonly error: unknown }
  | { readonly timeIsUp: true };

class Batches<T> implements AsyncIterableIterator<T[], undefined> {
  readonly #source: Source<T>;
  readonly #limit: number;
  readonly #withinMs: number;
  readonly #signal: AbortSignal | undefined;
  /** What the source and the timer have to say: one thing each at most. Closed when the source has ended. */
  readonly #events = new Channel<Event<T>>(2);
  readonly #gathering = new Mutex(); // Two who ask at once must not gather one batch each out of alternate values.
  #reading = false;
  #failure: { readonly error: unknown } | undefined = undefined;
  #left = false;

  constructor(source: Source<T>, limit: number, withinMs: number, signal: AbortSignal | undefined) {
    this.#source = source;
    this.#limit = limit;
    this.#withinMs = withinMs;
    this.#signal = signal;
  }

  async next(): Promise<IteratorResult<T[], undefined>> {
    if (this.#left) return { done: true, value: undefined };
    try {
      using _gathering = await this.#gathering.lock({ signal: this.#signal });
      const values = await this.#gather();
      if (values.length > 0) return { done: false, value: values };
    } catch (reason) {
      this.#source.abandon();
      throw reason;
    }
    if (this.#failure === undefined) return { done: true, value: undefined };
    const { error } = this.#failure;
    this.#failure = undefined;
    throw error;
  }

  async return(): Promise<IteratorResult<T[], undefined>> {
    this.#left = true;
    this.#events.close();
    await this.#source.close();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** An empty batch is the end. */
  async #gather(): Promise<T[]> {
    const values: T[] = [];
    let dueAt = Infinity;
    let stopTimer = nothing;
    try {
      while (values.length < this.#limit) {
        void this.#read();
        const { done, value: event } = await this.#events.receive({ signal: this.#signal });
        if (done) break;
        if ("error" in event) this.#failure = event;
        else if ("value" in event) {
          values.push(event.value);
          if (values.length > 1) {
            if (event.at >= dueAt) break; // The timer may be kept from firing.
            continue;
          }
          dueAt = event.at + this.#withinMs;
          stopTimer = startTimer(dueAt - performance.now(), () => {
            this.#events.trySend({ timeIsUp: true });
          });
        } else if (values.length > 0) break;
      }
      return values;
    } finally {
      stopTimer();
    }
  }

  /** Never rejects. */
  async #read(): Promise<void> {
    if (this.#reading || this.#source.ended) return;
    this.#reading = true;
    try {
      const { done, value } = await this.#source.next();
      if (this.#events.closed) return;
      if (done) this.#events.close();
      else this.#events.trySend({ value, at: performance.now() });
    } catch (error) {
      if (this.#events.closed) return;
      this.#events.trySend({ error });
      this.#events.close();
    } finally {
      this.#reading = false;
    }
  }
}

function nothing(): void {}
