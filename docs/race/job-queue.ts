import type { JobStore, Lab } from "job-queue/contract.ts";
import { createMemoryStore } from "job-queue/given/memory-store.ts";
import { race } from "../order/race.ts";

/** A queue that asks its store for work while work arrives. */
export default race<Lab>({
  title: "The bell that rang too early",
  story:
    "A queue has asked its store for jobs, and the answer is on its way. Meanwhile jobs are enqueued, and each rings a bell. No job may lie there until the next poll, which comes after a minute.",
  variant: "rung-while-looking",
  lanes: ["the queue", "Ann's job", "Bob's job"],
  events: ["the store answers", "Ann enqueues", "Bob enqueues"],
  async play({ createQueue }, { lane, happen, settled }) {
    const store = createMemoryStore();
    const answer = Promise.withResolvers<void>();
    const slow: JobStore = {
      insert: (job) => store.insert(job),
      get: (id) => store.get(id),
      swap: (next) => store.swap(next),
      list: (query) => store.list(query),
      // It sees what is there when it is asked; the answer takes its time.
      claimable: async (query) => {
        const seen = await store.claimable(query);
        await answer.promise;
        return seen;
      },
    };
    const run = async (name: unknown) => lane(`${name}'s job`, "is done", "over");
    const done = new Set<unknown>();
    const queue = createQueue({
      store: slow,
      pollMs: 60_000,
      types: {
        job: {
          schema: { parse: (payload) => payload },
          run: async (name) => {
            done.add(name);
            await run(name);
          },
        },
      },
    });
    lane("the queue", "waits for the answer", "waits");
    queue.start();
    await settled();
    const enqueue = (name: string) => () => {
      lane(`${name}'s job`, "stored", "waits");
      void queue.enqueue("job", name);
    };
    await happen(
      () => {
        lane("the queue", "has its answer");
        answer.resolve();
      },
      enqueue("Ann"),
      enqueue("Bob"),
    );
    const left = ["Ann", "Bob"].filter((name) => !done.has(name));
    for (const name of left) lane(`${name}'s job`, "left until the next poll", "bad");
    return left.length > 0
      ? {
          isBad: true,
          text: `The bell rang before the queue had its answer, and was forgotten: ${left.join(" and ")} wait a minute.`,
        }
      : { isBad: false, text: "Both jobs were begun at once." };
  },
});
