import { checkOptionalFunction, checkOptions, outOfRange, wrongKind } from "./arguments/check.ts";
import { show } from "./arguments/show.ts";
import { SlotHeap } from "./slot-heap.ts";

/**
 * A value's place in a {@link PriorityQueue}: keep it if the value may leave early or change its priority.
 * It belongs to the queue that made it.
 */
export class PriorityQueuePlace {
  /** @internal */ readonly queue: object;
  /** @internal */ readonly slot: number;
  /** @internal */ arrival: number;

  /** @internal */
  constructor(queue: object, slot: number, arrival: number) {
    this.queue = queue;
    this.slot = slot;
    this.arrival = arrival;
  }
}

export interface PriorityQueueOptions<P> {
  /**
   * Orders two priorities: negative if `a` goes first, as for `Array.sort`. It must not throw, and must not change its
   * mind while both are queued. Left out, priorities are numbers and the smallest goes first, which is fastest.
   * Where priorities are no numbers it is needed.
   */
  readonly compare?: ((a: P, b: P) => number) | undefined;
}

interface Ordered<P> extends PriorityQueueOptions<P> {
  readonly compare: (a: P, b: P) => number;
}

/**
 * Gives back first what has the smallest priority, and of equals what came first: so nobody is overtaken by an equal.
 * `push` and `pop` are O(log n), `remove` and `update` too. If all are equal, prefer `RingBuffer` or `LinkedList`.
 *
 * - Smallest first, so that a due time is a priority as it stands. For the largest first, negate it.
 * - A stream of urgent values can hold the others back for ever. Whoever must prevent that lets priorities age: push
 *   with the time of arrival added.
 * - What has left is not kept alive.
 *
 * @example
 * ```ts
 * const timers = new PriorityQueue<string>();
 * timers.push("check the lease", 30_000);
 * const secondTry = timers.push("try again", 250);
 * timers.push("send a heartbeat", 250);
 *
 * timers.update(secondTry, 500);
 * assert.deepEqual([...timers], ["send a heartbeat", "try again", "check the lease"]);
 * timers.remove(secondTry);
 * assert.equal(timers.pop(), "send a heartbeat");
 * assert.equal(timers.pop(), "check the lease");
 * ```
 *
 * @example Any priority, with an order of its own
 * ```ts
 * const versions = new PriorityQueue<string, string>({ compare: (a, b) => a.localeCompare(b, "en", { numeric: true }) });
 * versions.push("second", "1.10");
 * versions.push("first", "1.9");
 * assert.equal(versions.pop(), "first");
 * ```
 */
export class PriorityQueue<T, P = number> implements Iterable<T> {
  readonly #heap: SlotHeap;
  readonly #compare: ((a: P, b: P) => number) | undefined; // Without it priorities are numbers, and the heap's keys.
  // By slot: they stay where they are from push to pop.
  #values: (T | undefined)[] = [];
  #priorities: (P | undefined)[] = []; // Only if #compare orders them.

  /** @throws {TypeError} If `compare` is no function. */
  constructor(...[options]: number extends P ? [options?: PriorityQueueOptions<P>] : [options: Ordered<P>]) {
    if (options !== undefined) checkOptions("create PriorityQueue", options);
    const compare = options?.compare;
    checkOptionalFunction("create PriorityQueue", "compare", compare);
    this.#compare = compare;
    this.#heap = new SlotHeap(
      compare && ((a, b) => compare(this.#priorities[a] as P, this.#priorities[b] as P)),
    );
  }

  get size(): number {
    return this.#heap.size;
  }

  /**
   * Adds `value`, behind all that have its priority already. Keep the place that this returns if it may leave early.
   *
   * @throws {RangeError} If a priority that must be a number is none: NaN has no order. `Infinity` is last. With
   *   `compare`, if that gives no number for the priority and itself, as `a - b` does for what are no numbers.
   */
  push(value: T, priority: P): PriorityQueuePlace {
    const key = this.#keyOf(priority);
    const slot = this.#heap.free;
    this.#values[slot] = value;
    if (this.#compare !== undefined) this.#priorities[slot] = priority;
    return new PriorityQueuePlace(this, slot, this.#heap.add(key));
  }

  /** Takes out the first value. `undefined` means an empty queue, unless `undefined` was pushed: then look at `size`. */
  pop(): T | undefined {
    return this.#heap.size === 0 ? undefined : this.#takeOut(this.#heap.first);
  }

  /** The first value, left where it is. O(1). */
  peek(): T | undefined {
    return this.#heap.size === 0 ? undefined : this.#values[this.#heap.first];
  }

  /** The first value's priority, say when the next timer is due; `undefined` if the queue is empty. O(1). */
  peekPriority(): P | undefined {
    if (this.#heap.size === 0) return undefined;
    return this.#compare !== undefined ? this.#priorities[this.#heap.first] : (this.#heap.firstKey as P);
  }

  /**
   * Takes out the value at `place`; `false` if it has left already, so that twice is harmless.
   *
   * @throws {TypeError} If `place` was not given by a `push`.
   */
  remove(place: PriorityQueuePlace): boolean {
    if (!this.#holds(place)) return false;
    this.#takeOut(place.slot);
    return true;
  }

  /**
   * Gives the value at `place` another priority, behind all that have that one already; `false` if it has left.
   *
   * @throws {RangeError} As `push` does; the value keeps its priority then.
   * @throws {TypeError} If `place` was not given by a `push`.
   */
  update(place: PriorityQueuePlace, priority: P): boolean {
    const key = this.#keyOf(priority);
    if (!this.#holds(place)) return false;
    if (this.#compare !== undefined) this.#priorities[place.slot] = priority;
    place.arrival = this.#heap.move(place.slot, key);
    return true;
  }

  clear(): void {
    this.#heap.clear();
    this.#values = [];
    this.#priorities = [];
  }

  /**
   * The values in the order in which they would be popped, as it is now; they stay. O(n log n). To take them out one by
   * one, those included that come meanwhile: `while (queue.size > 0) use(queue.pop())`.
   */
  [Symbol.iterator](): Iterator<T, undefined> {
    const values = this.#heap.sorted().map((slot) => this.#values[slot] as T);
    return values.values();
  }

  /** All keys are equal where `compare` decides. It is tried out here, since within the heap it would be too late. */
  #keyOf(priority: P): number {
    if (this.#compare !== undefined) {
      const order: unknown = this.#compare(priority, priority);
      if (typeof order !== "number" || Number.isNaN(order))
        throw outOfRange("queue in PriorityQueue", `compare must give a number for ${show(priority)}`, order);
      return 0;
    }
    if (typeof priority !== "number" || Number.isNaN(priority))
      throw outOfRange("queue in PriorityQueue", "priority must be a number", priority);
    return priority;
  }

  #holds(place: PriorityQueuePlace): boolean {
    if (!(place instanceof PriorityQueuePlace))
      throw wrongKind("find in PriorityQueue", "place must be a PriorityQueuePlace", place);
    return place.queue === this && this.#heap.holds(place.slot, place.arrival);
  }

  #takeOut(slot: number): T {
    const value = this.#values[slot] as T;
    this.#values[slot] = undefined;
    if (this.#compare !== undefined) this.#priorities[slot] = undefined;
    this.#heap.remove(slot);
    return value;
  }
}
