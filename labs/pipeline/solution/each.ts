import type { Stage } from "../contract.ts";
import { Input } from "./input.ts";
import { ended, notReady, over, type Polled, ReadyIterator } from "./ready.ts";

export function each<I, O>(work: (item: I) => O | undefined): Stage<I, O> {
  return (input, { signal }) => new Each(new Input(input, signal), work);
}

/** Works in the hands of whoever reads it: it has neither a buffer nor a promise of its own. */
class Each<I, O> extends ReadyIterator<O> {
  readonly #input: Input<I>;
  readonly #work: (item: I) => O | undefined;

  constructor(input: Input<I>, work: (item: I) => O | undefined) {
    super();
    this.#input = input;
    this.#work = work;
  }

  poll(wake: () => void): Polled<O> {
    try {
      for (;;) {
        const item = this.#input.poll(wake);
        if (item === notReady) return notReady;
        if (item === ended) return ended;
        const result = this.#work(item);
        if (result !== undefined) return result;
      }
    } catch (error) {
      this.#input.return().catch(() => {}); // It is told, and not waited for: it may be stuck.
      throw error;
    }
  }

  async return(): Promise<IteratorResult<O, undefined>> {
    await this.#input.return();
    return over;
  }
}
