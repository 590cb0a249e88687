import type { Stage } from "../../contract.ts";
import { end, Input } from "./input.ts";

export function each<I, O>(work: (item: I) => O | undefined): Stage<I, O> {
  return (input, { signal }) => new Each(new Input(input, { signal }), signal, work);
}

class Each<I, O> implements AsyncIterableIterator<O, undefined> {
  readonly #input: Input<I>;
  readonly #signal: AbortSignal;
  readonly #work: (item: I) => O | undefined;
  #left = false;

  constructor(input: Input<I>, signal: AbortSignal, work: (item: I) => O | undefined) {
    this.#input = input;
    this.#signal = signal;
    this.#work = work;
  }

  async next(): Promise<IteratorResult<O, undefined>> {
    for (;;) {
      const { done, value } = await this.#input.next();
      if (done || this.#left) return end;
      this.#signal.throwIfAborted(); // Between the value's arrival and now.
      let result: O | undefined;
      try {
        result = this.#work(value);
      } catch (error) {
        await this.#input.close().catch(() => {});
        throw error;
      }
      if (result !== undefined) return { done: false, value: result };
    }
  }

  async return(): Promise<IteratorResult<O, undefined>> {
    this.#left = true;
    await this.#input.close();
    return end;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
