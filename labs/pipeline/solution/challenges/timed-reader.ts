import { Input } from "../input.ts";

/** A value, or the end, and when it came. */
export interface Arrival<T> {
  readonly step: IteratorResult<T, undefined>;
  readonly at: number;
}

/**
 * Reads an input whose next value may be waited for until a certain time, and after that again: the read goes on. So
 * what comes while nobody waits is not lost, and one value is the most that can.
 */
export class TimedReader<T> {
  readonly #input: Input<T>;
  #reading: Promise<Arrival<T>> | undefined = undefined;

  constructor(input: AsyncIterable<T>, signal: AbortSignal) {
    this.#input = new Input(input, signal);
  }

  async next(): Promise<Arrival<T>> {
    const arrival = await this.#read();
    this.#reading = undefined;
    return arrival;
  }

  /** The same, or undefined at `time` on the clock of `performance.now`. */
  async nextBefore(time: number): Promise<Arrival<T> | undefined> {
    const expiry = Promise.withResolvers<undefined>();
    const timer = setTimeout(
      () => expiry.resolve(undefined),
      Math.max(Math.ceil(time - performance.now()), 0),
    );
    try {
      const arrival = await Promise.race([this.#read(), expiry.promise]);
      if (arrival !== undefined) this.#reading = undefined;
      return arrival;
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    this.#reading?.catch(() => {}); // Nobody will hear of it.
    await this.#input.return();
  }

  #read(): Promise<Arrival<T>> {
    this.#reading ??= this.#input.next().then((step) => ({ step, at: performance.now() }));
    return this.#reading;
  }
}
