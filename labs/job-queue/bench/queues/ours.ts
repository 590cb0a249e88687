import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JobStore, Lab } from "../../contract.ts";
import { createMemoryStore } from "../../given/memory-store.ts";
import { openSqliteStore } from "../../stores/sqlite-store.ts";
import { CONCURRENCY, type Mail, type OpenQueue, Tally } from "./queue.ts";

/** The lab's answer, on the store of this process's own memory. */
export async function openOnMemory(): Promise<OpenQueue> {
  return await openOn(createMemoryStore(), async () => {});
}

/** The lab's answer, on a file: what is answered is on the disk. */
export async function openOnSqlite(): Promise<OpenQueue> {
  const { store, close } = await openFile();
  return await openOn(store, close);
}

export async function openFile() {
  const folder = await mkdtemp(join(tmpdir(), "job-queue-bench-"));
  const store = await openSqliteStore(join(folder, "jobs.db"));
  const close = async () => {
    await store.close();
    await rm(folder, { recursive: true });
  };
  return { store, close };
}

async function openOn(store: JobStore, close: () => Promise<void>): Promise<OpenQueue> {
  const { createQueue }: Lab = await import("#lab");
  const done = new Tally();
  let does: (n: number) => Promise<void>;
  const queue = createQueue({
    store: countingEnds(store, done),
    concurrency: CONCURRENCY,
    types: { mail: { schema: { parse: (payload) => payload }, run: (payload) => does((payload as Mail).n) } },
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
      await close();
    },
  };
}

/** Counts when it is stored that a job is done, and not already when its handler has ended. */
function countingEnds(store: JobStore, done: Tally): JobStore {
  return {
    insert: (job) => store.insert(job),
    get: (id) => store.get(id),
    claimable: (query) => store.claimable(query),
    list: (query) => store.list(query),
    async swap(next) {
      const isStored = await store.swap(next);
      if (isStored && next.state === "completed") done.add();
      return isStored;
    },
  };
}
