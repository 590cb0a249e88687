import type { Entry } from "./entry.ts";

/** Where failed jobs wait until it is time to try them again: beside the workers, and not in the queue. */
export class RetryRoom {
  readonly #again: (entry: Entry) => void;
  readonly #timers = new Map<Entry, NodeJS.Timeout>();

  /** `again` gets each job the moment that it leaves the room. */
  constructor(again: (entry: Entry) => void) {
    this.#again = again;
  }

  get size(): number {
    return this.#timers.size;
  }

  add(entry: Entry, delayMs: number): void {
    const leave = () => {
      this.#timers.delete(entry);
      this.#again(entry);
    };
    this.#timers.set(entry, setTimeout(leave, delayMs));
  }

  /** Empties the room; nobody is tried again. */
  clear(): readonly Entry[] {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    const entries = [...this.#timers.keys()];
    this.#timers.clear();
    return entries;
  }
}
