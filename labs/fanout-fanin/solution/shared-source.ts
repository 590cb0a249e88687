import { Mutex } from "@pattern-labs/primitives/mutex";
import { Reading } from "./reading.ts";
import { unlessAborted } from "./unless-aborted.ts";

/** An iterable that many workers draw from, one at a time: an iterator need not stand to be asked twice at once. */
export class SharedSource<T> implements AsyncDisposable {
  readonly #reading: Reading<T>;
  readonly #turn = new Mutex();
  #index = 0;

  constructor(values: Iterable<T> | AsyncIterable<T>) {
    this.#reading = new Reading(values);
  }

  /**
   * Draws the next value; `undefined` when there is none.
   *
   * @throws The signal's reason as soon as it aborts, even if the source is stuck.
   */
  async next(signal: AbortSignal): Promise<{ readonly index: number; readonly value: T } | undefined> {
    using _turn = await this.#turn.lock({ signal });
    const drawn = await unlessAborted(this.#reading.next(), signal);
    if (drawn === undefined) return undefined;
    const index = this.#index;
    this.#index += 1;
    return { index, value: drawn.value };
  }

  /** Draws up to `limit` values in one turn; none when there are none. It throws as `next` does. */
  async take(limit: number, signal: AbortSignal): Promise<readonly T[]> {
    using _turn = await this.#turn.lock({ signal });
    return await unlessAborted(this.#take(limit), signal);
  }

  async #take(limit: number): Promise<readonly T[]> {
    const values: T[] = [];
    while (values.length < limit) {
      const drawn = await this.#reading.next();
      if (drawn === undefined) break;
      values.push(drawn.value);
    }
    return values;
  }

  /** Closes the source. Nobody waits for one that is stuck. */
  async [Symbol.asyncDispose](): Promise<void> {
    const isStuck = this.#reading.waiting;
    const closing = this.#reading.close();
    if (!isStuck) await closing;
  }
}
