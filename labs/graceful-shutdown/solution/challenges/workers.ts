import { setImmediate as immediate } from "node:timers/promises";
import { LinkedList } from "@pattern-labs/primitives/linked-list";
import { Mutex } from "@pattern-labs/primitives/mutex";
import { sleep } from "@pattern-labs/primitives/sleep";
import type { Workers, WorkersOptions } from "../../contract.ts";

const RETRY_TAKE_MS = 1_000;

export function createWorkers<J>(options: WorkersOptions<J>): Workers {
  const { workers } = options;
  if (!Number.isInteger(workers) || workers < 1) {
    throw new RangeError(`Cannot create workers: workers must be a whole number from 1, got ${workers}`);
  }
  return new JobWorkers(options);
}

class JobWorkers<J> implements Workers {
  readonly #options: WorkersOptions<J>;
  readonly #intake = new AbortController();
  readonly #running = new AbortController();
  /** Jobs that were taken and not begun. */
  readonly #taken = new LinkedList<J>();
  readonly #taking = new Mutex();
  #loops: readonly Promise<void>[] = [];

  constructor(options: WorkersOptions<J>) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#loops = Array.from({ length: this.#options.workers }, () => this.#work());
  }

  async stop({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    const hurry = () => this.#running.abort(signal.reason);
    signal.addEventListener("abort", hurry);
    if (signal.aborted) hurry();
    this.#intake.abort();
    await Promise.all([...this.#loops, this.#giveBackTaken()]);
    signal.removeEventListener("abort", hurry);
  }

  /** At once, while others run on: they may take longer than anybody waits. */
  async #giveBackTaken(): Promise<void> {
    using _ = await this.#taking.lock(); // So no take is under way.
    await Promise.all([...this.#taken].map((job) => this.#giveBack(job)));
  }

  async #work(): Promise<void> {
    for (let job = await this.#next(); job !== undefined; job = await this.#next()) {
      try {
        await this.#options.work(job.job, { signal: this.#running.signal });
      } catch {
        await this.#giveBack(job.job);
        await immediate(); // Else a job that fails at once, again and again, keeps the process from hearing SIGTERM.
      }
    }
  }

  async #next(): Promise<{ readonly job: J } | undefined> {
    using _ = await this.#taking.lock();
    while (!this.#intake.signal.aborted) {
      if (this.#taken.size > 0) return { job: this.#taken.shift() as J };
      await this.#takeSome();
    }
    return undefined;
  }

  async #takeSome(): Promise<void> {
    const { signal } = this.#intake;
    try {
      for (const job of await this.#options.take({ signal })) this.#taken.push(job);
    } catch {
      await sleep(RETRY_TAKE_MS, { signal }).catch(() => {});
    }
  }

  async #giveBack(job: J): Promise<void> {
    try {
      await this.#options.giveBack(job);
    } catch {} // The queue will find it, as it finds the jobs of a process that was killed.
  }
}
