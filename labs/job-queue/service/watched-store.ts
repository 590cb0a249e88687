import type { JobRecord, JobStore } from "../contract.ts";
import type { JobEvent, OnJobEvent } from "./queue.ts";

/** The store, with somebody who is told what this process writes: for logs and figures, whatever queue stands on it. */
export function watched(store: JobStore, onEvent: OnJobEvent): JobStore {
  const told = async (job: JobRecord, writing: Promise<boolean>) => {
    const isStored = await writing;
    if (isStored) onEvent(eventOf(job), job);
    return isStored;
  };
  return {
    insert: (job) => told(job, store.insert(job)),
    swap: (next) => told(next, store.swap(next)),
    get: (id) => store.get(id),
    claimable: (query) => store.claimable(query),
    list: (query) => store.list(query),
  };
}

function eventOf({ version, state }: JobRecord): JobEvent {
  if (version === 1) return "stored";
  if (state === "pending") return "pending again";
  return state === "running" ? "claimed" : state;
}
