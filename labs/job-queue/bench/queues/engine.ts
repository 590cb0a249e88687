import { openEngineQueue } from "../../engines/engine-queue.ts";
import { CONCURRENCY, type Mail, type OpenQueue, Tally } from "./queue.ts";
import { openServer } from "./server.ts";

/**
 * The lab's own queue on a server: BullMQ with this lab's leases, ends and stop around it. Not on PostgreSQL, where 10,000
 * jobs take minutes: each of BullMQ's commits sends a notice, and those wait for one another.
 */
export async function openOnRedis(): Promise<OpenQueue> {
  const server = await openServer("redis");
  const done = new Tally();
  let does: (n: number) => Promise<void>;
  const queue = await openEngineQueue({
    url: server.url,
    concurrency: CONCURRENCY,
    types: { mail: { schema: { parse: (payload) => payload }, run: (payload) => does((payload as Mail).n) } },
    onEvent: (event) => event === "completed" && done.add(),
  });
  return {
    add: (job) => queue.enqueue("mail", job),
    start(work) {
      does = work;
      queue.start();
    },
    finished: (count) => done.reach(count),
    async [Symbol.asyncDispose]() {
      await queue.stop({ deadlineMs: 60_000 });
      await queue.close();
      await server[Symbol.asyncDispose]();
    },
  };
}
