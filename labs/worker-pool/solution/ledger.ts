import type { Snapshot } from "../contract.ts";

/** One call of a job by a worker. */
export interface Attempt {
  readonly id: number;
  readonly since: number;
  readonly worker: number;
  readonly controller: AbortController;
}

type Waiting = Pick<Snapshot, "queued" | "waitingToRetry" | "liveWorkers">;

/** What is known of the jobs: how many came, how they ended, which of them run. */
export class Ledger {
  readonly #workers: number;
  readonly #counts = { accepted: 0, succeeded: 0, failed: 0, cancelled: 0, retries: 0 };
  readonly #running = new Map<number, Attempt>();
  readonly #createdAt = performance.now();
  #busyMs = 0;

  constructor(workers: number) {
    this.#workers = workers;
  }

  get running(): readonly Attempt[] {
    return [...this.#running.values()];
  }

  count(event: "accepted" | "succeeded" | "failed" | "cancelled" | "retries"): number {
    this.#counts[event] += 1;
    return this.#counts[event];
  }

  begin(attempt: Attempt): void {
    this.#running.set(attempt.id, attempt);
  }

  end({ id, since }: Attempt): void {
    this.#running.delete(id);
    this.#busyMs += performance.now() - since;
  }

  snapshot(waiting: Waiting): Snapshot {
    const now = performance.now();
    const running = this.running.map(({ id, worker, since }) => ({ id, worker, sinceMs: now - since }));
    const busyMs = running.reduce((sum, { sinceMs }) => sum + sinceMs, this.#busyMs);
    const availableMs = this.#workers * (now - this.#createdAt);
    const utilisation = availableMs === 0 ? 0 : busyMs / availableMs;
    return { ...this.#counts, ...waiting, running, utilisation };
  }
}
