import { checkAsyncIterable } from "./arguments/check.ts";

/**
 * An async iterable as those see it who read it on behalf of others (`merge`, `tee`, `batch`, `orDone`): opened by the
 * first `next`, and closed once, unless it has ended by itself. To read one yourself, prefer `for await`.
 *
 * @example
 * ```ts
 * async function* letters() {
 *   yield "a";
 *   yield "b";
 * }
 * const source = new Source(letters());
 * assert.deepEqual(await source.next(), { done: false, value: "a" });
 * await source.close();
 * ```
 */
export class Source<T> {
  readonly #iterable: AsyncIterable<T>;
  #iterator: AsyncIterator<T> | undefined = undefined;
  #ended = false;

  /** @throws {TypeError} If `iterable` is no async iterable. */
  constructor(iterable: AsyncIterable<T>) {
    checkAsyncIterable("read a Source", "iterable", iterable);
    this.#iterable = iterable;
  }

  /** Whether it has given its last value, failed, or been closed. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Reads the next value. A source that throws has ended, too. */
  async next(): Promise<IteratorResult<T, undefined>> {
    if (this.#ended) return { done: true, value: undefined };
    try {
      this.#iterator ??= this.#iterable[Symbol.asyncIterator]();
      const { done, value } = await this.#iterator.next();
      if (!done) return { done: false, value };
      this.#ended = true;
      return { done: true, value: undefined };
    } catch (error) {
      this.#ended = true;
      throw error;
    }
  }

  /**
   * Tells the iterable that nobody reads on, and waits until it has put its things away. An async generator that waits
   * does so only when its wait is over.
   */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#iterator?.return?.();
  }

  /**
   * The same after an abort, when nobody must wait for a source that may be stuck. What it throws then is dropped: the
   * abort is what the caller is told.
   */
  abandon(): void {
    this.close().catch(() => {});
  }
}
