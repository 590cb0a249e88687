import { isSoak, tellCounts } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";
import * as answer from "#lab";
import { openQueue } from "./open-queue.ts";
import type { JobEvent } from "./queue.ts";
import { temporaryFolder } from "./testing.ts";
import { isPermanent, PermanentError } from "./work/work.ts";

const JOBS = isSoak ? 100_000 : 1_000;
const CONCURRENCY = 10;
const ENQUEUED_AT_ONCE = 500;

/** Of a hundred jobs one fails, at first; and of ten of those one for good. */
const FAILS_EVERY = 100;
const DIES_EVERY = 1_000;

/** What is done, counted by the handlers themselves. */
class Work {
  readonly runs = new Map<number, number>();
  most = 0;
  #inHand = 0;

  async run(n: number, attempt: number): Promise<number> {
    this.runs.set(n, (this.runs.get(n) ?? 0) + 1);
    this.#inHand += 1;
    this.most = Math.max(this.most, this.#inHand);
    await new Promise((resolve) => setImmediate(resolve));
    this.#inHand -= 1;
    if (n % DIES_EVERY === 0) throw new PermanentError("never");
    if (n % FAILS_EVERY === 0 && attempt === 1) throw new Error("not yet");
    return n;
  }
}

async function enqueueAll(enqueue: (n: number) => Promise<unknown>): Promise<void> {
  for (let n = 1; n <= JOBS; n += ENQUEUED_AT_ONCE) {
    const some = Array.from({ length: Math.min(ENQUEUED_AT_ONCE, JOBS - n + 1) }, (_, k) => enqueue(n + k));
    await Promise.all(some);
  }
}

describe(`${JOBS} jobs, ${CONCURRENCY} at once, of which one in a hundred fails`, () => {
  // The limit only ends a hang.
  it.each(["memory", "sqlite"] as const)("come out exactly: %s", { timeout: 1_800_000 }, async (store) => {
    using folder = temporaryFolder();
    const work = new Work();
    const events: Partial<Record<JobEvent, number>> = {};
    const errors: unknown[] = [];
    const { promise: allEnded, resolve } = Promise.withResolvers<void>();
    const schema = { parse: (payload: unknown) => payload };
    const run = (n: unknown, { attempt }: { readonly attempt: number }) => work.run(Number(n), attempt);
    const options = {
      ...{ types: { count: { schema, run } }, isPermanent, concurrency: CONCURRENCY, baseDelayMs: 1 },
      onError: (error: unknown) => void errors.push(error),
      onEvent(event: JobEvent) {
        events[event] = (events[event] ?? 0) + 1;
        if ((events.completed ?? 0) + (events.dead ?? 0) === JOBS) resolve();
      },
    };
    await using queue = await openQueue(answer, { store, data: folder.path }, options);
    queue.start();
    await enqueueAll((n) => queue.enqueue("count", n));
    await allEnded;
    await queue.stop({ deadlineMs: 60_000 });

    const dead = JOBS / DIES_EVERY;
    const failed = JOBS / FAILS_EVERY - dead;
    const runs = work.runs.values().reduce((sum, count) => sum + count, 0);
    const counts = await queue.countJobs();
    expect(errors).toEqual([]);
    expect(counts).toEqual({
      ...{ pending: 0, running: 0, failed: 0, cancelled: 0 },
      ...{ completed: JOBS - dead, dead },
    });
    expect([work.runs.size, runs, work.most]).toEqual([JOBS, JOBS + failed, CONCURRENCY]);
    expect(events).toMatchObject({ stored: JOBS, completed: JOBS - dead, failed, dead });
    tellCounts(
      `${store}: ${counts.completed} completed, ${counts.dead} dead, ${runs} runs, ${failed} tried again, at most ${work.most} at once`,
    );
  });
});
