import type { JobQueue, JobStore, Lab, QueueChallenges } from "../contract.ts";
import type { ServiceQueue, ServiceQueueOptions } from "./queue.ts";
import { watched } from "./watched-store.ts";

export interface StoreQueueOptions extends ServiceQueueOptions {
  readonly store: JobStore;
  readonly countJobs: ServiceQueue["countJobs"];
}

/**
 * The lab's queue on a store, as the service wants it. Events are seen at the store, whatever the queue does. The store
 * belongs to whoever has opened it.
 */
export function queueOn(
  lab: Lab,
  { store, countJobs, onEvent, ...options }: StoreQueueOptions,
): ServiceQueue {
  const told = watched(store, onEvent);
  const queue = lab.createQueue({ ...options, store: told });
  const canCancel = lab.attempted?.includes("cancel") === true;
  return {
    enqueue: (type, payload, given) => queue.enqueue(type, payload, given),
    get: (id) => queue.get(id),
    list: (query) => queue.list(query),
    replay: (id) => queue.replay(id),
    // By the queue itself where it can, running jobs too: that is a challenge. Otherwise what only waits, in the store.
    cancel: (id) => (canCancel ? (queue as JobQueue & QueueChallenges).cancel(id) : cancelIn(told, id)),
    countJobs,
    start: () => queue.start(),
    stop: (given) => queue.stop(given),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** Whoever else writes the job at the same time: whose write is stored first has decided. */
async function cancelIn(store: JobStore, id: string): Promise<boolean> {
  for (;;) {
    const job = await store.get(id);
    if (job === undefined) return false;
    if (job.state === "cancelled") return true;
    if (job.state !== "pending" && job.state !== "failed") return false;
    const next = { ...job, state: "cancelled", version: job.version + 1, updatedAt: Date.now() } as const;
    if (await store.swap(next)) return true;
  }
}
