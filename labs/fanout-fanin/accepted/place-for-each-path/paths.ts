import { onAbort } from "@pattern-labs/primitives/abort";

/** Reads the paths, one at a time, and closes their source at most once. Opens it with the first that is read. */
export class Paths {
  readonly #paths: Iterable<string> | AsyncIterable<string>;
  #source: AsyncIterator<string> | Iterator<string> | undefined;
  #isAsked = false;
  #isOver = false;

  constructor(paths: Iterable<string> | AsyncIterable<string>) {
    this.#paths = paths;
  }

  /** @throws What the source throws, or the signal's reason: then what the source may still say is dropped. */
  async read(signal: AbortSignal): Promise<IteratorResult<string>> {
    signal.throwIfAborted();
    return unlessAborted(this.#ask(), signal);
  }

  /** Waits until it is closed, unless the source is stuck with a path. What closing throws is dropped. */
  async close(): Promise<void> {
    if (this.#isOver || this.#source === undefined) return;
    this.#isOver = true;
    const isStuck = this.#isAsked;
    try {
      const closed = Promise.resolve(this.#source.return?.());
      if (isStuck) closed.catch(() => {});
      else await closed;
    } catch {
      // The run has ended for another reason.
    }
  }

  async #ask(): Promise<IteratorResult<string>> {
    try {
      this.#source ??= open(this.#paths);
      this.#isAsked = true;
      const result = await this.#source.next();
      if (result.done === true) this.#isOver = true;
      return result;
    } catch (error) {
      this.#isOver = true;
      throw error;
    } finally {
      this.#isAsked = false;
    }
  }
}

function open(paths: Iterable<string> | AsyncIterable<string>): AsyncIterator<string> | Iterator<string> {
  return Symbol.asyncIterator in Object(paths)
    ? (paths as AsyncIterable<string>)[Symbol.asyncIterator]()
    : (paths as Iterable<string>)[Symbol.iterator]();
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const withdraw = onAbort(signal, () => reject(signal.reason));
    promise.then(resolve, reject).finally(withdraw);
  });
}
