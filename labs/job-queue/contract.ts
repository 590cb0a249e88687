/**
 * What an answer to this lab exports. Types only: nothing here runs.
 *
 * The number beside a member is the step in which you build it. Durations are in milliseconds; points in time are those
 * of `Date.now()`, for several machines compare them. Any clock or timer of Node follows the tests' simulated time.
 *
 * Left open: whatever is said neither here nor in the README; which comes first of two things on the same millisecond;
 * what a call of the store that never answers holds up, but for `stop`.
 */
export interface Lab {
  createQueue(options: QueueOptions): JobQueue;
  /** The challenges that you took up; each has tests of its own. Leave it out, or empty, until then. */
  readonly attempted?: readonly Challenge[] | undefined;
}

export interface QueueOptions {
  readonly store: JobStore; // 1
  /** What can be done, by type. Jobs of other types are left to queues that have them. */
  readonly types: Readonly<Record<string, JobType>>; // 1
  /** How many jobs this queue has in hand at once, from the sending of a claim until nothing is left to do. Default 10. */
  readonly concurrency?: number | undefined; // 1
  /** With a free place it looks for jobs at least so often. Default 1,000. */
  readonly pollMs?: number | undefined; // 1
  /**
   * Told the very error of each call of the store that fails within the queue's own work, and a LeaseLostError for each
   * lease that is lost while its handler runs (3). Never throws.
   */
  readonly onError?: ((error: unknown) => void) | undefined; // 1
  /** How often a job that fails is tried again. Default 3. */
  readonly retries?: number | undefined; // 2
  /** The delay before a retry: see 2.1 in the README. Default 1,000. */
  readonly baseDelayMs?: number | undefined; // 2
  /** Default 60,000. */
  readonly maxDelayMs?: number | undefined; // 2
  /** From 0 up to but not including 1. Called once for each retry. Default `Math.random`. */
  readonly random?: (() => number) | undefined; // 2
  /** Whether it is of no use to try again. Never throws. Default: it is always of use. */
  readonly isPermanent?: ((error: unknown) => boolean) | undefined; // 2
  /** For how long a claim holds unless it is renewed. Default 30,000. */
  readonly leaseMs?: number | undefined; // 1: claims have a lease; 3: it is renewed
  /** How often a job is taken again after its lease has run out. Default 3. */
  readonly crashRetries?: number | undefined; // 3
}

export interface JobType {
  /** A zod schema is one. What `parse` throws refuses the payload, what it returns is stored. */
  readonly schema: { parse(payload: unknown): unknown };
  /**
   * Does the job. What it resolves to is stored as the result. It may throw instead of rejecting. It may be called again
   * for the same job, with the same id.
   *
   * @param payload A copy of its own: what the handler does to it is not stored.
   */
  run(payload: unknown, context: JobContext): Promise<unknown>;
}

export interface JobContext extends Partial<ContextChallenges> {
  readonly id: string; // 1
  /** `attempts` of the job, plus 1. */
  readonly attempt: number; // 1
  /**
   * Aborts with a LeaseLostError (3) or a StoppedError (4). A handler may ignore it, and holds its place until it ends.
   */
  readonly signal: AbortSignal; // 1, aborted: 3
}

/** The README draws how one becomes another. Nothing in the core makes a job `cancelled`. */
export type State = "pending" | "running" | "completed" | "failed" | "cancelled" | "dead";

/** What anybody may know of a job. */
export interface Job extends JobChallenges {
  readonly id: string;
  readonly type: string;
  readonly payload: unknown;
  readonly state: State;
  /** How many attempts have ended, well or badly. One that crashed, or was given back, has not ended. */
  readonly attempts: number;
  /** How often its lease has run out, so that it was taken again, or given up. */
  readonly crashes: number;
  /** Not to be done before. Means nothing once it has ended. */
  readonly dueAt: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** What the handler resolved to. Only of a completed job. */
  readonly result?: unknown;
  /** Why the last attempt failed (`textOf` in given/errors.ts), or why it is dead. A completed job has none. */
  readonly error?: string | undefined;
}

