import { fullJitterMs } from "@pattern-labs/primitives/retry";
import type { JobRecord } from "../contract.ts";
import { textOf } from "../given/errors.ts";
import type { Settings } from "../given/options.ts";

type Fields = Partial<JobRecord>;

export const completed = (job: JobRecord, result: unknown): Fields => ({
  state: "completed",
  attempts: job.attempts + 1,
  result,
  error: undefined,
});

export function failed(job: JobRecord, cause: unknown, settings: Settings): Fields {
  const attempts = job.attempts + 1;
  const error = textOf(cause);
  if (attempts > settings.retries || settings.isPermanent(cause)) return { state: "dead", attempts, error };
  return { state: "failed", attempts, error, dueAt: Date.now() + fullJitterMs(attempts, settings) };
}

/** It was not done, and that was not its fault. */
export const givenBack = (): Fields => ({ state: "pending", dueAt: Date.now() });

/** Whoever does it dies: it is not tried on yet another worker. */
export const buried = (job: JobRecord): Fields => ({
  state: "dead",
  crashes: job.crashes + 1,
  error: `Its worker died, or lost its lease, ${job.crashes + 1} times`,
});

export const hasCrashedTooOften = (job: JobRecord, { crashRetries }: Settings): boolean =>
  job.state === "running" && job.crashes >= crashRetries;

export const replayed = (job: JobRecord): JobRecord => ({
  ...job,
  state: "pending",
  attempts: 0,
  crashes: 0,
  version: job.version + 1,
  dueAt: Date.now(),
  leaseId: "",
  updatedAt: Date.now(),
});
