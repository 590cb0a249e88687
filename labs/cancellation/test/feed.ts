import type { Sim } from "@pattern-labs/testkit";

export interface FeedOptions {
  /** Lets the explorer decide when each value comes, and when closing is done. */
  readonly sim?: Sim;
  /** What comes after the values, instead of the end. */
  readonly afterwards?: () => Promise<never>;
  /** Fails after the values. */
  readonly throws?: { readonly error: unknown };
  /** Closing it never ends, unless it has ended itself. */
  readonly stuckAtClose?: boolean;
}

/** A source that knows of no signal, written by hand, and counts what is done to it. */
export class Feed<T> implements AsyncIterable<T> {
  opened = 0;
  asked = 0;
  closed = 0;
  isClosed = false;
  ended = false;
  readonly #values: readonly T[];
  readonly #options: FeedOptions;

  constructor(values: readonly T[], options: FeedOptions = {}) {
    this.#values = values;
    this.#options = options;
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    this.opened += 1;
    let position = 0;
    return {
      next: async () => {
        this.asked += 1;
        if (this.#options.sim !== undefined) await this.#options.sim.io("next value");
        return await this.#answer(position++);
      },
      return: async () => {
        this.closed += 1;
        if (this.#options.stuckAtClose && !this.ended) await new Promise(() => {});
        await this.#options.sim?.io("closes");
        this.isClosed = true;
        return { done: true, value: undefined };
      },
    };
  }

  async #answer(position: number): Promise<IteratorResult<T>> {
    if (position < this.#values.length) return { done: false, value: this.#values[position] as T };
    if (this.#options.afterwards) return await this.#options.afterwards();
    this.ended = true;
    if (this.#options.throws) throw this.#options.throws.error;
    return { done: true, value: undefined };
  }
}