/** A job as it is stored. */
export interface JobRecord extends Job {
  /** 1 when it is inserted; each write raises it by 1. */
  readonly version: number;
  /** While it is running: until when nobody else may claim it. Otherwise 0. */
  readonly leaseUntil: number;
  /** For the challenge lost-answers; in the core leave it as you find it. */
  readonly leaseId: string;
}

/**
 * Where the jobs are. It is given, and shared with queues in other processes.
 *
 * - Each call takes effect at one moment between the call and its answer. What `get`, `list` and `claimable` tell may
 *   be out of date when it arrives; only `swap` decides.
 * - Any call may take long, and any may fail. One that fails has changed nothing. (With real stores that is not so: the
 *   challenge lost-answers.)
 * - Records are copied on their way in and out.
 */
export interface JobStore {
  /** Stores a new job. False if there is one of this id: then nothing is changed. */
  insert(job: JobRecord): Promise<boolean>;
  get(id: string): Promise<JobRecord | undefined>;
  /**
   * Up to `limit` jobs of these types that may be claimed: `pending` and `failed` ones with `dueAt <= now`, and `running`
   * ones with `leaseUntil < now`, your own included. First those with a higher `priority` (in the core all have
   * none), then those that have been claimable for longest. Claims none of them.
   */
  claimable(query: ClaimQuery): Promise<readonly JobRecord[]>;
  /** Compare and swap: stores `next` if the stored version is `next.version - 1`. False otherwise: nothing is changed. */
  swap(next: JobRecord): Promise<boolean>;
  /** Up to `limit` jobs in this state, those created first before the others. */
  list(query: ListQuery): Promise<readonly JobRecord[]>;
}

export interface ClaimQuery {
  readonly now: number;
  readonly limit: number;
  readonly types: readonly string[];
}

export interface ListQuery {
  readonly state: State;
  /** A whole number from 1. */
  readonly limit: number;
}

/** All but `start` and `stop` need only the store: they work before the one, and after the other. */
export interface JobQueue extends Partial<QueueChallenges> {
  /**
   * Stores a job, `pending` and due at once; resolves with its id once it is stored.
   *
   * @param options.id Any text. Left out: a new one. A job of this id that is stored already stays as it is.
   * @throws UnknownTypeError, or what `schema.parse` throws: nothing is stored. Or what the store rejects with.
   */
  enqueue(type: string, payload: unknown, options?: EnqueueOptions): Promise<string>; // 1

  /** As the store's. The record may be given as it is. */
  get(id: string): Promise<Job | undefined>; // 1

  /** As the store's. */
  list(query: ListQuery): Promise<readonly Job[]>; // 2

  /**
   * Makes a dead job `pending` again. False if there is no dead job of this id, or if somebody else has changed it
   * meanwhile: then this call has changed nothing.
   */
  replay(id: string): Promise<boolean>; // 2

  /**
   * Begins to do jobs, whoever has enqueued them. Calling it again does nothing.
   *
   * @throws StoppedError Once `stop` was called.
   */
  start(): void; // 1

  /**
   * Begins no more, and waits until the ends of what is in hand are stored, but no longer than `deadlineMs`, whatever
   * store and handlers do; what comes after that is dropped. Rejects only for options that `checkStop` refuses.
   *
   * Calling it again waits for the same, by the first call's options. Without a start it resolves at once.
   */
  stop(options: StopOptions): Promise<void>; // 1, its deadline: 4
}

export interface EnqueueOptions extends EnqueueChallenges {
  readonly id?: string | undefined;
}

export interface StopOptions {
  readonly deadlineMs: number; // 4; before, it is longer than whatever runs
  /** So long before the deadline the handlers that still run are told. Default 0. */
  readonly graceMs?: number | undefined; // 4
}

/*
 * How a job is held (3):
 *
 * - A claim or a renewal gives a lease until `leaseMs` after the moment at which it was sent. The lease holds until the
 *   `leaseUntil` of the last write that is known to be stored.
 * - A renewal is sent when a third of `leaseMs` has passed since the last claim or renewal was sent.
 * - The lease is lost as soon as the store refuses a write, or else at `leaseUntil`, whatever the store is doing.
 *   At that very moment the signal aborts with a LeaseLostError.
 * - What an end says (the README's table) is decided when the handler ends. However late it is written, only the
 *   version decides whether it counts.
 * - A renewal or an end that fails is sent again within a tenth of `leaseMs`, for as long as the lease holds. An end is
 *   sent once in any case. A claim that fails has claimed nothing; a later look finds the job again.
 * - A queue does not claim a job that it still has in hand.
 */

