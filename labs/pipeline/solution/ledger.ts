import type { Counters } from "../contract.ts";

type Counted = "read" | "rejected" | "filtered" | "enriched" | "written";

/** Counts what has passed. What is inside, and in the end discarded, follows from that and is never counted. */
export class Ledger {
  readonly #counts = { read: 0, rejected: 0, filtered: 0, enriched: 0, written: 0 };
  #closed = false;

  count(what: Counted): void {
    this.#counts[what] += 1;
  }

  /** Whatever is inside now will never come out. */
  close(): void {
    this.#closed = true;
  }

  read(): Counters {
    const { read, rejected, filtered, written } = this.#counts;
    const inside = read - rejected - filtered - written;
    return { ...this.#counts, discarded: this.#closed ? inside : 0 };
  }
}
