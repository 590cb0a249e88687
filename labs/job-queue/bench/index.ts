import { defineBench, type InFlight, type Strategy, type Workload } from "@pattern-labs/bench";
import { inMemory, onDisk } from "./queues/all.ts";
import { CONCURRENCY, mail, type Open, type OpenQueue } from "./queues/queue.ts";

/** Ten callers enqueue as quickly as they can, while ten jobs at once are done, which take no time. */
async function enqueueAndComplete(queue: OpenQueue, count: number, inFlight: InFlight): Promise<number> {
  const done = new Set<number>();
  queue.start(async (n) => {
    inFlight.enter();
    await null; // Otherwise none would ever run beside another.
    inFlight.leave();
    done.add(n);
  });
  let last = 0;
  const caller = async () => {
    while (last < count) {
      last += 1;
      await queue.add(mail(last));
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, caller));
  await queue.finished(count);
  return done.size;
}

function strategy(name: string, load: () => Promise<Open>): Strategy {
  return {
    name,
    ...(name === "answer" ? { answer: true } : { ours: false }),
    prepare: async ({ operations, inFlight }) => {
      const open = await load();
      let queue: OpenQueue | undefined;
      return {
        before: async () => {
          await queue?.[Symbol.asyncDispose]();
          queue = await open();
        },
        run: async () => await enqueueAndComplete(queue as OpenQueue, operations, inFlight),
        [Symbol.asyncDispose]: async () => await queue?.[Symbol.asyncDispose](),
      };
    },
  };
}

function workload(
  title: string,
  floor: string,
  queues: Readonly<Record<string, () => Promise<Open>>>,
): Workload {
  return {
    title: `${title}: enqueue and complete 10,000 jobs, ten at once`,
    operations: 10_000,
    floor,
    strategies: Object.entries(queues).map(([name, load]) => strategy(name, load)),
    check: (done, { operations }) =>
      done === operations ? undefined : `${done} of ${operations} jobs were done`,
  };
}

export default defineBench({
  title: "Job queue",
  workloads: [
    workload("lost with the process", "array", inMemory),
    workload("on the disk", "SQLite, three writes", onDisk),
  ],
});
