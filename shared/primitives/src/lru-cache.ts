import type { Cancellable, Task } from "./abort.ts";
import { refusalToRun } from "./arguments/check.ts";
import { BurstClock } from "./burst-clock.ts";
import { FreshLoads, type LoadContext } from "./fresh-loads.ts";
import { checkLruCacheOptions, type LruCacheOptions, type RemovalReason } from "./lru-cache/options.ts";
import { RecencyList } from "./recency-list.ts";

export type { LruCacheOptions, RemovalReason } from "./lru-cache/options.ts";

/**
 * Remembers the entries used last, at most `limit`, for a time; and loads each missing one once for all who ask.
 * O(1) for every operation. For a handful of entries that never age, prefer a `Map`; for one value, prefer `once`.
 *
 * - The entry that has not been used for longest goes first. `get`, `set` and `fetch` are uses, `has` and iterating not.
 * - Time is monotone: it does not jump with the wall clock. In a burst of calls without an `await` between them it may
 *   stand still for fifteen calls; see `BurstClock`. There is no timer: what is too old stays, and counts, until
 *   it is asked for or pushed out.
 * - `set`, `delete` and `clear` win over a load under way: who waits for that gets its value, but it is not kept. So an
 *   entry that is deleted because its source has changed does not come back with the value from before the change.
 * - An error is not kept: the next `fetch` tries again.
 * - Leaving its scope (`await using`) is needed only with `staleWhileRevalidateMs`, as the cache owns those loads: they
 *   are told to stop, and it waits until no load runs. The entries stay.
 *
 * Source of the two grace periods: RFC 5861, https://www.rfc-editor.org/rfc/rfc5861.
 *
 * @example
 * ```ts
 * await using prices = new LruCache<string, number>({ limit: 1_000, ttlMs: 10, staleIfErrorMs: 60_000 });
 * const ask = async (): Promise<number> => 42;
 * const asked = await Promise.all([prices.fetch("tea", ask), prices.fetch("tea", ask)]); // asks once
 * assert.deepEqual(asked, [42, 42]);
 *
 * await sleep(20);
 * assert.equal(prices.get("tea"), undefined); // too old
 * const fail = () => Promise.reject(new Error("closed"));
 * assert.equal(await prices.fetch("tea", fail), 42); // better than nothing
 * ```
 */
export class LruCache<K, V> implements Iterable<[K, V]>, AsyncDisposable {
  readonly limit: number;
  readonly #ttlMs: number;
  readonly #revalidateMs: number;
  readonly #errorMs: number;
  readonly #onRemove: ((key: K, value: V, reason: RemovalReason) => void) | undefined;
  readonly #clock: BurstClock | undefined; // Only if entries age.
  readonly #slots = new Map<K, number>();
  readonly #recency: RecencyList;
  #keys: (K | undefined)[] = [];
  #values: (V | undefined)[] = [];
  #staleAt: number[] = [];
  readonly #loads = new FreshLoads<K, V>();

  /**
   * @throws {RangeError} If `limit` is not a whole number from 1 below 2^31, or a duration is negative or no number.
   * @throws {TypeError} If `onRemove` is no function.
   */
  constructor(options: LruCacheOptions<K, V>) {
    checkLruCacheOptions(options);
    const { limit, ttlMs = Infinity, staleWhileRevalidateMs = 0, staleIfErrorMs = 0, onRemove } = options;
    this.limit = limit;
    this.#ttlMs = ttlMs;
    this.#revalidateMs = staleWhileRevalidateMs;
    this.#errorMs = staleIfErrorMs;
    this.#onRemove = onRemove;
    this.#clock = ttlMs === Infinity ? undefined : new BurstClock();
    this.#recency = new RecencyList(limit);
  }

  /** How many entries there are, those included that are too old but have not been asked for since. */
  get size(): number {
    return this.#slots.size;
  }