// Challenges: not needed for the core

export type Challenge =
  | "lost-answers"
  | "idempotency"
  | "scheduling"
  | "cancel"
  | "pause"
  | "progress"
  | "children";

/*
 * lost-answers: a call of the store that fails may have done its work all the same, before it fails; only the answer was
 * lost. `leaseId` names the lease under which a record was last written: another one, never used before, for each claim,
 * and "" where the writer holds none. A claim that fails is tried again, too, as renewals and ends are.
 */

/** What the challenges add to the options of `enqueue`. */
export interface EnqueueChallenges {
  /**
   * idempotency: a name that the sender has given to what it wants. The first `enqueue` under it stores a job; all
   * others resolve with the id of that one, whatever became of it, and change nothing. Without `id`.
   *
   * @throws KeyConflictError If the job of this key has another type, or a payload that is other JSON. (In which order
   *   the properties stand makes no difference.)
   */
  readonly key?: string | undefined;
  /** scheduling: of the jobs that may be claimed those with a higher one are begun first. A finite number, default 0. */
  readonly priority?: number | undefined;
  /** scheduling: due so long after the call. From 0 to 2,147,483,647; default 0. */
  readonly delayMs?: number | undefined;
  /**
   * scheduling: with an `id`: one job of this id at a time. While that has not ended it stays as it is; once it has, it
   * is stored anew, as by a first `enqueue`, its `version` raised by 1. Resolves with the id either way.
   */
  readonly unique?: boolean | undefined;
}

/** What they add to a job. */
export interface JobChallenges {
  /** scheduling. None is 0. */
  readonly priority?: number | undefined;
  /** progress: what its handler has reported last. It stays when the job ends, and when it is done again. */
  readonly progress?: unknown;
  /** children: the ids of those for which it waits, once its handler has resolved. */
  readonly children?: readonly string[] | undefined;
}

/** What they add to a queue. */
export interface QueueChallenges {
  /**
   * cancel: a job that has not ended is `cancelled`, whoever has it in hand. True if it is cancelled when this resolves;
   * false if there is none of this id, or it has ended otherwise: then nothing is changed.
   *
   * A handler of this queue that runs is told at once, with a CancelledError; one of another queue when that renews its
   * lease the next time, with that or a LeaseLostError. Whatever comes of it is dropped. What was claimed and not begun
   * is not begun.
   *
   * @throws What the store rejects with. Nobody knows whether it is cancelled.
   */
  cancel(id: string): Promise<boolean>;

  /**
   * pause: from the call on this queue begins no job of the type, as if it did not have it; other queues may. What runs
   * is finished. A claim that is under way is given back when it is answered. It may be called at any time; again, it
   * does nothing.
   *
   * @throws UnknownTypeError If `types` has none of this name.
   */
  pause(type: string): void;

  /** pause: jobs of the type are done again, and looked for at once. */
  resume(type: string): void;
}

/** What they add to a handler's context. */
export interface ContextChallenges {
  /**
   * progress: tells how far it is. Never waits, never throws. The last value counts: it is stored within 1,000 ms, if
   * the store answers, or with the end; those before it may never be. For this there is at most one write in 1,000 ms. Once
   * the handler has ended, or its signal has aborted with a LeaseLostError, it does nothing.
   */
  report(progress: unknown): void;
  /** progress: what was stored last, when this attempt began. */
  readonly progress: unknown;
  /**
   * children: stores a job on which this one depends, and resolves with its id. When the handler has resolved, the job
   * holds no place: it is `pending`, with `children` and its `result`, and within two polls after the last of its
   * children has ended it has too: completed if all of them are (only then the attempt has ended), else dead, with an
   * error that names one that is dead or cancelled. The handler is not called again for that. Replayed, it looks after
   * them again.
   *
   * @param name Tells it from the other children of this job: added again, by another run, it stays as it is.
   */
  addChild(name: string, type: string, payload: unknown): Promise<string>;
}
