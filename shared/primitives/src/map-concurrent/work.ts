import { onAbort } from "../abort.ts";
import {
  checkCountOrInfinity,
  checkFunction,
  checkOptions,
  isAsyncIterable,
  isIterable,
  outOfRange,
  signalIn,
  wrongKind,
} from "../arguments/check.ts";
import type { StreamConcurrentOptions } from "../stream-concurrent.ts";

/** What goes on until the source ends, somebody fails, or nobody wants the results any more. */
export class Work<T> {
  readonly #controller = new AbortController();
  readonly #iterator: Iterator<T> | AsyncIterator<T>;
  readonly #atHand: Iterator<T> | undefined; // The same, if it need not be waited for.
  readonly #failed: () => void;
  readonly #withdraw: () => void;
  readonly told: { readonly signal: AbortSignal } = { signal: this.#controller.signal };
  #failure: { readonly error: unknown } | undefined = undefined;
  #cancelled = false;
  #sourceEnded = false;
  #taking = false;

  constructor(
    values: Iterable<T> | AsyncIterable<T>,
    signal: AbortSignal | undefined,
    failed: () => void = nothing,
  ) {
    if (isAsyncIterable(values)) this.#iterator = values[Symbol.asyncIterator]();
    else {
      this.#atHand = values[Symbol.iterator]();
      this.#iterator = this.#atHand;
    }
    this.#failed = failed;
    this.#withdraw = onAbort(signal, () => this.fail(signal?.reason));
  }

  get goesOn(): boolean {
    return !this.#cancelled && !this.#sourceEnded;
  }

  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** The next value of a source that need not be waited for; `undefined` if it must: then `takeLater`. */
  take(): IteratorResult<T> | undefined {
    if (this.#atHand === undefined) return undefined;
    this.#sourceEnded = true; // If it throws, that is its end as well.
    const step = this.#atHand.next();
    this.#sourceEnded = step.done === true;
    return step;
  }

  async takeLater(): Promise<IteratorResult<T>> {
    this.#taking = true;
    try {
      const step = await this.#iterator.next();
      this.#sourceEnded = step.done === true;
      return step;
    } catch (error) {
      this.#sourceEnded = true;
      throw error;
    } finally {
      this.#taking = false;
    }
  }

  /** Remembers the first error, and tells all tasks. */
  fail(error: unknown): void {
    if (this.#cancelled) return;
    this.#failure = { error };
    this.cancel(error);
    this.#failed();
  }

  cancel(reason?: unknown): void {
    this.#cancelled = true;
    this.#controller.abort(reason);
  }

  /** To be called when all tasks have ended. Closes the source, and throws the first error. */
  async end(): Promise<void> {
    this.#cancelled = true;
    this.#withdraw();
    try {
      if (!this.#sourceEnded) await this.#closeSource();
    } catch (error) {
      this.#failure ??= { error };
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #closeSource(): Promise<void> {
    const closed = Promise.try(() => this.#iterator.return?.());
    // It may never answer while it is being waited for: a generator does not look up from what it awaits.
    if (this.#taking) closed.catch(nothing);
    else await closed;
  }
}

export function checkMapping(values: unknown, task: unknown, options: StreamConcurrentOptions): void {
  if (!isAsyncIterable(values) && !isIterable(values))
    throw wrongKind(mapping, "values must be an iterable or an async iterable", values);
  checkFunction(mapping, "task", task);
  checkOptions(mapping, options);
  signalIn(mapping, options);
  const { limit, lookAhead = limit, ordered = true } = options;
  checkCountOrInfinity(mapping, "limit", limit);
  if (lookAhead !== Infinity && (!Number.isSafeInteger(lookAhead) || lookAhead < limit))
    throw outOfRange(
      mapping,
      `lookAhead must be at least the limit, which is ${limit}, and an integer or Infinity`,
      lookAhead,
    );
  if (typeof ordered !== "boolean") throw wrongKind(mapping, "ordered must be true or false", ordered);
}

const mapping = "map concurrently";

function nothing(): void {}
