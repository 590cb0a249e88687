import type { EnqueueOptions, JobRecord, JobStore } from "../../contract.ts";
import { checkSchedule } from "../../given/options.ts";

/** The job with its priority, and due when it is to be. */
export function scheduled(job: JobRecord, options: EnqueueOptions): JobRecord {
  checkSchedule(options);
  const { priority, delayMs = 0 } = options;
  return { ...job, dueAt: job.dueAt + delayMs, ...(priority !== undefined && { priority }) };
}

/** Stores the job unless one of its id has not ended yet. Of several who find an ended one the first replaces it. */
export async function insertUnique(store: JobStore, job: JobRecord): Promise<void> {
  while (!(await store.insert(job))) {
    const stored = await store.get(job.id);
    if (stored === undefined) continue; // It has ended long ago, and was removed meanwhile.
    if (!hasEnded(stored)) return;
    if (await store.swap({ ...job, version: stored.version + 1 })) return;
  }
}

const hasEnded = ({ state }: JobRecord): boolean =>
  state === "completed" || state === "cancelled" || state === "dead";
