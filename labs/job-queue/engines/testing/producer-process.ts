/**
 * A process that enqueues jobs, ten at once, and prints "stored 17" for each that is acknowledged.
 *
 * ```sh
 * node producer-process.ts '{"address": {"file": "jobs.db"}, "from": 1, "to": 100, …}'
 * ```
 */
import { openAt, type ProcessOptions } from "./process-options.ts";

const { address, from, to }: ProcessOptions = JSON.parse(process.argv[2] ?? "{}");
const schema = { parse: (payload: unknown) => payload };
await using opened = await openAt(address, { types: { effect: { schema, run: async () => {} } } });

let next = from;
await Promise.all(
  Array.from({ length: 10 }, async () => {
    while (next <= to) {
      const n = next;
      next += 1;
      await opened.queue.enqueue("effect", n, { id: `job-${n}` });
      console.log(`stored ${n}`);
    }
  }),
);
