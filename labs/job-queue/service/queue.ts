import type { Job, JobQueue, JobType, QueueOptions, State } from "../contract.ts";

/**
 * What the service asks of the queue below it, wherever that keeps its jobs: in memory, in a file, in an engine on other
 * machines. Beyond the public queue it wants to cancel, to count, and to be put away.
 *
 * - `enqueue` is called with an `id`: a job of this id that is stored already stays as it is.
 * - What any call rejects with because of the store has a `fault`, as a StoreError has, or is an EngineError.
 * - It is disposed of after `stop`.
 */
export interface ServiceQueue extends JobQueue, AsyncDisposable {
  /**
   * True if the job is cancelled when it resolves, and perhaps forgotten; false if there is none of this id, or it has
   * ended otherwise, or it runs and cannot be told.
   */
  cancel(id: string): Promise<boolean>;
  /** How many jobs are stored in each state, by all processes that share them. Asked at each scrape. */
  countJobs(): Promise<Readonly<Record<State, number>>>;
}

/** How the queue of the service is set up. */
export interface ServiceQueueOptions
  extends Pick<
    QueueOptions,
    "concurrency" | "retries" | "crashRetries" | "baseDelayMs" | "leaseMs" | "pollMs" | "isPermanent"
  > {
  readonly types: Readonly<Record<string, JobType>>;
  /** Told what goes wrong within the queue's own work. Never throws. */
  readonly onError: (error: unknown) => void;
  /** Told what this process has stored of a job, as soon as that is known. Never throws. */
  readonly onEvent: OnJobEvent;
}

export type OnJobEvent = (event: JobEvent, job: Job) => void;

/** "claimed" comes before the handler is called, and may come again while it runs. */
export type JobEvent =
  | "stored"
  | "claimed"
  | "completed"
  | "failed"
  | "dead"
  | "cancelled"
  /** Given back, or replayed. */
  | "pending again";
