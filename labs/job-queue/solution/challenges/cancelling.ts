import type { JobRecord, JobStore } from "../../contract.ts";

/** Writes that the job is cancelled, unless it has ended. True if it is cancelled now. */
export async function writeCancelled(store: JobStore, id: string): Promise<boolean> {
  for (;;) {
    const job = await store.get(id);
    if (job === undefined || job.state === "completed" || job.state === "dead") return false;
    if (job.state === "cancelled" || (await store.swap(cancelled(job)))) return true;
    // It was written meanwhile, by a renewal perhaps: look again.
  }
}

const cancelled = (job: JobRecord): JobRecord => ({
  ...job,
  state: "cancelled",
  version: job.version + 1,
  leaseUntil: 0,
  leaseId: "", // Whoever had it is refused from now on, and so are ends that are on their way.
  updatedAt: Date.now(),
});
