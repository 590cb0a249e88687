import type { Cancellable } from "./abort.ts";
import { checkAsyncIterable, isIterable, signalIn, wrongKind } from "./arguments/check.ts";
import { Channel } from "./channel.ts";
import { Source } from "./source.ts";

/** What comes out of an async iterable of the type `S`; if that is a union, what comes out of any of them. */
export type ValueOf<S extends AsyncIterable<unknown>> = S extends AsyncIterable<infer T> ? T : never;

/**
 * Joins several async iterables into one, which gives their values as they come and ends when all have ended.
 * Sources that write to one `Channel` need no merging: prefer that, if they are yours.
 *
 * - A slow source keeps nobody waiting, and a fast one starves nobody: a source is read again only when its value has
 *   been taken, and stands behind the others then. So of each at most one value lies ready.
 * - Nothing is read before the first value is asked for.
 * - An error closes the other sources and waits until they are closed; then it is thrown, after the values that had come
 *   before it. Later errors are dropped.
 * - Leaving the loop closes all sources and waits for that. A value that a source had ready then is lost, as when one
 *   leaves a loop over an async generator that reads ahead.
 * - An abort closes them, too, but does not wait: a source may be stuck. Hand the signal to the sources as well.
 *
 * @throws {TypeError} At once, if `sources` is no list of async iterables.
 * @throws The first error of a source.
 * @throws The signal's `reason` as soon as it aborts.
 *
 * @example
 * ```ts
 * async function* count(name: string, pauseMs: number) {
 *   for (let n = 1; n <= 2; n += 1) {
 *     await sleep(pauseMs);
 *     yield `${name}${n}`;
 *   }
 * }
 * const seen = await Array.fromAsync(merge([count("slow", 200), count("fast", 1)]));
 * assert.deepEqual(seen, ["fast1", "fast2", "slow1", "slow2"]);
 * ```
 */
export function merge<S extends AsyncIterable<unknown>>(
  sources: Iterable<S>,
  options?: Cancellable,
): AsyncIterableIterator<ValueOf<S>, undefined>;
export function merge(
  sources: Iterable<AsyncIterable<unknown>>,
  options?: Cancellable,
): AsyncIterableIterator<unknown, undefined> {
  if (typeof sources === "string" || !isIterable(sources))
    throw wrongKind("merge", "sources must be an iterable of async iterables", sources);
  const all = Array.from(sources);
  for (const source of all) checkAsyncIterable("merge", "each of sources", source);
  const signal = signalIn("merge", options);
  return new Merged(
    all.map((source) => new Source(source)),
    signal,
  );
}

/** What a source has come to: a value, or its failure. */
type Arrival<T> = { readonly source: Source<T>; readonly value: T } | { readonly error: unknown };

class Merged<T> implements AsyncIterableIterator<T, undefined> {
  readonly #sources: readonly Source<T>[];
  readonly #signal: AbortSignal | undefined;
  readonly #arrivals: Channel<Arrival<T>>; // Room for one of each source. Closed once nothing more can arrive.
  #idle: Source<T>[]; // From these nothing is on its way, and nothing lies ready.
  #asking = 0;
  #closed: Promise<unknown> | undefined = undefined;
  #left = false;

  constructor(sources: readonly Source<T>[], signal: AbortSignal | undefined) {
    this.#sources = sources;
    this.#signal = signal;
    this.#arrivals = new Channel(sources.length);
    this.#idle = [...sources];
    if (sources.length === 0) this.#arrivals.close();
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    if (this.#left) return { done: true, value: undefined };
    const arrival = await this.#ask();
    if (arrival === undefined) return { done: true, value: undefined };
    if ("error" in arrival) {
      await this.#closed;
      throw arrival.error;
    }
    this.#idle.push(arrival.source);
    if (this.#asking > 0) this.#readIdle();
    return { done: false, value: arrival.value };
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#left = true;
    this.#arrivals.close();
    for (const outcome of await this.#closeSources()) if (outcome.status === "rejected") throw outcome.reason;
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #ask(): Promise<Arrival<T> | undefined> {
    this.#asking += 1;
    try {
      if (!this.#signal?.aborted) this.#readIdle();
      return (await this.#arrivals.receive({ signal: this.#signal })).value;
    } catch (reason) {
      for (const source of this.#sources) source.abandon();
      throw reason;
    } finally {
      this.#asking -= 1;
    }
  }

  #readIdle(): void {
    const idle = this.#idle;
    this.#idle = [];
    for (const source of idle) void this.#read(source);
  }

  /** Never rejects. */
  async #read(source: Source<T>): Promise<void> {
    try {
      const { done, value } = await source.next();
      if (this.#arrivals.closed) return; // It was left, or has failed. What comes now comes too late.
      if (!done) this.#arrivals.trySend({ source, value });
      else if (this.#sources.every(({ ended }) => ended)) this.#arrivals.close();
    } catch (error) {
      if (this.#arrivals.closed) return;
      this.#arrivals.trySend({ error });
      this.#arrivals.close();
      this.#closed = this.#closeSources();
    }
  }

  /** Never rejects. */
  #closeSources(): Promise<PromiseSettledResult<void>[]> {
    return Promise.allSettled(this.#sources.map((source) => source.close()));
  }
}
