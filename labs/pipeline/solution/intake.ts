import { onAbort } from "@pattern-labs/primitives/abort";
import { open } from "./asked.ts";
import { type End, ended, failure, nothingMore, notReady, type Polled, type Ready } from "./ready.ts";

/** An input as a stage sees it: opened when it is first polled, read until the abort, and closed once. */
export class Intake<T> implements Ready<T> {
  readonly #input: AsyncIterable<T>;
  readonly #signal: AbortSignal;
  #source: Ready<T> | undefined = undefined;
  #end: End | undefined = undefined; // Told instead of whatever the input may still have.
  #wake = () => {}; // Of the one who waits.
  #withdraw = () => {};

  constructor(input: AsyncIterable<T>, signal: AbortSignal) {
    this.#input = input;
    this.#signal = signal;
  }

  /** @throws The signal's `reason`, until it is closed; what the input throws. */
  poll(wake: () => void): Polled<T> {
    if (this.#end !== undefined) return this.#end();
    this.#source ??= this.#open();
    const value = this.#source.poll(wake);
    if (value === notReady) this.#wake = wake;
    else if (value === ended) this.#close();
    return value;
  }

  /** Waits until the input is closed; not after an abort, for it may be stuck. */
  async return(): Promise<void> {
    if (this.#end === nothingMore) return;
    this.#close();
    const closing = Promise.try(() => this.#source?.return());
    if (this.#signal.aborted) closing.catch(() => {});
    else await closing;
  }

  /** One registration for all values: to wait for each of them under the signal costs more than the value. */
  #open(): Ready<T> {
    this.#signal.throwIfAborted();
    const source = open(this.#input);
    this.#withdraw = onAbort(this.#signal, () => {
      this.#end = failure(this.#signal.reason);
      this.#wake();
    });
    return source;
  }

  #close(): void {
    this.#end = nothingMore;
    this.#withdraw();
  }
}
