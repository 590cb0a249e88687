/** What stands in the line: a request, however many calls it still wants to begin. */
export interface Claimant {
  /** How many of its calls have no permit yet. Counted down by `Permits`, before `begin`. */
  needed: number;
  /** Looks at the signal and at the clock. If it is over, it has left the line when this returns. */
  isOver(): boolean;
  /** Begins one call. The permit is its own now: it gives it back once, when the call has settled. */
  begin(): void;
}

/**
 * The permits of all requests, and the line for them, served in turn.
 *
 * Invariant, whenever code of others runs: if somebody waits, no permit is free. Permits are counted before `begin` is
 * called, and never between two microtasks, so that a call of ours that comes back in from there sees true numbers.
 */
export class Permits {
  readonly #limit: number;
  readonly #waitLimit: number;
  readonly #line = new Set<Claimant>(); // In order of insertion.
  #used = 0;

  constructor(limit: number, waitLimit: number) {
    this.#limit = limit;
    this.#waitLimit = waitLimit;
  }

  /** Whether a request for `count` calls may come: it need not wait, or there is a place to wait in. */
  hasRoomFor(count: number): boolean {
    return count <= this.#free || this.#line.size < this.#waitLimit;
  }

  /** Takes what is free, and stands in line for the rest. Ask `hasRoomFor` before, in the same synchronous step. */
  join(claimant: Claimant): void {
    const granted = Math.min(this.#free, claimant.needed);
    this.#used += granted;
    claimant.needed -= granted;
    if (claimant.needed > 0) this.#line.add(claimant);
    for (let n = 0; n < granted; n += 1) claimant.begin();
  }

  /** Harmless for one that does not wait. What it holds it keeps. */
  leave(claimant: Claimant): void {
    this.#line.delete(claimant);
  }

  giveBack(): void {
    this.#used -= 1;
    for (const first of this.#line) {
      if (this.#used >= this.#limit) return;
      if (first.isOver()) continue;
      this.#used += 1;
      first.needed -= 1;
      this.#line.delete(first);
      if (first.needed > 0) this.#line.add(first); // To the end, before its call can run any code.
      first.begin();
    }
  }

  /** Nobody overtakes the line. */
  get #free(): number {
    return this.#line.size > 0 ? 0 : this.#limit - this.#used;
  }
}