  /** The value if it is fresh, else `undefined`. Tell a stored `undefined` by `has`. */
  get(key: K): V | undefined {
    const slot = this.#slots.get(key);
    if (slot === undefined) return undefined;
    const staleForMs = this.#staleForMs(slot);
    if (staleForMs >= 0) {
      if (staleForMs >= this.#revalidateMs && staleForMs >= this.#errorMs) this.#remove(key, slot, "expired");
      return undefined;
    }
    this.#recency.touch(slot);
    return this.#values[slot];
  }

  /** Whether `key` has a fresh value. No use of it. */
  has(key: K): boolean {
    const slot = this.#slots.get(key);
    return slot !== undefined && this.#staleForMs(slot) < 0;
  }

  /** Keeps `value`, fresh from now on. */
  set(key: K, value: V): void {
    this.#loads.overtake(key);
    this.#store(key, value);
  }

  /** Whether there was an entry to delete, be it a stale one. */
  delete(key: K): boolean {
    this.#loads.overtake(key);
    const slot = this.#slots.get(key);
    if (slot !== undefined) this.#remove(key, slot, "deleted");
    return slot !== undefined;
  }

  /** What `onRemove` sets meanwhile stays. */
  clear(): void {
    this.#loads.overtakeAll();
    const entries = [...this.#slots].map(([key, slot]) => [key, this.#values[slot] as V] as const);
    this.#slots.clear();
    this.#recency.clear();
    [this.#keys, this.#values, this.#staleAt] = [[], [], []];
    for (const [key, value] of entries) this.#onRemove?.(key, value, "deleted");
  }

  /**
   * The fresh value, or else what `load` gives. All who ask for one key meanwhile share its first load, and may each
   * leave by a signal of their own; when the last has left, the load's signal aborts and nothing is kept.
   * A stale value within `staleWhileRevalidateMs` is given out at once, and one load begins that nobody waits for; if
   * that one fails, the stale value stays. Its error goes nowhere else, so report it within `load`.
   *
   * @throws What `load` throws, unless there is a value within `staleIfErrorMs`.
   * @throws The signal's `reason` if it aborts first, even when there is a value.
   * @throws {TypeError} If `load` is no function.
   * @throws {Error} If the cache's scope has been left.
   */
  fetch(key: K, load: Task<V>, options?: Cancellable): Promise<Awaited<V>> {
    const refusal = refusalToRun("fetch from LruCache", load, options, "load");
    if (refusal !== undefined) return Promise.reject(refusal.reason);
    if (this.#loads.left)
      return Promise.reject(new Error("Cannot fetch from LruCache: its scope has been left"));
    const loadAndKeep = (context: LoadContext) => this.#loadAndKeep(key, load, context);
    const slot = this.#slots.get(key);
    const staleForMs = slot === undefined ? Infinity : this.#staleForMs(slot);
    if (slot === undefined || (staleForMs >= 0 && staleForMs >= this.#revalidateMs)) {
      return this.#loads.run(key, loadAndKeep, options);
    }
    this.#recency.touch(slot);
    const value = Promise.resolve(this.#values[slot] as V); // Before the load begins, which may be quick.
    if (staleForMs >= 0) this.#loads.renew(key, loadAndKeep);
    return value;
  }

  /** Tells the loads that the cache began for later callers to stop, and waits until no load runs. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#loads[Symbol.asyncDispose]();
  }

  /** The fresh entries, from the one used longest ago to the newest, as they are now. No use of them. O(n). */
  [Symbol.iterator](): Iterator<[K, V], undefined> {
    const entries: [K, V][] = [];
    for (let slot = this.#recency.oldest; slot !== 0; slot = this.#recency.newerThan(slot)) {
      if (this.#staleForMs(slot) < 0) entries.push([this.#keys[slot] as K, this.#values[slot] as V]);
    }
    return entries.values();
  }

  async #loadAndKeep(key: K, load: Task<V>, { signal, isCurrent }: LoadContext): Promise<V> {
    try {
      const value = await load({ signal });
      if (isCurrent()) this.#store(key, value);
      return value;
    } catch (error) {
      const slot = isCurrent() ? this.#slots.get(key) : undefined;
      if (slot === undefined || this.#staleForMs(slot) >= this.#errorMs) throw error;
      return this.#values[slot] as V;
    }
  }

  #store(key: K, value: V): void {
    const known = this.#slots.get(key);
    if (known !== undefined) this.#replace(known, key, value);
    else if (this.#slots.size < this.limit) this.#fill(this.#recency.add(), key, value);
    else this.#evictFor(key, value);
  }

  #evictFor(key: K, value: V): void {
    const slot = this.#recency.oldest;
    const formerKey = this.#keys[slot] as K;
    const former = this.#values[slot] as V;
    this.#slots.delete(formerKey);
    this.#recency.touch(slot);
    this.#fill(slot, key, value);
    this.#onRemove?.(formerKey, former, "evicted");
  }

  #fill(slot: number, key: K, value: V): void {
    this.#slots.set(key, slot);
    this.#keys[slot] = key;
    this.#keep(slot, value);
  }

  #replace(slot: number, key: K, value: V): void {
    const former = this.#values[slot] as V;
    this.#recency.touch(slot);
    this.#keep(slot, value);
    if (former !== value) this.#onRemove?.(key, former, "replaced");
  }

  #keep(slot: number, value: V): void {
    this.#values[slot] = value;
    if (this.#clock !== undefined) this.#staleAt[slot] = this.#clock.now() + this.#ttlMs;
  }

  #remove(key: K, slot: number, reason: RemovalReason): void {
    const value = this.#values[slot] as V;
    this.#slots.delete(key);
    this.#recency.remove(slot);
    this.#keys[slot] = undefined;
    this.#values[slot] = undefined;
    this.#onRemove?.(key, value, reason);
  }

  /** Negative as long as it is fresh. */
  #staleForMs(slot: number): number {
    return this.#clock === undefined ? -Infinity : this.#clock.now() - (this.#staleAt[slot] as number);
  }
}
