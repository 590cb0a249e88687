/** What is said instead of a value by whoever has none that lies ready. */
export const notReady = Symbol("not ready");

/** What is said instead of a value when no more come. */
export const ended = Symbol("ended");

export type Polled<T> = T | typeof notReady | typeof ended;

/**
 * How stages read each other. A promise for each value is what a chain of stages costs most; between two that know this,
 * a hundred values that lie ready pass without one, and whoever waits for more is called instead of being resolved.
 */
export interface Ready<T> {
  /**
   * The next value, if it lies ready. Else `wake` is called later, when it is worth asking again. It may be called when
   * it is not, so it must do no harm then; and it must not throw.
   *
   * @throws What the input has thrown, or the reason of an abort: once, after that it has ended.
   */
  poll(wake: () => void): Polled<T>;
  /** Tells it that nobody reads on, and waits until it has put its things away. */
  return(): Promise<unknown>;
}

/** The same for everybody else, who reads with `for await`. */
export abstract class ReadyIterator<T> implements AsyncIterableIterator<T, undefined>, Ready<T> {
  #waiting: PromiseWithResolvers<IteratorResult<T, undefined>> | undefined = undefined;

  abstract poll(wake: () => void): Polled<T>;
  abstract return(): Promise<IteratorResult<T, undefined>>;

  next(): Promise<IteratorResult<T, undefined>> {
    try {
      const value = this.poll(this.#settle);
      if (value === ended) return Promise.resolve(over);
      if (value !== notReady) return Promise.resolve({ done: false, value });
    } catch (error) {
      return Promise.reject(error);
    }
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  readonly #settle = (): void => {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    try {
      const value = this.poll(this.#settle);
      if (value === notReady) return;
      waiting.resolve(value === ended ? over : { done: false, value });
    } catch (error) {
      waiting.reject(error);
    }
    this.#waiting = undefined;
  };
}

/** The last step of every iterator. */
export const over = { done: true, value: undefined } as const;

/** What is told after the last value: that it has ended; or it throws. */
export type End = () => typeof ended;

export const nothingMore: End = () => ended;

export function failure(error: unknown): End {
  return () => {
    throw error;
  };
}

/** Where one waits, and is called once. */
export class Bell {
  #wake: (() => void) | undefined = undefined;

  get awaited(): boolean {
    return this.#wake !== undefined;
  }

  wait(wake: () => void): void {
    this.#wake = wake;
  }

  ring(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
