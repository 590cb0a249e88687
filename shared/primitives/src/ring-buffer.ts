import { checkCount, outOfRange } from "./arguments/check.ts";

/**
 * A queue of at most `capacity` values in one array that is used round and round; every operation is O(1).
 * `Array.shift` is O(n) on a long array. If a value must be able to leave from the middle, prefer `LinkedList`.
 *
 * - The array grows (doubling) to what was needed at once, never beyond `capacity`: a large bound costs nothing idle.
 * - What has been taken out is not kept alive.
 *
 * @example
 * ```ts
 * const lastThree = new RingBuffer<number>(3);
 * for (const reading of [21, 22, 24, 23]) {
 *   if (lastThree.isFull) lastThree.shift(); // what to drop is the caller's choice
 *   lastThree.push(reading);
 * }
 * assert.deepEqual([...lastThree], [22, 24, 23]);
 * ```
 */
export class RingBuffer<T> implements Iterable<T> {
  readonly capacity: number;
  #slots: (T | undefined)[]; // Invariant: its length is a power of two, so that a mask wraps an index.
  #head = 0;
  #size = 0;

  /** @throws {RangeError} If `capacity` is not a whole number from 1. */
  constructor(capacity: number) {
    checkCount("create RingBuffer", "capacity", capacity);
    this.capacity = capacity;
    this.#slots = emptySlots(1);
  }

  get size(): number {
    return this.#size;
  }

  get isFull(): boolean {
    return this.#size === this.capacity;
  }

  /** Adds `value` at the end. @throws {RangeError} If the buffer is full: a value is never lost silently. */
  push(value: T): void {
    if (this.#size === this.capacity) {
      throw new RangeError(`Cannot push to RingBuffer: it is full, its capacity is ${this.capacity}`);
    }
    if (this.#size === this.#slots.length) this.#grow();
    this.#slots[(this.#head + this.#size) & (this.#slots.length - 1)] = value;
    this.#size += 1;
  }

  /** Takes out the oldest value. `undefined` means an empty buffer, unless `undefined` was pushed: then look at `size`. */
  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const value = this.#slots[this.#head];
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#slots.length - 1);
    this.#size -= 1;
    return value;
  }

  /**
   * The value `index` places after the oldest (0), left where it is; `undefined` for an index at which there is none.
   *
   * @throws {RangeError} If `index` is not a number.
   */
  at(index: number): T | undefined {
    if (!Number.isInteger(index) || index < 0 || index >= this.#size) return nothingAt(index);
    return this.#slots[(this.#head + index) & (this.#slots.length - 1)];
  }

  clear(): void {
    this.#slots = emptySlots(1);
    this.#head = 0;
    this.#size = 0;
  }

  /** From oldest to newest, as they are now: the buffer may change while they are looked at. O(n). */
  [Symbol.iterator](): Iterator<T, undefined> {
    return this.#inOrder().values();
  }

  #grow(): void {
    const slots: (T | undefined)[] = this.#inOrder();
    const length = slots.length * 2;
    while (slots.length < length) slots.push(undefined);
    this.#slots = slots;
    this.#head = 0;
  }

  #inOrder(): T[] {
    const values: T[] = [];
    for (let index = 0; index < this.#size; index += 1) values.push(this.at(index) as T);
    return values;
  }
}

function nothingAt(index: unknown): undefined {
  if (typeof index !== "number") throw outOfRange("look into RingBuffer", "index must be a number", index);
}

function emptySlots<T>(length: number): (T | undefined)[] {
  return new Array<T | undefined>(length).fill(undefined);
}
