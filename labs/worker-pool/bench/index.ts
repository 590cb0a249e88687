import { defineBench, type InFlight, type Run, type Setting } from "@pattern-labs/bench";
import type { Lab } from "../contract.ts";

const limit = 10;
/** How many jobs may wait, for all who can say so. The producer is quicker than the workers, as a crawler is. */
const queueLimit = 100;

type Job = () => Promise<void>;

/** Runs every job, and comes back when all have ended. */
type RunAll = (jobs: Iterable<Job>) => Promise<unknown>;

interface Way {
  readonly name: string;
  readonly ours?: boolean;
  readonly answer?: boolean;
  /** Of those who have no limit. */
  readonly unlimited?: boolean;
  readonly load: () => Promise<RunAll> | RunAll;
}

const ways: readonly Way[] = [
  {
    name: "answer",
    answer: true,
    load: async () => {
      const { createPool }: Lab = await import("#lab");
      return async (jobs) => {
        const pool = createPool({ workers: limit, queueLimit });
        for (const job of jobs) await pool.submit(job);
        await pool.close();
      };
    },
  },
  {
    name: "Promise.all",
    ours: false,
    unlimited: true,
    load: () => (jobs) => Promise.all(Array.from(jobs, (job) => job())),
  },
  {
    name: "chunks of 10",
    ours: false,
    load: () => async (jobs) => {
      let chunk: Promise<void>[] = [];
      for (const job of jobs) {
        chunk.push(job());
        if (chunk.length < limit) continue;
        await Promise.all(chunk);
        chunk = [];
      }
      await Promise.all(chunk);
    },
  },
  {
    // It has no way to wait for a place, so all jobs are handed over at once.
    name: "p-limit, no bound",
    ours: false,
    load: async () => {
      const { default: pLimit } = await import("p-limit");
      return (jobs) => {
        const limited = pLimit(limit);
        return Promise.all(Array.from(jobs, (job) => limited(job)));
      };
    },
  },
  {
    name: "p-queue",
    ours: false,
    load: async () => {
      const { default: PQueue } = await import("p-queue");
      return async (jobs) => {
        const queue = new PQueue({ concurrency: limit });
        for (const job of jobs) {
          if (queue.size >= queueLimit) await queue.onSizeLessThan(queueLimit);
          void queue.add(job);
        }
        await queue.onIdle();
      };
    },
  },
  {
    // Callbacks are its quickest form. It tells when nothing waits any more; that is when the producer goes on.
    name: "fastq",
    ours: false,
    load: async () => {
      const { default: fastq } = await import("fastq");
      const work = (job: Job, done: (error: Error | null) => void) => void job().then(() => done(null), done);
      return async (jobs) => {
        const queue = fastq(work, limit);
        for (const job of jobs) {
          queue.push(job);
          if (queue.length() < queueLimit) continue;
          await new Promise<void>((resolve) => {
            queue.empty = resolve;
          });
        }
        if (queue.idle()) return;
        await new Promise<void>((resolve) => {
          queue.drain = resolve;
        });
      };
    },
  },
  {
    // Callbacks are its quickest form. With a buffer of 0 it tells each time that a worker is free.
    name: "async.queue",
    ours: false,
    load: async () => {
      const { queue: asyncQueue } = await import("async");
      const work = (job: Job, done: (error?: Error) => void) => void job().then(() => done(), done);
      return async (jobs) => {
        const queue = asyncQueue(work, limit);
        queue.buffer = 0;
        const settled = () => {};
        for (const job of jobs) {
          queue.push(job, settled);
          if (queue.length() >= queueLimit) await queue.unsaturated();
        }
        if (!queue.idle()) await queue.drain();
      };
    },
  },
];

/** What is looked at after each run. */
interface Tally {
  ran: number;
  running: number;
  most: number;
  readonly limit: number;
}

export default defineBench({
  title: "Worker pool, ten at once",
  workloads: [
    {
      title: "jobs that do nothing but await null",
      operations: 100_000,
      floor: "Promise.all",
      strategies: ways.map((way) => strategy(way, () => Promise.resolve(null))),
      check,
    },
    {
      // Here Promise.all says nothing: it does not wait for its turn. The simplest that keeps the limit is the floor.
      title: "jobs that wait for 1 ms",
      operations: 2_000,
      floor: "chunks of 10",
      strategies: ways.map((way) => strategy(way, () => new Promise((resolve) => setTimeout(resolve, 1)))),
      check,
    },
  ],
});

function strategy({ load, unlimited = false, ...way }: Way, wait: () => Promise<unknown>) {
  return {
    ...way,
    prepare: async ({ operations, inFlight }: Setting): Promise<Run> => {
      const runAll = await load();
      return async () => {
        const tally: Tally = { ran: 0, running: 0, most: 0, limit: unlimited ? operations : limit };
        await runAll(jobsFor(operations, wait, tally, inFlight));
        return tally;
      };
    },
  };
}

/** One job after the other, made when it is asked for. All are the same function, for a job is not what is measured. */
function* jobsFor(count: number, wait: () => Promise<unknown>, tally: Tally, inFlight: InFlight) {
  const job = async () => {
    inFlight.enter();
    tally.running += 1;
    if (tally.running > tally.most) tally.most = tally.running;
    await wait();
    tally.running -= 1;
    tally.ran += 1;
    inFlight.leave();
  };
  for (let n = 0; n < count; n += 1) yield job;
}

function check(result: unknown, { operations }: { readonly operations: number }): string | undefined {
  const { ran, most, limit } = result as Tally;
  if (ran !== operations) return `${ran} of ${operations} jobs ran`;
  return most > limit ? `${most} jobs ran at once; the limit is ${limit}` : undefined;
}
