/**
 * A queue, first in, first out, in an array that is used as a ring. It grows by doubling when it must, so one that is
 * empty most of the time costs next to nothing, and it keeps no value that was taken out.
 */
export class Ring<T extends object> {
  #slots: (T | undefined)[] = []; // Invariant: its length is 0 or a power of two, so that a mask wraps an index.
  #first = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(value: T): void {
    if (this.#size === this.#slots.length) this.#grow();
    this.#slots[(this.#first + this.#size) & (this.#slots.length - 1)] = value;
    this.#size += 1;
  }

  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const value = this.#slots[this.#first];
    this.#slots[this.#first] = undefined;
    this.#first = (this.#first + 1) & (this.#slots.length - 1);
    this.#size -= 1;
    return value;
  }

  /** From the oldest to the newest. A copy. */
  toArray(): T[] {
    const inOrder = [...this.#slots.slice(this.#first), ...this.#slots.slice(0, this.#first)];
    return inOrder.filter((value) => value !== undefined);
  }

  clear(): void {
    this.#slots = [];
    this.#first = 0;
    this.#size = 0;
  }

  #grow(): void {
    const inOrder = this.toArray();
    const free = Array.from({ length: Math.max(4, inOrder.length) }, () => undefined);
    this.#slots = [...inOrder, ...free];
    this.#first = 0;
  }
}
