/**
 * What the two ends of a thread of `ThreadPool` say to each other. Tasks travel in batches, for a message costs as much
 * as many a task. Both ends number the tasks in the order in which they are sent, and the thread runs them in that
 * order; so no message carries numbers.
 *
 * Besides, each task in flight has a word in shared memory by which both ends agree on whether it has begun. So a task
 * that was sent, but not begun, can still be taken back at once, however busy the thread is.
 */

/** A thread works on one batch while the next is on its way. */
export const BATCHES_AHEAD = 2;
export const MOST_IN_BATCH = 32;
/** How many tasks may be in flight to one thread. */
export const SLOTS: number = BATCHES_AHEAD * MOST_IN_BATCH;

export const Slot = {
  sent: 0,
  begun: 1,
  /** Taken back: the thread passes over it. */
  withdrawn: 2,
  /** It has begun, and is asked to end. */
  aborted: 3,
} as const;

/** A batch for the thread; the names of the functions are left out where all are the default export. */
export type Batch = readonly [inputs: readonly unknown[], names: readonly (string | undefined)[] | null];

/** The running task is asked to end; the reason as `describeError` gives it. */
export interface Stop {
  readonly number: number;
  readonly reason: unknown;
}

/** The outcomes of the next tasks in order, and how long the thread was at it. Failures stand in a list of their own. */
export type Outcomes = readonly [
  outputs: readonly unknown[],
  failures: readonly (DescribedError | undefined)[] | null,
  ms: number,
];

/** What is needed to make an error again that looks and behaves like the one that was thrown. */
export interface DescribedError {
  readonly isError: boolean;
  /** What was thrown, if it is no Error. */
  readonly value?: unknown;
  readonly name?: string;
  readonly message?: string;
  readonly stack?: string | undefined;
  readonly cause?: DescribedError | undefined;
  /** Its own data: `code`, `status`. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

export interface ThreadStart {
  readonly module: string;
  readonly slots: SharedArrayBuffer;
}
