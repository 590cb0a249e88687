import { onAbort } from "@pattern-labs/primitives/abort";

/**
 * Go's or-done: reads `input` until its end or the abort, even where the input knows of no signal and its next value
 * never comes.
 *
 * @throws The signal's `reason` as soon as it aborts. The input is told to close then, but not waited for.
 */
export async function* untilAbort<T>(input: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T, void> {
  const reader = new Reader(input, signal);
  try {
    for (;;) {
      const { done, value } = await reader.next();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.close();
  }
}

/** An input as a stage sees it: it can be waited for under a signal, and is closed once, unless it has ended by itself. */
export class Reader<T> {
  readonly #input: AsyncIterable<T>;
  readonly #signal: AbortSignal;
  #iterator: AsyncIterator<T> | undefined = undefined;
  #giveUp: ((reason: unknown) => void) | undefined = undefined; // While a value is waited for.
  #ended = false;
  #withdraw = () => {};

  constructor(input: AsyncIterable<T>, signal: AbortSignal) {
    this.#input = input;
    this.#signal = signal;
  }

  /**
   * What comes first: the next value, or the abort. What comes after the abort, nobody hears.
   *
   * @throws The signal's `reason`; what the input throws.
   */
  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => {
      this.#signal.throwIfAborted();
      this.#iterator ??= this.#open();
      this.#giveUp = reject;
      this.#iterator.next().then(
        (step) => {
          this.#giveUp = undefined;
          if (step.done) this.#end();
          resolve(step);
        },
        (error) => {
          this.#giveUp = undefined;
          this.#end();
          reject(error);
        },
      );
    });
  }

  /**
   * Tells the input that nobody reads on, and waits until it has put its things away. Not after an abort, for it may be
   * stuck; and not while a value is on its way: a generator that waits for something closes only afterwards.
   */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#end();
    const closing = Promise.try(() => this.#iterator?.return?.());
    if (this.#giveUp !== undefined || this.#signal.aborted) closing.catch(() => {});
    else await closing;
  }

  #open(): AsyncIterator<T> {
    const giveUp = () => this.#giveUp?.(this.#signal.reason);
    // One microtask late, so that a value which has come by now is not lost.
    this.#withdraw = onAbort(this.#signal, () => queueMicrotask(giveUp));
    return this.#input[Symbol.asyncIterator]();
  }

  #end(): void {
    this.#ended = true;
    this.#withdraw();
  }
}
