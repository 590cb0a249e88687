import type { Bulkhead, BulkheadOptions, RunOptions, Work } from "../contract.ts";
import { BulkheadFullError, TimeoutError } from "./errors.ts";
import { checkCount, checkDuration } from "./options.ts";
import { Semaphore } from "./semaphore.ts";

/** A semaphore for each key, as long as somebody needs it: so a flooded compartment stays one compartment. */
export class KeyedBulkhead implements Bulkhead {
  readonly #options: BulkheadOptions;
  readonly #waitLimitMs: number;
  readonly #compartments = new Map<string, Semaphore>();

  constructor(options: BulkheadOptions) {
    checkCount("create a bulkhead", "limitPerKey", options.limitPerKey, 1);
    checkCount("create a bulkhead", "waitingPerKey", options.waitingPerKey, 0);
    const { waitLimitMs } = options;
    this.#waitLimitMs =
      waitLimitMs === undefined ? Infinity : checkDuration("create a bulkhead", "waitLimitMs", waitLimitMs);
    this.#options = options;
  }

  async run<R>(key: string, work: Work<R>, { signal }: RunOptions = {}): Promise<R> {
    signal?.throwIfAborted();
    const compartment = this.#compartmentOf(key);
    if (!compartment.tryAcquire()) await this.#wait(key, compartment, signal);
    try {
      signal?.throwIfAborted(); // It may have aborted between the grant and this line.
      return await work({ signal: signal ?? new AbortController().signal });
    } finally {
      compartment.release();
      if (compartment.taken === 0) this.#compartments.delete(key); // Otherwise each key ever seen would stay.
    }
  }

  #compartmentOf(key: string): Semaphore {
    const known = this.#compartments.get(key);
    if (known !== undefined) return known;
    const compartment = new Semaphore(this.#options.limitPerKey);
    this.#compartments.set(key, compartment);
    return compartment;
  }

  async #wait(key: string, compartment: Semaphore, signal: AbortSignal | undefined): Promise<void> {
    if (compartment.waiting >= this.#options.waitingPerKey) throw new BulkheadFullError(key, this.#options);
    const waitLimitMs = this.#waitLimitMs;
    await compartment.acquireLater({ signal, waitLimitMs, late: () => new TimeoutError(key, waitLimitMs) });
  }

  load(): ReadonlyMap<string, { readonly running: number; readonly waiting: number }> {
    const load = new Map<string, { running: number; waiting: number }>();
    for (const [key, { taken, waiting }] of this.#compartments) load.set(key, { running: taken, waiting });
    return load;
  }
}
