/** How many jobs are enqueued, and how many done, at the same time. */
export const CONCURRENCY = 10;

/** A job of a hundred bytes, as in bench/stores.ts. */
export interface Mail {
  readonly n: number;
  readonly to: string;
  readonly subject: string;
}

export const mail = (n: number): Mail => ({
  n,
  to: "somebody@example.org",
  subject: "Your order has been sent, and will be with you in a few days",
});

/** What is compared: a queue that is open, with nothing in it. */
export interface OpenQueue extends AsyncDisposable {
  /** Resolves when the job is stored, as far as this queue stores anything. */
  add(job: Mail): Promise<unknown>;
  /** Begins to do jobs. What a job does is to call this. */
  start(does: (n: number) => Promise<void>): void;
  /** Resolves when so many jobs are done, and that is stored. */
  finished(count: number): Promise<void>;
}

export type Open = () => Promise<OpenQueue>;

/** Resolves once somebody has counted so far. */
export class Tally {
  #count = 0;
  #wanted = Number.POSITIVE_INFINITY;
  readonly #reached = Promise.withResolvers<void>();

  add(count = 1): void {
    this.#count += count;
    if (this.#count >= this.#wanted) this.#reached.resolve();
  }

  async reach(count: number): Promise<void> {
    this.#wanted = count;
    this.add(0);
    await this.#reached.promise;
  }
}
