/**
 * Counts from inside the works how many of them run at once. What the code under test says of itself is not asked.
 *
 * ```ts
 * const gauge = new Gauge();
 * await mapConcurrent(paths, (path) => gauge.during(() => hash(path)), { concurrency: 8 });
 * gauge.peak <= 8;
 * ```
 */
export class Gauge {
  /** How many have begun. */
  runs = 0;
  /** How many run now. */
  running = 0;
  /** The most that ran at once. */
  peak = 0;

  /** Does `work`, and counts it until it has ended, however it ends. */
  async during<T>(work: () => PromiseLike<T>): Promise<T> {
    this.runs += 1;
    this.running += 1;
    this.peak = Math.max(this.peak, this.running);
    try {
      return await work();
    } finally {
      this.running -= 1;
    }
  }
}
