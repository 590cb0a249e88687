import type { JobRecord } from "../../contract.ts";
import { newJob } from "../../given/new-job.ts";
import { openFile } from "./ours.ts";
import { CONCURRENCY, type Mail, type OpenQueue, Tally } from "./queue.ts";

const types = { mail: { schema: { parse: (payload: unknown) => payload }, run: async () => {} } };

/**
 * What the disk has to do for a job at least: it is stored, claimed and completed, each flushed. What is to be done next
 * is known from memory, so nobody ever looks for jobs, and whatever a process leaves behind is never done.
 */
export async function openThreeWrites(): Promise<OpenQueue> {
  const { store, close } = await openFile();
  const done = new Tally();
  const waiting: JobRecord[] = [];
  let first = 0;
  let inHand = 0;
  let does: ((n: number) => Promise<void>) | undefined;

  const next = () => {
    while (does !== undefined && inHand < CONCURRENCY && first < waiting.length) {
      inHand += 1;
      void complete(waiting[first] as JobRecord, does);
      first += 1;
    }
  };

  const complete = async (job: JobRecord, work: (n: number) => Promise<void>) => {
    await store.swap({ ...job, state: "running", version: 2, leaseUntil: Date.now() + 30_000 });
    await work((job.payload as Mail).n);
    await store.swap({ ...job, state: "completed", version: 3, attempts: 1 });
    inHand -= 1;
    done.add();
    next();
  };

  return {
    async add(mail) {
      const job = newJob(types, "mail", mail);
      await store.insert(job);
      waiting.push(job);
      next();
    },
    start(work) {
      does = work;
      next();
    },
    finished: (count) => done.reach(count),
    [Symbol.asyncDispose]: close,
  };
}
