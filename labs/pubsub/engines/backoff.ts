const FIRST_MS = 50;
const MOST_MS = 5_000;

/** How long to wait before the next attempt: doubled with each one, and by chance, so that not all come at once. */
export class Backoff {
  #delayMs = 0;
  #ceilingMs = FIRST_MS;

  /** The same until `grow` or `reset`: the client library asks for it as often as it likes. */
  get delayMs(): number {
    return this.#delayMs;
  }

  /** An attempt begins: what comes after it waits longer. */
  grow(): void {
    this.#delayMs = this.#ceilingMs * (0.5 + Math.random() / 2);
    this.#ceilingMs = Math.min(MOST_MS, this.#ceilingMs * 2);
  }

  reset(): void {
    this.#delayMs = 0;
    this.#ceilingMs = FIRST_MS;
  }
}
