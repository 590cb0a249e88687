const EVERY_MS = 100;

/** By how much the memory of this process has grown at most. */
export class MemoryGauge implements Disposable {
  readonly #before = process.memoryUsage.rss();
  #most = this.#before;
  readonly #timer = setInterval(() => {
    this.#most = Math.max(this.#most, process.memoryUsage.rss());
  }, EVERY_MS);

  get grown(): number {
    return this.#most - this.#before;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
