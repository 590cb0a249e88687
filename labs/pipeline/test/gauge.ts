/** Counts, from inside the jobs, how many of them run at once. What the pool says of itself is not asked. */
export class Gauge {
  runs = 0;
  running = 0;
  peak = 0;

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
