/** All tasks are scheduled at once; each takes one turn of the microtasks. */
import { defineBench, type InFlight } from "@pattern-labs/bench";

const limit = 10;
const double = (inFlight: InFlight) => async (n: number) => {
  inFlight.enter();
  await null;
  inFlight.leave();
  return n * 2;
};
const scheduleAll = (count: number, schedule: (n: number) => Promise<number>) =>
  Promise.all(Array.from({ length: count }, (_, n) => schedule(n)));

const ours = (count: number) => ({
  name: `Bulkhead, ${count.toLocaleString("en")} queued`,
  async prepare({ operations, inFlight }: { readonly operations: number; readonly inFlight: InFlight }) {
    const { Bulkhead } = await import("@pattern-labs/primitives/bulkhead");
    const task = double(inFlight);
    return async () => {
      const bulkhead = new Bulkhead({ limit, queueLimit: Infinity });
      let done = 0;
      while (done < operations) {
        done += (await scheduleAll(count, (n) => bulkhead.run(() => task(n)))).length;
      }
      return done;
    };
  },
});

/** What that many tasks cost at the least: a promise each for the caller, and the tasks one after the other. */
const bare = (count: number) => ({
  name: `bare promises, ${count.toLocaleString("en")}`,
  ours: false,
  prepare: ({ operations, inFlight }: { readonly operations: number; readonly inFlight: InFlight }) => {
    const task = double(inFlight);
    return async () => {
      let done = 0;
      while (done < operations) {
        const resolvers: ((result: number) => void)[] = [];
        const all = scheduleAll(count, () => new Promise<number>((resolve) => resolvers.push(resolve)));
        for (let n = 0; n < count; n += 1) resolvers[n]?.(await task(n));
        done += (await all).length;
      }
      return done;
    };
  },
});

const noteOnPeers =
  "What is dear here is a promise, a record and a place in the queue for each task; the peers know neither abort nor closing. Tried: a record that is its own place in the queue (slower), settling without a second promise (kept).";

export default defineBench({
  title: "Limiter",
  workloads: [
    {
      title: "schedule 300,000 tasks, ten at once",
      operations: 300_000,
      floor: "Promise.all",
      strategies: [
        {
          name: "Promise.all", // bounds nothing
          prepare:
            ({ operations, inFlight }) =>
            () =>
              scheduleAll(operations, double(inFlight)),
        },
        {
          name: "Bulkhead",
          async prepare({ operations, inFlight }) {
            const { Bulkhead } = await import("@pattern-labs/primitives/bulkhead");
            const bulkhead = new Bulkhead({ limit, queueLimit: Infinity });
            const task = double(inFlight);
            return () => scheduleAll(operations, (n) => bulkhead.run(() => task(n)));
          },
        },
        {
          name: "p-limit",
          ours: false,
          async prepare({ operations, inFlight }) {
            const limited = (await import("p-limit")).default(limit);
            const task = double(inFlight);
            return () => scheduleAll(operations, (n) => limited(task, n)); // without a closure a task
          },
        },
        {
          name: "async.queue",
          ours: false,
          async prepare({ operations, inFlight }) {
            const queue = (await import("async")).default.queue(double(inFlight), limit);
            return () => scheduleAll(operations, (n) => queue.pushAsync<number>(n));
          },
        },
        {
          name: "fastq",
          ours: false,
          async prepare({ operations, inFlight }) {
            const queue = (await import("fastq")).default.promise(double(inFlight), limit);
            return () => scheduleAll(operations, (n) => queue.push(n));
          },
        },
        {
          name: "p-queue",
          ours: false,
          async prepare({ operations, inFlight }) {
            const queue = new (await import("p-queue")).default({ concurrency: limit });
            const task = double(inFlight);
            return () => scheduleAll(operations, (n) => queue.add(() => task(n)));
          },
        },
      ],
      targets: [
        { strategy: "Bulkhead", against: "p-limit", atMost: 1 / 2, note: noteOnPeers },
        { strategy: "Bulkhead", against: "async.queue", atMost: 1 / 1.1, note: noteOnPeers },
      ],
      check: (result, { operations }) => {
        const results = result as number[];
        return results.length === operations && results[operations - 1] === (operations - 1) * 2
          ? undefined
          : `${results.length} results, the last of them ${results.at(-1)}`;
      },
    },
    {
      title: "growth: a million tasks, queues of different lengths",
      operations: 1_000_000,
      floor: "bare promises, 10,000",
      // Memory makes a million promises dearer than ten thousand. What must not grow is what the bulkhead adds.
      strategies: [10_000, 100_000, 1_000_000].flatMap((count) => [bare(count), ours(count)]),
      targets: ["10,000", "100,000", "1,000,000"].map((count) => ({
        strategy: `Bulkhead, ${count} queued`,
        against: `bare promises, ${count}`,
        atMost: 2,
      })),
      check: (done, { operations }) => (done === operations ? undefined : `${done} of ${operations} done`),
    },
  ],
});
