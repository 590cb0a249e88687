import type { JobQueue, QueueChallenges, QueueOptions } from "../../contract.ts";

export type AnyQueue = JobQueue & Pick<QueueChallenges, "cancel">;
export type AnyOptions = Omit<QueueOptions, "store">;

/** Somewhere where jobs are kept, for one test. When it is left all its queues are stopped, and the jobs forgotten. */
export interface JobsPlace extends AsyncDisposable {
  /** One more queue for these jobs. */
  open(options: AnyOptions): Promise<AnyQueue>;
}
