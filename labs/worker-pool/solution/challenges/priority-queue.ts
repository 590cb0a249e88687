import type { Entry } from "../entry.ts";
import type { Queue } from "../queue.ts";

interface Ranked {
  readonly entry: Entry;
  readonly rank: number;
}

/**
 * A binary heap, highest rank first. Waiting raises everybody's rank at the same pace, so the order of two entries
 * never changes while they wait: it is enough to rank each once, by priority less the time at which it came.
 */
export class PriorityQueue implements Queue {
  readonly #heap: Ranked[] = [];
  readonly #ageingMs: number;

  constructor(ageingMs: number) {
    this.#ageingMs = ageingMs;
  }

  get size(): number {
    return this.#heap.length;
  }

  add(entry: Entry): undefined {
    this.#heap.push({ entry, rank: entry.priority - entry.acceptedAt / this.#ageingMs });
    this.#rise(this.#heap.length - 1);
  }

  take(): Entry {
    const [first] = this.#heap;
    const last = this.#heap.pop() as Ranked;
    if (first === undefined || first === last) return last.entry;
    this.#heap[0] = last;
    this.#sink(0);
    return first.entry;
  }

  clear(): readonly Entry[] {
    return this.#heap.splice(0).map(({ entry }) => entry);
  }

  #rise(index: number): void {
    for (let child = index; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (!this.#goesBefore(child, parent)) return;
      this.#swap(child, parent);
      child = parent;
    }
  }

  #sink(index: number): void {
    for (let parent = index; ; ) {
      const left = 2 * parent + 1;
      const child = this.#goesBefore(left + 1, left) ? left + 1 : left;
      if (!this.#goesBefore(child, parent)) return;
      this.#swap(child, parent);
      parent = child;
    }
  }

  #goesBefore(a: number, b: number): boolean {
    const [first, second] = [this.#heap[a], this.#heap[b]];
    if (first === undefined || second === undefined) return false;
    // Equals keep the order in which they were accepted.
    return first.rank === second.rank ? first.entry.id < second.entry.id : first.rank > second.rank;
  }

  #swap(a: number, b: number): void {
    const moved = this.#heap[a] as Ranked;
    this.#heap[a] = this.#heap[b] as Ranked;
    this.#heap[b] = moved;
  }
}
