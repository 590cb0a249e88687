import { onAbort } from "@pattern-labs/primitives/abort";

export interface InputOptions {
  /** Its abort ends the wait with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Its abort is taken for the end of the input: the reading ends, but what was handed over is kept. */
  readonly until?: AbortSignal | undefined;
  /** Is told at once of what the input throws, before who reads is. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

export const end: IteratorReturnResult<undefined> = { done: true, value: undefined };

export interface Reader<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * "Or-done": an input as all stages see it. It is opened by the first `next`, told once to close unless it has ended by
 * itself, and nobody ever waits longer for it than the signal allows.
 *
 * Written by hand, as the stages are: the `return` of an async generator waits behind its `next`.
 */
export class Input<T> implements AsyncIterableIterator<T, undefined> {
  readonly #iterable: AsyncIterable<T>;
  readonly #options: InputOptions;
  #state: "fresh" | "open" | "ended" | "aborted" = "fresh";
  #iterator: AsyncIterator<T> | undefined = undefined;
  #reader: Reader<T> | undefined = undefined; // There is one while a value is on its way.
  #withdraw: () => void = nothing;
  #told = false;

  constructor(iterable: AsyncIterable<T>, options: InputOptions) {
    this.#iterable = iterable;
    this.#options = options;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#state === "fresh") this.#open();
    if (this.#state === "aborted") return Promise.reject(this.#options.signal?.reason);
    if (this.#state === "ended") return Promise.resolve(end);
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
      this.#read();
    });
  }

  /**
   * Closes the input, and waits for that: unless a value is on its way (an async generator closes only after that), and
   * no longer than until the signal aborts. Whoever waits for the value is told the end.
   */
  async close(): Promise<void> {
    if (this.#state === "fresh") this.#state = "ended";
    if (this.#state !== "open") return;
    const reader = this.#reader;
    this.#finish("ended");
    reader?.resolve(end);
    if (reader !== undefined) return this.#abandon();
    await this.#closed();
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    await this.close();
    return end;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #open(): void {
    const { signal, until } = this.#options;
    if (signal?.aborted) {
      this.#state = "aborted";
      return;
    }
    if (until?.aborted) {
      this.#state = "ended";
      return;
    }
    this.#state = "open";
    const withdrawals = [onAbort(signal, () => this.#abort()), onAbort(until, () => this.#cutOff())];
    this.#withdraw = () => {
      for (const withdraw of withdrawals) withdraw();
    };
  }

  /** Its reactions hang on the very promise of the input, so that `#cutOff` can tell what came before it. */
  #read(): void {
    try {
      this.#iterator ??= this.#iterable[Symbol.asyncIterator]();
      Promise.resolve(this.#iterator.next())
        .then((result) => this.#arrived(result))
        .catch((error) => this.#failed(error));
    } catch (error) {
      this.#failed(error);
    }
  }

  #arrived(result: IteratorResult<T>): void {
    const reader = this.#reader;
    if (reader === undefined) return; // Nobody waits for it any more.
    const { done, value } = result;
    this.#reader = undefined;
    if (done) this.#finish("ended");
    reader.resolve(done ? end : { done: false, value });
  }

  #failed(error: unknown): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    this.#finish("ended");
    this.#options.onError?.(error);
    reader.reject(error);
  }

  #abort(): void {
    const reader = this.#reader;
    this.#finish("aborted");
    reader?.reject(this.#options.signal?.reason);
    this.#abandon();
  }

  /**
   * A value that the input has handed over already, whose promise has resolved, is only a microtask away. It must not be
   * lost; anything later comes too late. What the closing brings about, an error for instance, comes later.
   */
  #cutOff(): void {
    const reader = this.#reader;
    if (reader === undefined) this.#finish("ended");
    else
      queueMicrotask(() => {
        if (this.#reader === reader) {
          this.#finish("ended");
          reader.resolve(end);
        } else if (this.#state === "open") this.#finish("ended");
      });
    this.#abandon();
  }

  #finish(state: "ended" | "aborted"): void {
    this.#state = state;
    this.#reader = undefined;
    this.#withdraw();
    this.#withdraw = nothing;
  }

  /** Told to close, but not waited for: it may be stuck. What it throws now is nobody's concern. */
  #abandon(): void {
    this.#tellToClose().catch(nothing);
  }

  async #closed(): Promise<void> {
    const { promise: aborted, resolve } = Promise.withResolvers<void>();
    const withdraw = onAbort(this.#options.signal, resolve);
    try {
      await Promise.race([this.#tellToClose(), aborted]);
    } finally {
      withdraw();
    }
  }

  async #tellToClose(): Promise<void> {
    if (this.#told) return;
    this.#told = true;
    await this.#iterator?.return?.();
  }
}

function nothing(): void {}
