import { onAbort } from "@pattern-labs/primitives/abort";
import { open } from "./asked.ts";
import {
  type End,
  ended,
  failure,
  nothingMore,
  notReady,
  over,
  type Polled,
  type Ready,
  ReadyIterator,
} from "./ready.ts";

/**
 * Go's or-done: an input as a stage reads it. It is opened when it is first read, waited for no longer than until the
 * abort, even where it knows of no signal and its next value never comes, and told once to close, unless it has ended by
 * itself.
 */
export class Input<T> extends ReadyIterator<T> {
  readonly #input: AsyncIterable<T>;
  readonly #signal: AbortSignal;
  #source: Ready<T> | undefined = undefined;
  #end: End | undefined = undefined; // Told instead of whatever the source may still have.
  #wake: (() => void) | undefined = undefined; // While a value is waited for.
  #withdraw = () => {};

  constructor(input: AsyncIterable<T>, signal: AbortSignal) {
    super();
    this.#input = input;
    this.#signal = signal;
  }

  /** @throws The signal's `reason`; what the input throws. */
  poll(wake: () => void): Polled<T> {
    if (this.#end !== undefined) return this.#tellEnd(this.#end);
    try {
      this.#source ??= this.#open();
      const value = this.#source.poll(wake);
      if (value === notReady) this.#wake = wake;
      else if (value === ended) this.#finish(nothingMore);
      else if (this.#wake !== undefined) this.#arrived();
      return value;
    } catch (error) {
      this.#finish(nothingMore);
      throw error;
    }
  }

  /** Waits until the source is closed; not after an abort, for it may be stuck. */
  async return(): Promise<IteratorResult<T, undefined>> {
    if (this.#end === undefined) {
      const closing = this.#close(nothingMore);
      if (this.#signal.aborted) closing.catch(() => {});
      else await closing;
    }
    return over;
  }

  /** One registration for all values: to wait for each of them under the signal costs more than the value. */
  #open(): Ready<T> {
    this.#signal.throwIfAborted();
    const source = open(this.#input);
    this.#withdraw = onAbort(this.#signal, () => {
      // One microtask late if a value is waited for: one that has come by now is not lost.
      if (this.#wake === undefined) this.#abandon();
      else queueMicrotask(() => this.#abandon());
    });
    return source;
  }

  /** What has been waited for is there. If the abort came meanwhile it is the last. */
  #arrived(): void {
    this.#wake = undefined;
    if (this.#signal.aborted) this.#abandon();
  }

  /** The source is told to close, and not waited for: it may be stuck, and what it throws then is nobody's concern. */
  #abandon(): void {
    if (this.#end === undefined) this.#close(failure(this.#signal.reason)).catch(() => {});
  }

  async #close(end: End): Promise<void> {
    this.#finish(end);
    this.#wake?.();
    await this.#source?.return();
  }

  #finish(end: End): void {
    this.#end = end;
    this.#withdraw();
  }

  #tellEnd(end: End): typeof ended {
    this.#end = nothingMore; // An error is told once.
    return end();
  }
}
