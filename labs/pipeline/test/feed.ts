import type { Sim } from "@pattern-labs/testkit";

export interface FeedOptions {
  /** What comes after the last value. "silence": nothing ever comes, not even the end. Default: the end. */
  readonly after?: "end" | "silence" | Error;
  /** Called before each value: what it waits for. */
  readonly wait?: (n: number) => PromiseLike<unknown>;
  /** Whether it goes on being silent even when it is told to close, as an async generator does. */
  readonly stuck?: boolean;
  /** How long closing takes: what `return` waits for. */
  readonly closing?: () => PromiseLike<unknown>;
}

/** An input that counts what is done with it: its values are counted as they are handed over, by itself. */
export class Feed<T> implements AsyncIterableIterator<T, undefined> {
  /** Values that were handed over. */
  given = 0;
  opened = 0;
  asked = 0;
  /** How often it was asked for a value while it still owed one. */
  overlaps = 0;
  closeCalls = 0;
  closed = false;
  /** Whether it has given its end, or its error. */
  ended = false;
  askedAfterClose = 0;
  readonly #values: Iterator<T>;
  readonly #options: FeedOptions;
  #hangUp = () => {};
  #owes = false;

  constructor(values: Iterable<T>, options: FeedOptions = {}) {
    this.#values = values[Symbol.iterator]();
    this.#options = options;
  }

  [Symbol.asyncIterator](): this {
    this.opened += 1;
    return this;
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    this.asked += 1;
    if (this.#owes) this.overlaps += 1;
    if (this.closed) {
      this.askedAfterClose += 1;
      return over;
    }
    this.#owes = true;
    try {
      return await this.#give();
    } finally {
      this.#owes = false;
    }
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.closeCalls += 1;
    if (!this.#options.stuck) this.#hangUp(); // Like a socket that is closed: whoever waits for data is told.
    await this.#options.closing?.();
    this.closed = true;
    return over;
  }

  async #give(): Promise<IteratorResult<T, undefined>> {
    const { after = "end", wait } = this.#options;
    const { done, value } = this.#values.next();
    if (done && after === "silence") await this.#wait(new Promise(() => {}));
    else if (wait !== undefined) await this.#wait(wait(this.given + 1));
    if (this.closeCalls > 0) return over;
    this.ended = done === true;
    if (done && after instanceof Error) throw after;
    if (done) return over;
    this.given += 1;
    return { done: false, value };
  }

  /** Until `event`, or until it is closed. */
  async #wait(event: PromiseLike<unknown>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#hangUp = resolve;
    event.then(() => resolve());
    await promise;
  }
}

const over = { done: true, value: undefined } as const;

/** An input whose values arrive whenever the explorer says so. */
export function arriving<T>(sim: Sim, name: string, values: Iterable<T>, options: FeedOptions = {}): Feed<T> {
  return new Feed(values, { wait: (n) => sim.as(name, () => sim.io(`gives ${n}`)), ...options });
}

/** The numbers from 1 on; to `last`, or for ever. */
export function* numbers(last = Number.POSITIVE_INFINITY): Generator<number, void> {
  for (let n = 1; n <= last; n += 1) yield n;
}

/** A signal that never aborts. */
export const untold = (): AbortSignal => new AbortController().signal;
