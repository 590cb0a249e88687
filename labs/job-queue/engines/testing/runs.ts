import { setImmediate as turn } from "node:timers/promises";
import type { Job, JobContext, JobQueue, JobType } from "../../contract.ts";

/** A run of a handler that goes on until the test ends it. */
export interface Run {
  readonly payload: unknown;
  readonly context: JobContext;
  readonly succeed: (result?: unknown) => void;
  readonly fail: (error: unknown) => void;
}

/** A type of job whose handlers are in the hands of the test: nothing waits for a time. */
export class HeldType implements JobType {
  readonly schema = { parse: (payload: unknown) => payload };
  /** All that have begun, in that order. */
  readonly runs: Run[] = [];
  /** How many run now, and how many did at most. */
  running = 0;
  most = 0;
  #wake = Promise.withResolvers<void>();
  #isReleased = false;

  run(payload: unknown, context: JobContext): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.running += 1;
    this.most = Math.max(this.most, this.running);
    this.runs.push({ payload, context, succeed: resolve, fail: reject });
    if (this.#isReleased) resolve(undefined);
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
    return promise.finally(() => {
      this.running -= 1;
    });
  }

  /** All that have begun succeed, and from now on whatever begins, at once. */
  release(): void {
    this.#isReleased = true;
    for (const run of this.runs) run.succeed(undefined);
  }

  /** The run that began as the n-th, from 1; waits until there is one. */
  async begun(n: number): Promise<Run> {
    for (;;) {
      const run = this.runs[n - 1];
      if (run !== undefined) return run;
      await this.#wake.promise;
    }
  }
}

/** A type of job that does at once what the function says. */
export const typeOf = (run: (payload: unknown, context: JobContext) => unknown): JobType => ({
  schema: { parse: (payload) => payload },
  run: async (payload, context) => await run(payload, context),
});

/** The job, once it is in this state; it is asked for again and again, for nobody tells. */
export async function whenIn(queue: JobQueue, id: string, state: Job["state"]): Promise<Job> {
  for (;;) {
    const job = await queue.get(id);
    if (job?.state === state) return job;
    await turn();
  }
}
