/**
 * What topics have matched since the last change: the memory of a `TopicTree`, at most 1,024 topics.
 * For a cache in general, prefer `LruCache`.
 *
 * - It fills up and then stays as it is: throwing out one topic to take in another gains nothing where more topics go
 *   round than there is room for.
 * - Where it seldom helps it pauses, each time for twice as long: looking in vain is not free, and filling it less so.
 *
 * @example
 * ```ts
 * const recent = new RecentMatches<string>();
 * assert.equal(recent.get("orders.created"), undefined);
 * recent.offer("orders.created", ["mailer"], 1);
 * assert.deepEqual(recent.get("orders.created"), ["mailer"]);
 * recent.clear(); // Somebody has subscribed or left.
 * assert.equal(recent.get("orders.created"), undefined);
 * ```
 */
export class RecentMatches<T> {
  readonly #matches = new Map<string, readonly T[]>();
  #hits = 0;
  #misses = 0;
  #pause = 0; // How many topics are not looked up before it tries again.
  #nextPause = trial;

  /** How many topics it remembers. */
  get size(): number {
    return this.#matches.size;
  }

  get(topic: string): readonly T[] | undefined {
    if (this.#pause > 0) return undefined;
    const values = this.#matches.get(topic);
    if (values !== undefined) this.#hits += 1;
    return values;
  }

  /**
   * After each miss: remembers `values`, which were put together from as many lists as `sources` says. Long copies are
   * not kept: they take memory, and making one costs no more than delivering to all in it.
   */
  offer(topic: string, values: readonly T[], sources: number): void {
    if (this.#pause > 0) {
      this.#pause -= 1;
      return;
    }
    const isSmall = sources <= 1 || values.length <= 256;
    if (isSmall && this.#matches.size < 1_024) this.#matches.set(topic, values);
    this.#misses += 1;
    if (this.#misses === trial) this.#takeStock();
  }

  clear(): void {
    if (this.#matches.size > 0) this.#matches.clear();
  }

  #takeStock(): void {
    const helps = this.#hits >= trial / 4;
    this.#pause = helps ? 0 : this.#nextPause;
    this.#nextPause = helps ? trial : Math.min(2 * this.#nextPause, 16 * trial);
    if (!helps) this.clear();
    this.#hits = 0;
    this.#misses = 0;
  }
}

/** After how many misses it is asked whether remembering helps. */
const trial = 4_096;
