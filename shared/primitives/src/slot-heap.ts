import { checkOptionalFunction } from "./arguments/check.ts";

/**
 * The order of slots by key, smallest first, and of equals by arrival: for a queue that keeps its values in arrays under
 * the same numbers. `add`, `move` and `remove` are O(log n). For a queue of values, prefer `PriorityQueue`.
 *
 * - A slot is a small integer from 0 on. It is free, or in use with a key and a number in the sequence of arrivals.
 * - What moves within the heap is numbers in typed arrays: no object is visited, and the garbage collector has no work.
 *
 * Algorithm: a heap with four children a node, which is shallower and kinder to the processor's cache than one with two
 * (LaMarca and Ladner, 1996, https://doi.org/10.1145/235141.235145). A hole sinks to the bottom first and what fills it
 * rises from there, as it mostly belongs there (Wegener, 1993, https://doi.org/10.1016/0304-3975(93)90364-Y).
 *
 * @example
 * ```ts
 * const heap = new SlotHeap();
 * const late = heap.free;
 * heap.add(20);
 * const early = heap.free;
 * heap.add(10);
 * assert.deepEqual(heap.sorted(), [early, late]);
 * heap.remove(early);
 * assert.equal(heap.first, late);
 * assert.equal(heap.free, early); // The slot is used again.
 * ```
 */
export class SlotHeap {
  readonly #compare: ((slotA: number, slotB: number) => number) | undefined;
  // By place in the heap:
  #keys = new Float64Array(firstCapacity);
  #slots = numbered(firstCapacity); // A permutation of all slots: those in use, then, from #size on, the free ones.
  // By slot:
  #places = new Uint32Array(firstCapacity); // Where in the heap it is.
  #arrivals = new Float64Array(firstCapacity).fill(free); // Its number in the sequence.
  #size = 0;
  #arrived = 0;

  /** `compare` orders slots whose keys are equal, before their arrival does. @throws {TypeError} If it is no function. */
  constructor(compare?: (slotA: number, slotB: number) => number) {
    checkOptionalFunction("create SlotHeap", "compare", compare);
    this.#compare = compare;
  }

  get size(): number {
    return this.#size;
  }

  /** The first slot, and its key. There must be one: look at `size`. */
  get first(): number {
    return this.#slots[0] as number;
  }

  get firstKey(): number {
    return this.#keys[0] as number;
  }

  /** The slot that `add` will take next: what `compare` looks at must lie there before. */
  get free(): number {
    if (this.#size === this.#slots.length) this.#grow();
    return this.#slots[this.#size] as number;
  }

  /** Takes the `free` slot into use, behind all with this key. Gives back its number in the sequence of arrivals. */
  add(key: number): number {
    const slot = this.free;
    this.#size += 1;
    return this.#line(this.#size - 1, key, slot);
  }

  /** Whether `slot` is in use by what arrived as `arrival`. */
  holds(slot: number, arrival: number): boolean {
    return this.#arrivals[slot] === arrival;
  }

  /** Gives `slot`, which is in use, another key, behind all with that one, and a new number in the sequence. */
  move(slot: number, key: number): number {
    return this.#line(this.#sink(this.#places[slot] as number), key, slot);
  }

  /** Gives `slot` back, which is in use. */
  remove(slot: number): void {
    const place = this.#places[slot] as number;
    const last = this.#size - 1;
    this.#size = last;
    if (place < last) {
      const hole = this.#sink(place);
      this.#rise(hole, this.#keys[last] as number, this.#slots[last] as number);
    }
    this.#slots[last] = slot;
    this.#arrivals[slot] = free;
  }

  clear(): void {
    this.#keys = new Float64Array(firstCapacity);
    this.#slots = numbered(firstCapacity);
    this.#places = new Uint32Array(firstCapacity);
    this.#arrivals = new Float64Array(firstCapacity).fill(free);
    this.#size = 0;
  }

  /** The slots in use, in order. O(n log n). */
  sorted(): number[] {
    const places = Array.from({ length: this.#size }, (_, place) => place);
    return places.sort((a, b) => this.#order(a, b)).map((place) => this.#slots[place] as number);
  }

  #order(placeA: number, placeB: number): number {
    const [keyA, keyB] = [this.#keys[placeA] as number, this.#keys[placeB] as number];
    if (keyA !== keyB) return keyA < keyB ? -1 : 1;
    return this.#precedes(this.#slots[placeA] as number, this.#slots[placeB] as number) ? -1 : 1;
  }

  /** Puts `slot`, the last to come, where it belongs, starting from `hole`. */
  #line(hole: number, key: number, slot: number): number {
    const arrival = this.#arrived;
    this.#arrived += 1;
    this.#arrivals[slot] = arrival;
    this.#rise(hole, key, slot);
    return arrival;
  }

  /** Moves the hole at `place` to the bottom, each time filling it with the first of its children. */
  #sink(place: number): number {
    const keys = this.#keys;
    const slots = this.#slots;
    const places = this.#places;
    const size = this.#size;
    let hole = place;
    for (let child = 4 * hole + 1; child < size; child = 4 * hole + 1) {
      let first = child;
      let firstKey = keys[child] as number;
      const end = Math.min(child + 4, size);
      for (let sibling = child + 1; sibling < end; sibling += 1) {
        const key = keys[sibling] as number;
        if (
          key < firstKey ||
          (key === firstKey && this.#precedes(slots[sibling] as number, slots[first] as number))
        ) {
          first = sibling;
          firstKey = key;
        }
      }
      const slot = slots[first] as number;
      keys[hole] = firstKey;
      slots[hole] = slot;
      places[slot] = hole;
      hole = first;
    }
    return hole;
  }

  /** Fills the hole at `place` with `slot`, or, where its parents come after it, moves these down first. */
  #rise(place: number, key: number, slot: number): void {
    const keys = this.#keys;
    const slots = this.#slots;
    const places = this.#places;
    let hole = place;
    while (hole > 0) {
      const parent = (hole - 1) >> 2;
      const parentKey = keys[parent] as number;
      const parentSlot = slots[parent] as number;
      if (parentKey < key) break;
      if (parentKey === key && this.#precedes(parentSlot, slot)) break;
      keys[hole] = parentKey;
      slots[hole] = parentSlot;
      places[parentSlot] = hole;
      hole = parent;
    }
    keys[hole] = key;
    slots[hole] = slot;
    places[slot] = hole;
  }

  /** Of two with equal keys. */
  #precedes(slotA: number, slotB: number): boolean {
    if (this.#compare !== undefined) {
      const order = this.#compare(slotA, slotB);
      if (order < 0) return true;
      if (order > 0) return false; // NaN is neither: then arrival decides.
    }
    return (this.#arrivals[slotA] as number) < (this.#arrivals[slotB] as number);
  }

  #grow(): void {
    const capacity = 2 * this.#size;
    this.#keys = copied(this.#keys, new Float64Array(capacity));
    this.#slots = copied(this.#slots, numbered(capacity));
    this.#places = copied(this.#places, new Uint32Array(capacity));
    this.#arrivals = copied(this.#arrivals, new Float64Array(capacity).fill(free));
  }
}

const firstCapacity = 16;
/** The arrival of a slot that is not in use. */
const free = -1;

/** A plain loop: `Uint32Array.from` with a function costs half as much as all the rest of a push. */
function numbered(capacity: number): Uint32Array {
  const slots = new Uint32Array(capacity);
  for (let slot = 0; slot < capacity; slot += 1) slots[slot] = slot;
  return slots;
}

function copied<A extends Float64Array | Uint32Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
