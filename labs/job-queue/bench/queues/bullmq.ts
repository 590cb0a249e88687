import { Queue, Worker } from "bullmq";
import { CONCURRENCY, type Mail, type OpenQueue, Tally } from "./queue.ts";
import { openServer } from "./server.ts";

/** On a Redis of its own that appends each write to its file before it answers. */
export async function openBullMq(): Promise<OpenQueue> {
  const server = await openServer("redis");
  const { hostname: host, port } = new URL(server.url);
  const connection = { host, port: Number(port), maxRetriesPerRequest: null };
  const queue = new Queue("mail", { connection });
  const done = new Tally();
  let does: (n: number) => Promise<void>;
  const worker = new Worker("mail", ({ data }: { data: Mail }) => does(data.n), {
    ...{ connection, autorun: false, concurrency: CONCURRENCY },
    maxStalledCount: Number.MAX_SAFE_INTEGER,
  });
  worker.on("completed", () => done.add());
  await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);
  return {
    add: (job) => queue.add("mail", job),
    start(work) {
      does = work;
      void worker.run();
    },
    finished: (count) => done.reach(count),
    async [Symbol.asyncDispose]() {
      await worker.close();
      await queue.close();
      await server[Symbol.asyncDispose]();
    },
  };
}
