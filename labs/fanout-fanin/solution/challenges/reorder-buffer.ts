import { Semaphore } from "@pattern-labs/primitives/semaphore";
import type { Send } from "../fan-in.ts";

interface Early<T> {
  readonly value: T;
  /** Its place in the window, given back when the value has been taken. */
  readonly place: Disposable;
}

/**
 * Sends numbered values in the order of their numbers, whatever the order in which they come. A value that comes early
 * waits here; how many can, is bounded by the places that are reserved before a number is drawn.
 */
export class ReorderBuffer<T> {
  readonly #window: Semaphore;
  readonly #early = new Map<number, Early<T>>();
  #due = 0;
  #sending = false;

  constructor(window: number) {
    this.#window = new Semaphore(window);
  }

  reserve(signal: AbortSignal): Promise<Disposable> {
    return this.#window.acquire({ signal });
  }

  /** Takes the value over, and whoever brings the one that is due sends all that can go. */
  async put(index: number, early: Early<T>, send: Send<T>): Promise<void> {
    this.#early.set(index, early);
    if (this.#sending) return;
    this.#sending = true;
    for (let next = this.#takeDue(); next !== undefined; next = this.#takeDue()) {
      await send(next.value);
      next.place[Symbol.dispose]();
    }
    this.#sending = false;
  }

  #takeDue(): Early<T> | undefined {
    const next = this.#early.get(this.#due);
    if (next === undefined) return undefined;
    this.#early.delete(this.#due);
    this.#due += 1;
    return next;
  }
}
