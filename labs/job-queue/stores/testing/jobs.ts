import type { JobRecord } from "../../contract.ts";

/** A job that waits, with what the test says of it. */
export const job = (id: string, fields: Partial<JobRecord> = {}): JobRecord => ({
  id,
  type: "mail",
  payload: { to: id },
  state: "pending",
  attempts: 0,
  crashes: 0,
  version: 1,
  dueAt: 0,
  leaseUntil: 0,
  leaseId: "",
  createdAt: 0,
  updatedAt: 0,
  ...fields,
});

/** The same job as its next writer stores it. */
export const next = (before: JobRecord, fields: Partial<JobRecord> = {}): JobRecord => ({
  ...before,
  version: before.version + 1,
  ...fields,
});

export const ids = (jobs: readonly JobRecord[]) => jobs.map(({ id }) => id).join();
