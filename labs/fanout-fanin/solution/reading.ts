/** An iterable that is being read: opened by the first `next`, and closed once, unless it has ended by itself. */
export class Reading<T> {
  readonly #values: Iterable<T> | AsyncIterable<T>;
  #iterator: Iterator<T> | AsyncIterator<T> | undefined;
  #waiting = false;
  #ended = false;

  constructor(values: Iterable<T> | AsyncIterable<T>) {
    this.#values = values;
  }

  /** Whether a `next` is under way that may never come back. */
  get waiting(): boolean {
    return this.#waiting;
  }

  /** @throws What the iterable throws. It has ended then. */
  async next(): Promise<{ readonly value: T } | undefined> {
    if (this.#ended) return undefined;
    this.#waiting = true;
    try {
      this.#iterator ??= iteratorOf(this.#values);
      const { done, value } = await this.#iterator.next();
      if (!done) return { value };
      this.#ended = true;
      return undefined;
    } catch (error) {
      this.#ended = true;
      throw error;
    } finally {
      this.#waiting = false;
    }
  }

  /** Tells the iterable that nobody reads on. What it throws then is nobody's concern: this never rejects. */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    try {
      await this.#iterator?.return?.();
    } catch {}
  }
}

function iteratorOf<T>(values: Iterable<T> | AsyncIterable<T>): Iterator<T> | AsyncIterator<T> {
  return typeof values !== "string" && Symbol.asyncIterator in values
    ? values[Symbol.asyncIterator]()
    : values[Symbol.iterator]();
}
