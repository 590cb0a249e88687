/**
 * What an answer to this lab exports. Types only: nothing here runs.
 *
 * The number beside a member is the step in which you build it. Before that step no test touches it: leave it
 * throwing. Times are in milliseconds, from 0 to 2,147,483,647: given more, `setTimeout` fires at once. The tests run in
 * simulated time; every clock and timer of Node follows it, and `performance.now` is the one that nobody can set back.
 */
export interface Lab {
  createPool(options: PoolOptions): Pool; // 1
  /** The challenges that you took up; each has tests of its own. Leave it out, or empty, until then. */
  readonly attempted?: readonly Challenge[] | undefined;
}

export interface PoolOptions {
  /** How many jobs may run at once. A whole number from 1. */
  readonly workers: number; // 1
  /** How many accepted jobs may wait to begin. A whole number from 1. Once it is reached, `submit` waits. */
  readonly queueLimit: number; // 1

  /** How often a failed job is tried again. A whole number from 0. Default 0: it fails at its first failure. */
  readonly retries?: number; // 3
  /** The longest wait before the first retry; it doubles with every further one. Default 100. */
  readonly baseDelayMs?: number; // 3
  /** No wait before a retry is longer than this. Default 30,000. */
  readonly maxDelayMs?: number; // 3
  /** Gives numbers from 0 up to but not including 1, one for each wait. Default `Math.random`. */
  readonly random?: () => number; // 3
  /**
   * Tells errors that no retry will mend (a 404). Default: none is. It is asked only when a retry is left. While it and
   * `random` are asked, the job still counts as running; what they throw is what the job fails with.
   */
  readonly isPermanent?: (error: unknown) => boolean; // 3
  /** How long one attempt may take. Default, when it is left out: for ever. */
  readonly timeLimitMs?: number; // 3

  /** How many attempts may begin per second, over all workers. Greater than 0, 0.5 is fine. Default: no limit. */
  readonly ratePerSecond?: number; // 4
  /** How many may begin at once after a quiet time. A whole number from 1. Default 1. */
  readonly burst?: number; // 4

  /** Lets priorities count; so much waiting raises a job by one, so that nobody starves. Default: they do not count. */
  readonly ageingMs?: number; // challenge priority
  /** How many workers stay although they are idle. From 0 to `workers`. Default `workers`: nothing scales. */
  readonly minWorkers?: number; // challenge scaling
  /** How long a worker above the minimum stays idle before it ends. Default 10,000. */
  readonly idleMs?: number; // challenge scaling
  /** Jobs whose key keeps failing are refused for a while, without being called. Default: none is. */
  readonly breaker?: BreakerOptions; // challenge breaker
  /** What each worker makes for itself on its first job, and puts away when it ends. */
  readonly workerState?: WorkerState; // challenge worker-state
  /** Each worker has a queue of its own, and the idle steal from the busy. Default false. */
  readonly stealing?: boolean; // challenge stealing
}

export interface BreakerOptions {
  /** So many failed attempts of one key in a row open its circuit. A whole number from 1. */
  readonly failures: number;
  /** How long it stays open. Then one job is let through: if it succeeds the circuit closes, else it opens again. */
  readonly coolDownMs: number;
}

export interface WorkerState<S = unknown> {
  readonly create: (worker: number) => S | PromiseLike<S>;
  readonly dispose: (state: S) => void | PromiseLike<void>;
}

/**
 * A piece of work. It may be called again when it fails; one job never runs twice at the same time, except that a job
 * which has outlived its time limit may still be busy when it is tried again.
 */
export type Job<R> = (context: JobContext) => R | PromiseLike<R>;

export interface JobContext {
  /** Aborts when the pool is aborted (2) or the attempt's time is up (3). A job that ignores it cannot be stopped. */
  readonly signal: AbortSignal;
  /** 1 at the first try, 2 at the first retry … */
  readonly attempt: number;
  /** From 0 to workers - 1. */
  readonly worker?: number; // challenges worker-state, stealing
  /** What `workerState.create` made for this worker. */
  readonly state?: unknown; // challenge worker-state
}

