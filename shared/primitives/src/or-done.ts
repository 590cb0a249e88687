import { type Cancellable, onAbort } from "./abort.ts";
import { checkAsyncIterable, signalIn } from "./arguments/check.ts";
import { Source } from "./source.ts";

export type OrDoneOptions = Cancellable;

/**
 * Reads `source` until it ends or `signal` aborts, even if the source knows of no signal and its next value never comes.
 * For a source that takes a signal, such as `Channel.values`, prefer that: it can stop without losing a value.
 *
 * - An abort throws the signal's own `reason` from the loop, at once. (Go's or-done ends the loop silently; then its
 *   consumer cannot tell a source that was read to the end from one that was not.)
 * - Either way out closes the source with `return()`. Leaving the loop waits for that. An abort does not: an async
 *   generator is closed only when what it waits for has come.
 * - What the source still delivers or throws after the abort is dropped.
 * - No listener is left: there is one only while a value is waited for.
 * - Without a signal, as in a function whose caller gave none, it reads to the end.
 *
 * @throws The signal's `reason` as soon as it aborts.
 * @throws {TypeError} At once, if `source` is no async iterable.
 *
 * @example
 * ```ts
 * async function* ticker() {
 *   yield "tick";
 *   await new Promise(() => {}); // never to come
 * }
 * const controller = new AbortController();
 * const seen: string[] = [];
 * await assert.rejects(
 *   async () => {
 *     for await (const tick of orDone(ticker(), { signal: controller.signal })) {
 *       seen.push(tick);
 *       setTimeout(() => controller.abort("time to go"), 1);
 *     }
 *   },
 *   (reason) => reason === "time to go",
 * );
 * assert.deepEqual(seen, ["tick"]);
 * ```
 */
export function orDone<T>(
  source: AsyncIterable<T>,
  options?: OrDoneOptions,
): AsyncIterableIterator<T, undefined> {
  checkAsyncIterable("read orDone", "source", source);
  return new OrDone(new Source(source), signalIn("read orDone", options));
}

class OrDone<T> implements AsyncIterableIterator<T, undefined> {
  readonly #source: Source<T>;
  readonly #signal: AbortSignal | undefined;
  #left = false;

  constructor(source: Source<T>, signal: AbortSignal | undefined) {
    this.#source = source;
    this.#signal = signal;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#left) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => {
      const withdraw = onAbort(this.#signal, () => {
        this.#source.abandon();
        reject(this.#signal?.reason);
      });
      // After an abort this reads nothing, or comes too late; but it listens, so that a late failure is not unhandled.
      this.#source.next().finally(withdraw).then(resolve, reject);
    });
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#left = true;
    await this.#source.close();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
