import { LinkedList } from "@pattern-labs/primitives/linked-list";
import type { Entry } from "../entry.ts";
import type { Queue } from "../queue.ts";

/** The owner of a key is forgotten when so many others have come since: what was warm has cooled down by then. */
const MOST_KEYS = 10_000;

/**
 * A queue for each worker. A key belongs to one worker, so that what this worker has warmed up (a connection, a cache)
 * serves the next job of the same key; only a worker that has nothing of its own takes from the longest other queue.
 */
export class StealingQueue implements Queue {
  readonly #queues: readonly LinkedList<Entry>[];
  readonly #owners = new Map<string, number>();
  #nextOwner = 0;
  #size = 0;

  constructor(workers: number) {
    this.#queues = Array.from({ length: workers }, () => new LinkedList<Entry>());
  }

  get size(): number {
    return this.#size;
  }

  add(entry: Entry): number {
    const owner = this.#ownerOf(entry.key);
    this.#queues[owner]?.push(entry);
    this.#size += 1;
    return owner;
  }

  take(worker: number): Entry {
    const own = this.#queues[worker] as LinkedList<Entry>;
    const queue = own.size > 0 ? own : this.#longest();
    this.#size -= 1;
    return queue.shift() as Entry;
  }

  clear(): readonly Entry[] {
    return this.#queues.flatMap((_, worker) =>
      Array.from({ length: this.#queues[worker]?.size ?? 0 }, () => this.take(worker)),
    );
  }

  #longest(): LinkedList<Entry> {
    return this.#queues.reduce((longest, queue) => (queue.size > longest.size ? queue : longest));
  }

  /** Workers get keys in turn, as the keys first appear; jobs without a key go to them in turn, too. */
  #ownerOf(key: string | undefined): number {
    const known = key === undefined ? undefined : this.#owners.get(key);
    if (known !== undefined) return known;
    const owner = this.#nextOwner;
    this.#nextOwner = (owner + 1) % this.#queues.length;
    if (key !== undefined) this.#remember(key, owner);
    return owner;
  }

  #remember(key: string, owner: number): void {
    const [oldest] = this.#owners.keys();
    if (this.#owners.size >= MOST_KEYS && oldest !== undefined) this.#owners.delete(oldest);
    this.#owners.set(key, owner);
  }
}
