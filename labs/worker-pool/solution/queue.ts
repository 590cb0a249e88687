import { LinkedList } from "@pattern-labs/primitives/linked-list";
import { PriorityQueue } from "./challenges/priority-queue.ts";
import { StealingQueue } from "./challenges/stealing-queue.ts";
import type { Entry } from "./entry.ts";
import type { Settings } from "./options.ts";

/** Where accepted jobs wait to begin. It has no bound of its own: the pool decides who may come in. */
export interface Queue {
  readonly size: number;
  /** Returns the worker that should take it, if it matters. */
  add(entry: Entry): number | undefined;
  /** The entry that `worker` does next. There must be one. */
  take(worker: number): Entry;
  /** Empties the queue. */
  clear(): readonly Entry[];
}

export function createQueue(settings: Settings): Queue {
  if (settings.stealing) return new StealingQueue(settings.workers);
  return settings.ageingMs === undefined ? new FifoQueue() : new PriorityQueue(settings.ageingMs);
}

class FifoQueue implements Queue {
  readonly #entries = new LinkedList<Entry>();

  get size(): number {
    return this.#entries.size;
  }

  add(entry: Entry): undefined {
    this.#entries.push(entry);
  }

  take(): Entry {
    return this.#entries.shift() as Entry;
  }

  clear(): readonly Entry[] {
    return Array.from({ length: this.size }, () => this.take());
  }
}
