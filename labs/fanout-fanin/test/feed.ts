import type { Sim } from "@pattern-labs/testkit";

export interface FeedOptions<T> {
  /** How many values it has. Default: it never ends. */
  readonly length?: number;
  readonly value: (n: number) => T;
  /** What the n-th value waits for. Default: it arrives whenever the explorer says so. */
  readonly arrives?: (n: number) => Promise<unknown>;
  /** What its end waits for. Default: nothing. */
  readonly ends?: () => Promise<unknown>;
  /** What closing it waits for. Default: nothing. */
  readonly closes?: () => Promise<unknown>;
  /** Whether a `next` that waits goes on waiting when it is closed, as in an async generator. Default false. */
  readonly stuck?: boolean;
}

const END = { done: true, value: undefined } as const;

/** A source that counts, by itself, what is asked of it. */
export class Feed<T> implements AsyncIterable<T> {
  readonly name: string;
  /** How often `next` was called. */
  asked = 0;
  /** How many values it has given. */
  given = 0;
  /** How often it was closed by `return`. */
  closings = 0;
  /** Whether `return` has come to its end. */
  closed = false;
  /** Whether `next` was called before the last one had answered. */
  overlapped = false;
  /** Whether it has ended, or thrown. */
  ended = false;
  /** Whether it was closed although it had ended, or thrown. */
  closedAfterEnd = false;
  readonly #sim: Sim;
  readonly #options: FeedOptions<T>;
  #waiting: PromiseWithResolvers<unknown> | undefined;
  /** The value that was given last, drawn as blocked until the next one is asked for. */
  #held: number | undefined;

  constructor(sim: Sim, name: string, options: FeedOptions<T>) {
    this.#sim = sim;
    this.name = name;
    this.#options = options;
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return { next: () => this.#sim.as(this.name, () => this.#next()), return: () => this.#return() };
  }

  async #next(): Promise<IteratorResult<T, undefined>> {
    const { length = Infinity, value, arrives = () => this.#sim.io("value") } = this.#options;
    this.asked += 1;
    this.#letGo("ok");
    if (this.#waiting !== undefined) this.overlapped = true;
    if (this.ended || this.closings > 0) return END;
    const n = this.asked - 1;
    if (n >= length) {
      await this.#options.ends?.();
      this.ended = true;
      return END;
    }
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting = waiting;
    try {
      arrives(n).then(waiting.resolve, waiting.reject);
      await waiting.promise;
    } catch (error) {
      this.ended = true;
      throw error;
    } finally {
      this.#waiting = undefined;
    }
    if (this.closings > 0) return END;
    this.given += 1;
    this.#held = this.#sim.recorder.begin(this.name, "blocked", String(value(n)));
    return { done: false, value: value(n) };
  }

  #letGo(outcome: "ok" | "cancelled"): void {
    if (this.#held !== undefined) this.#sim.recorder.end(this.#held, outcome);
    this.#held = undefined;
  }

  async #return(): Promise<IteratorResult<T, undefined>> {
    this.closings += 1;
    this.#letGo("cancelled");
    if (this.ended) this.closedAfterEnd = true;
    if (this.#options.stuck) await this.#waiting?.promise;
    else this.#waiting?.resolve(undefined);
    await this.#options.closes?.();
    this.closed = true;
    return END;
  }
}

/** Paths, one after the other: "a", "b" … */
export const nameOf = (n: number): string => String.fromCharCode(97 + n);

/** From one thing to the next an answer may take so many microtasks, and in each of them something else may happen. */
export const MOST_MICROTASKS = 12;
