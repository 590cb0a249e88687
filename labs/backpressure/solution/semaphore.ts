import { runUnder } from "@pattern-labs/primitives/abort";
import { startTimer } from "@pattern-labs/primitives/timer";
import { WaitQueue } from "@pattern-labs/primitives/wait-queue";

/** So many places, and a line in front of them: first come, first served. */
export class Semaphore {
  readonly #limit: number;
  readonly #line = new WaitQueue(); // Invariant: empty unless all places are taken.
  #taken = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get taken(): number {
    return this.#taken;
  }

  get waiting(): number {
    return this.#line.size;
  }

  tryAcquire(): boolean {
    if (this.#taken === this.#limit) return false;
    this.#taken += 1;
    return true;
  }

  /** Waits for a place that is handed over. For when `tryAcquire` has found none. */
  async acquireLater({ signal, waitLimitMs, late }: Wait): Promise<void> {
    const patience = new AbortController();
    const stop = startTimer(waitLimitMs, () => patience.abort(late()));
    try {
      await runUnder([signal, patience.signal], (either) => this.#line.wait(either));
    } finally {
      stop();
    }
  }

  /** The first in line gets the place itself: it is never free in between, so no newcomer can take it. */
  release(): void {
    if (!this.#line.wake()) this.#taken -= 1;
  }
}

interface Wait {
  readonly signal: AbortSignal | undefined;
  readonly waitLimitMs: number;
  /** What the wait rejects with after that time. */
  readonly late: () => Error;
}