/** What `submit` hands back once the job is accepted, long before it has run. */
export interface Ticket<R> {
  /** 1 for the first job that this pool accepted, then 2, 3 … */
  readonly id: number;
  /** Settles once, with the job. It may be ignored: a failed job never becomes an unhandled rejection. */
  readonly result: Promise<R>;
}

export interface SubmitOptions {
  readonly signal?: AbortSignal | undefined; // 1
  /** Higher begins sooner, equals keep their order; counts only in a pool with `ageingMs`. Default 0. */
  readonly priority?: number; // challenge priority
  /** What the job belongs to: a host, a tenant. */
  readonly key?: string; // challenges breaker, stealing
}

export interface Pool {
  /**
   * Accepts a job. Waits while the queue is full, first come, first served, and then resolves to the job's ticket
   * without waiting for the job to run. Jobs begin in the order in which `submit` was called. Whether an idle worker
   * begins a job within `submit` or a moment later is left open.
   *
   * @param options.signal Gives up the wait for a place: `submit` then rejects with its `reason`, and the job never
   *   runs. Looked at first: with an aborted signal nothing is accepted even when there is room, and
   *   its reason comes before a PoolClosedError. It has no say over a
   *   job once that is accepted.
   * @throws PoolClosedError Once `close` or `abort` was called, for those who wait at that moment too.
   */
  submit<R>(job: Job<R>, options?: SubmitOptions): Promise<Ticket<R>>; // 1, once closed: 2

  /**
   * Takes no more jobs, lets the accepted ones run to their end, retries included, and resolves when all of them have
   * settled. However they end, it does not reject. Calling it again is harmless; of several deadlines each counts.
   * Do not await it, or `abort`, inside a job of the same pool: they wait for that job.
   *
   * @param options.deadlineMs After so long what is left is aborted, as by `abort`, with a DeadlineError.
   */
  close(options?: { readonly deadlineMs?: number }): Promise<void>; // 2

  /**
   * Stops at once. Jobs that have not begun never will; the signal of those that run is aborted with `reason`.
   * Resolves, when every ticket has settled, to the ids of the jobs that were never begun, in ascending order.
   * A ticket of a job that did not finish rejects with `reason` itself, whatever the job throws. A running job is
   * awaited (it may have things to put away), and if it returns a value all the same, its ticket resolves to that.
   * Calling it again changes nothing and resolves to the same ids.
   */
  abort(reason: unknown): Promise<readonly number[]>; // 2

  /** What the pool is doing at this instant. Costs nothing but the copy. */
  snapshot(): Snapshot; // 5
}

/** At every instant: accepted = succeeded + failed + cancelled + queued + waitingToRetry + running.length */
export interface Snapshot {
  readonly accepted: number;
  readonly succeeded: number;
  /** Jobs given up for good: out of retries, or by a permanent error. */
  readonly failed: number;
  /** Jobs that `abort` or a deadline ended before they could finish. */
  readonly cancelled: number;
  /** Attempts after the first, over all jobs. */
  readonly retries: number;
  /** Accepted and not begun, or due to be tried again and not yet begun anew. */
  readonly queued: number;
  /** Failed, and waiting until it is time to be tried again. */
  readonly waitingToRetry: number;
  readonly running: readonly RunningJob[];
  /** From 0 to 1: the share of the workers' time since the pool was created in which they ran a job. */
  readonly utilisation: number;
  /** How many workers there are just now, busy or idle. */
  readonly liveWorkers?: number; // challenge scaling
}

export interface RunningJob {
  readonly id: number;
  /** How long this attempt has been running. */
  readonly sinceMs: number;
  /** From 0 to workers - 1; no two running jobs have the same. */
  readonly worker: number;
}

/*
 * Errors, known by their `name`:
 *
 *   PoolClosedError  from submit, once the pool is closed or aborted
 *   DeadlineError    the reason with which close aborts what is left at its deadline
 *   TimeoutError     the reason of the signal, and the failure of the attempt, when its time is up
 *   RangeError       from createPool and close, for an option out of its range; the message names option and value
 *   CircuitOpenError the failure of a job whose key's circuit is open (challenge breaker)
 */

export type Challenge = "priority" | "scaling" | "breaker" | "worker-state" | "stealing";
