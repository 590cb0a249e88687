import type { Cancellable } from "./abort.ts";
import { checkAsyncIterable, checkCount, checkWhole, signalIn } from "./arguments/check.ts";
import { Channel } from "./channel.ts";
import { Source } from "./source.ts";

export interface TeeOptions extends Cancellable {
  /** How many values the fastest consumer may be ahead of the slowest. 1 by default; 0 is lock-step. */
  readonly bufferLimit?: number | undefined;
}

/** As many as `Count` says, so that they can be destructured one by one. */
export type Branches<T, Count extends number, Found extends readonly unknown[] = []> = number extends Count
  ? readonly AsyncIterableIterator<T, undefined>[]
  : Found["length"] extends Count
    ? Found
    : Branches<T, Count, readonly [...Found, AsyncIterableIterator<T, undefined>]>;

/**
 * Lets `count` consumers read one async iterable, each every value. For each value to go to one of them only, prefer
 * several loops over one `Channel`.
 *
 * - The slowest sets the pace: the fastest waits once it is `bufferLimit` values ahead. So a branch that nobody reads
 *   holds up the others for ever: leave it (`return()`), and nobody waits for it any more.
 * - Read the branches at the same time, as the example does. Read one to its end before the next, and the first waits
 *   for ever, once it is `bufferLimit` values ahead. Who must read them one after the other gathers the values in an
 *   array (`Array.fromAsync`) and reads that, as often as need be.
 * - Nothing is read before somebody asks for it, and each value is read once.
 * - The source is closed when all have left; the last one's leaving waits for that.
 * - The end and an error reach every branch, after the values that came before.
 * - An abort reaches every branch that waits or asks, at once. Then the source is closed, but not waited for: it may be
 *   stuck.
 *
 * @throws {RangeError} If `count` is not a whole number from 1, or `bufferLimit` not a whole number from 0.
 * @throws {TypeError} If `source` is no async iterable.
 * @throws The source's error, from every branch.
 * @throws The signal's `reason`, from every branch, as soon as it aborts.
 *
 * @example
 * ```ts
 * async function* prices() {
 *   yield* [3, 1, 2];
 * }
 * const [forSum, forMost] = tee(prices(), 2);
 * const [all, most] = await Promise.all([
 *   Array.fromAsync(forSum),
 *   Array.fromAsync(forMost).then((values) => Math.max(...values)),
 * ]);
 * assert.deepEqual([all, most], [[3, 1, 2], 3]);
 * ```
 */
export function tee<T, const Count extends number>(
  source: AsyncIterable<T>,
  count: Count,
  options?: TeeOptions,
): Branches<T, Count>;
export function tee<T>(
  source: AsyncIterable<T>,
  count: number,
  options: TeeOptions = {},
): readonly AsyncIterableIterator<T, undefined>[] {
  checkAsyncIterable("tee", "source", source);
  checkCount("tee", "count", count);
  const signal = signalIn("tee", options);
  const { bufferLimit = 1 } = options;
  checkWhole("tee", "bufferLimit", bufferLimit);
  const fork = new Fork(new Source(source));
  return Array.from({ length: count }, () => new Branch(fork, new Channel<T>(bufferLimit), signal));
}

/** Reads the source for all branches: one value at a time, when somebody waits for it and everybody has room for it. */
class Fork<T> {
  readonly #source: Source<T>;
  readonly #open = new Set<Channel<T>>();
  #reading = false;
  #failure: { readonly error: unknown } | undefined = undefined;

  constructor(source: Source<T>) {
    this.#source = source;
  }

  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  add(channel: Channel<T>): void {
    this.#open.add(channel);
  }

  /** @returns Whether it was the last, so that the source must be closed. */
  remove(channel: Channel<T>): boolean {
    const wasOpen = this.#open.delete(channel);
    channel.close();
    void this.read();
    return wasOpen && this.#open.size === 0;
  }

  close(): Promise<void> {
    return this.#source.close();
  }

  abandon(): void {
    this.#source.abandon();
  }

  /** To be called whenever somebody has begun to wait, has made room, or has left. Never rejects. */
  async read(): Promise<void> {
    while (!this.#reading && this.#isWanted()) {
      this.#reading = true;
      try {
        const { done, value } = await this.#source.next();
        if (done) this.#end();
        else for (const channel of this.#open) channel.trySend(value);
      } catch (error) {
        this.#failure = { error };
        this.#end();
      }
      this.#reading = false;
    }
  }

  #isWanted(): boolean {
    const channels = [...this.#open];
    return (
      channels.some(({ exchange }) => exchange.receivers.size > 0) &&
      channels.every(({ exchange }) => exchange.canOffer)
    );
  }

  #end(): void {
    for (const channel of this.#open) channel.close();
    this.#open.clear();
  }
}

class Branch<T> implements AsyncIterableIterator<T, undefined> {
  readonly #fork: Fork<T>;
  readonly #channel: Channel<T>;
  readonly #signal: AbortSignal | undefined;
  #left = false;
  #told = false;

  constructor(fork: Fork<T>, channel: Channel<T>, signal: AbortSignal | undefined) {
    this.#fork = fork;
    this.#channel = channel;
    this.#signal = signal;
    fork.add(channel);
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    if (this.#left) return { done: true, value: undefined };
    const received = await this.#receive();
    if (!received.done || this.#told || this.#left) return received;
    this.#told = true;
    if (this.#fork.failure !== undefined) throw this.#fork.failure.error;
    return received;
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#left = true;
    if (this.#fork.remove(this.#channel)) await this.#fork.close();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #receive() {
    try {
      const receiving = this.#channel.receive({ signal: this.#signal });
      void this.#fork.read();
      return await receiving;
    } catch (reason) {
      if (this.#fork.remove(this.#channel)) this.#fork.abandon();
      throw reason;
    }
  }
}
