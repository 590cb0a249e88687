import { checkSlotCount } from "./arguments/check.ts";

/**
 * The order in which slots were last used, for a cache that keeps its keys and values in arrays under the same numbers.
 * A slot is a small integer from 1 on; every operation is O(1) and allocates nothing.
 * For a queue of values, prefer `LinkedList`: here whoever calls must know which slots are in use.
 *
 * - Links in two typed arrays: a `Map` in which a key is deleted and set anew to make it the newest
 *   is slower many times over, and objects with links cost memory and the garbage collector's time.
 * - The arrays grow (doubling) to what is used at once, never beyond `limit`.
 *
 * @example
 * ```ts
 * const recency = new RecencyList(3);
 * const [a, b] = [recency.add(), recency.add()];
 * recency.touch(a);
 * assert.equal(recency.oldest, b);
 * assert.equal(recency.newerThan(b), a);
 * recency.remove(b);
 * assert.equal(recency.add(), b); // The slot is used again.
 * ```
 */
export class RecencyList {
  readonly #limit: number;
  // By slot; slot 0 closes the ring: newer than the newest, older than the oldest.
  #older = new Int32Array(firstCapacity);
  #newer = new Int32Array(firstCapacity);
  #used = 0; // Slots beyond it have never been used.
  #free = 0; // The first of the slots that were given back; they are linked by #newer.

  /** `limit`: how many slots may be in use at once. @throws {RangeError} If it is not a whole number from 1 below 2^31. */
  constructor(limit: number) {
    checkSlotCount("create RecencyList", "limit", limit);
    this.#limit = limit;
  }

  /** The slot in use that was touched least recently; 0 if there is none. */
  get oldest(): number {
    return this.#newer[0] as number;
  }

  /** The slot that was touched next after `slot`; 0 if it is the newest. */
  newerThan(slot: number): number {
    return this.#newer[slot] as number;
  }

  /** Takes a slot into use, as the newest. There must be one: look at the limit, or `touch` the oldest instead. */
  add(): number {
    const slot = this.#free === 0 ? this.#fresh() : this.#free;
    if (slot === this.#free) this.#free = this.newerThan(slot);
    this.#linkAsNewest(slot);
    return slot;
  }

  /** Makes `slot`, which is in use, the newest. In one go, as this is what a cache does most. */
  touch(slot: number): void {
    const olders = this.#older;
    const newers = this.#newer;
    const newest = olders[0] as number;
    if (newest === slot) return;
    const older = olders[slot] as number;
    const newer = newers[slot] as number;
    newers[older] = newer;
    olders[newer] = older;
    newers[newest] = slot;
    olders[slot] = newest;
    newers[slot] = 0;
    olders[0] = slot;
  }

  /** Gives `slot` back, which is in use. */
  remove(slot: number): void {
    this.#unlink(slot);
    this.#newer[slot] = this.#free;
    this.#free = slot;
  }

  clear(): void {
    this.#older = new Int32Array(firstCapacity);
    this.#newer = new Int32Array(firstCapacity);
    this.#used = 0;
    this.#free = 0;
  }

  #unlink(slot: number): void {
    const older = this.#older[slot] as number;
    const newer = this.#newer[slot] as number;
    this.#newer[older] = newer;
    this.#older[newer] = older;
  }

  #linkAsNewest(slot: number): void {
    const newest = this.#older[0] as number;
    this.#newer[newest] = slot;
    this.#older[slot] = newest;
    this.#newer[slot] = 0;
    this.#older[0] = slot;
  }

  #fresh(): number {
    this.#used += 1;
    if (this.#used === this.#newer.length) {
      const capacity = Math.min(2 * this.#used, this.#limit + 1);
      this.#older = copied(this.#older, capacity);
      this.#newer = copied(this.#newer, capacity);
    }
    return this.#used;
  }
}

const firstCapacity = 16;

function copied(from: Int32Array, capacity: number): Int32Array<ArrayBuffer> {
  const to = new Int32Array(capacity);
  to.set(from);
  return to;
}
