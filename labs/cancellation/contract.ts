/**
 * What an answer to this lab exports. Types only: nothing here runs.
 *
 * The number beside a member is the step in which you build it; leave it throwing until then. For all of them:
 *
 * - A reason is any value but `undefined`, and arrives as that very value: never a copy, never an AbortError around it.
 * - A signal is looked at first: where it has aborted already, nothing begins, and what is given rejects with the reason.
 * - When a call is over (its promise has settled, its loop has ended, its scope is left), no listener and no timer of
 *   it is left.
 * - Times are in milliseconds; a duration is from 0 to 2,147,483,647, the longest that `setTimeout` can count. What
 *   becomes of fractions is left open. A time has passed when a timer of Node says so: it counts whole milliseconds, so
 *   on the clock of `performance.now()` it comes up to about one too early, and too late while the thread is busy.
 *
 * Left open as well: who wins if an abort and an end come in the same turn of the event loop; whether a task is called
 * at once or a few microtasks later; in which order signals that abort together do so, and what becomes of a scope that
 * is opened, cancelled or left by a listener in that moment.
 */
export interface Lab extends Challenges {
  /** Resolves after `ms`. Rejects with the signal's reason as soon as that aborts. */
  sleep(ms: number, options?: SleepOptions): Promise<void>; // 1

  /**
   * Settles as `work` does, or rejects with the signal's reason as soon as that aborts. The work itself goes on, nothing
   * can stop it; if it fails later, that is no unhandled rejection.
   */
  underSignal<R>(work: Promise<R>, signal: AbortSignal): Promise<R>; // 1

  /**
   * Gives the values of `source` until it ends or fails, or `signal` aborts, even if the source knows of no signal and
   * its next value never comes. It is read by one `for await`, and reads one value for each that is asked for.
   *
   * At an abort the `next` that waits rejects at once with the reason; if the consumer is busy just then, its next `next`
   * does, and reads nothing. An abort, or leaving the loop, closes the source: its iterator's `return` is called, if it
   * has one. The abort does not wait for that, for the source may be stuck; what it still gives or throws is dropped.
   * Left open: whether it is closed while the consumer is busy, or afterwards; whether leaving the loop waits for it; and
   * whether a source that has ended is closed as well.
   */
  orDone<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncIterable<T>; // 1

  /** Opens a scope: what is done for one request, say. It is ended by leaving it: `await using scope = openScope()`. */
  openScope(options?: ScopeOptions): Scope; // 2

  /**
   * Runs `task` under a signal of its own, which aborts after `ms`, with a TimeoutError, or as `options.signal` does,
   * with its reason; the first of the two counts. From then on it is too late: it waits until the task has ended, and
   * rejects with this very reason, whatever the task returned or threw. Otherwise it settles as the task does.
   */
  withTimeout<R>(task: Task<R>, options: TimeoutOptions): Promise<R>; // 3

  /**
   * Calls all tasks, and resolves to the value of the first that succeeds: the signals of the others abort (with which
   * reason, and whether the winner's does, is left open), and it waits until they have ended. If none succeeds, it
   * rejects with an AggregateError whose `errors` are theirs, in the order of the tasks (no tasks, no errors).
   *
   * If `options.signal` aborts before one has succeeded, it is too late, as above: the signals of all abort with its
   * reason, and when they have ended that is thrown. An abort after the first success is left open.
   */
  firstOf<R>(tasks: readonly Task<R>[], options?: CancelOptions): Promise<R>; // 3

  /**
   * Runs work that must be done because of a cancellation, and must not be cancelled with the rest: its signal is aborted
   * by nothing but its own deadline. Settles as the task does; or, after `deadlineMs`, aborts that signal with a
   * TimeoutError and rejects with it at once, whether the task heeds it or not. What a late task does is dropped.
   */
  cleanUp(task: Task<void>, options: CleanUpOptions): Promise<void>; // 4

  /** The challenges that you took up; each has tests of its own. Leave it out, or empty, until then. */
  readonly attempted?: readonly Challenge[] | undefined;
}

/**
 * A piece of work that can be told to stop. It is called once; whether it throws or rejects is the same. It may ignore
 * its signal: then whoever waits for it waits until it ends.
 */
export type Task<R> = (options: { readonly signal: AbortSignal }) => Promise<R>;

export interface CancelOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface SleepOptions extends CancelOptions {} // 1

export interface TimeoutOptions extends CancelOptions {
  readonly ms: number; // 3
}

export interface CleanUpOptions {
  readonly deadlineMs: number; // 4
}

export interface ScopeOptions {
  /** Cancels the scope, with the signal's reason. It may live for ever. */
  readonly signal?: AbortSignal | undefined; // 2
  /** Cancels the scope, with a TimeoutError, when it has been open for so long. Default: no limit. */
  readonly timeoutMs?: number | undefined; // 2
  /** What everybody who works on the request may want to know: its id, the tenant. */
  readonly values?: Readonly<Record<string, string>> | undefined; // 2
}

/**
 * The time and place in which work is done on somebody's behalf, and by which it is ended. Scopes form a tree: what
 * cancels one cancels all below it with the same reason, and nobody above or beside it. The first reason stays.
 */
export interface Scope extends AsyncDisposable {
  /** Aborts when the scope is cancelled: by `cancel`, its deadline, the signal that it was given, or from above. */
  readonly signal: AbortSignal; // 2

  /**
   * When its time is up, on the clock of `performance.now()`; never later than that of the scope above. Infinity if never.
   * What cancels the scope then is a timer, see above.
   */
  readonly deadline: number; // 2

  /** Its own values, and those of the scopes above that it does not have itself. */
  readonly values: Readonly<Record<string, string>>; // 2

  /**
   * Calls `task` with this scope, and settles as the task does. An error is the business of whoever awaits it: it cancels
   * nothing, and if nobody does, it is no unhandled rejection. A task may start others, on its own scope too.
   *
   * Rejects, and does not call the task, if the scope has been cancelled (with the reason) or is left (ScopeLeftError).
   */
  start<R>(task: (scope: Scope) => Promise<R>): Promise<R>; // 2

  /** Opens a scope below this one. Below a cancelled scope it is cancelled from the beginning, with that reason. */
  child(options?: ScopeOptions): Scope; // 2

  /**
   * Cancels this scope and those below it: when it returns, their signals have aborted with `reason`. Once cancelled or
   * left, it does nothing.
   */
  cancel(reason: unknown): void; // 2

  /**
   * Keeps a clean-up for the time when the scope is left: closing what was opened, taking back what was reserved. It is
   * run as by `cleanUp`, and `deadlineMs` counts from then.
   */
  defer(task: Task<void>, options: CleanUpOptions): void; // 4

  /**
   * Leaves the scope, as the end of its `await using` block does:
   *
   * 1. While a task runs on it, or on a scope below, it waits for that. Then, if there is still a scope below, it leaves
   *    that one, or waits for whoever does, and begins anew. Until there is neither, the scope works as before: it can be
   *    cancelled, and whoever is still at work (a clean-up of a scope below, too) may start more on it.
   * 2. Now the scope is left, for good: `start`, `child` and `defer` refuse, and its signal does not abort any more.
   * 3. Its clean-ups run, the last first, each when the one before has ended, whatever that one did. (4)
   *
   * It cancels nothing: do that first if you do not want to wait. Leaving again, or meanwhile, waits for the same end. A
   * task that awaits the leaving of its own scope waits for itself.
   *
   * Throws the very value that a clean-up threw, of this scope or of one that it left in 1; if several did, one
   * AggregateError whose `errors` are these values. (4) Errors of tasks are not thrown here. Left open: the order among
   * scopes below, and among `errors`; whether whoever leaves a scope that another is leaving is told of them, too; and
   * whether a scope on which nothing runs is left before this returns.
   */
  [Symbol.asyncDispose](): Promise<void>; // 2
}

/*
 * Errors, known by their `name`; those that you make yourself are written already, in given/errors.ts:
 *
 *   TimeoutError    the reason of a signal, and what is thrown, when a time is up
 *   AggregateError  from firstOf and hedge, if no task succeeded; from leaving a scope, if several clean-ups failed
 *   ScopeLeftError  from start, child and defer, once the scope is left
 *   RangeError      for a duration or stepsPerTurn out of range, thrown or by rejecting; the message names the option and
 *                   the value. It comes before everything else, and nothing has begun then.
 */

// Challenges: not needed for the core

export type Challenge = "hedging" | "turns" | "thread" | "budget";

export interface Challenges {
  /** Asks `first`, and `second` only if no answer has come after a while. The first good answer counts. */
  hedge?<R>(first: Task<R>, second: Task<R>, options: HedgeOptions): Promise<R>; // challenge hedging

  /**
   * Runs a long computation so that others get their turn. `work` is advanced, by `next`, to its end, and its return
   * value is the result; each `yield` is a place where it can be interrupted.
   */
  runInTurns?<R>(work: Generator<unknown, R, unknown>, options: TurnOptions): Promise<R>; // challenge turns

  /**
   * Runs a long computation in a thread of its own, which is told through shared memory when nobody wants it any more. It
   * settles when the thread has ended; what counts, the result or the abort, is what came first. Once the function has
   * returned its thread is ended, with whatever its module has begun besides: a timer, a connection.
   */
  runInThread?<R>(module: URL, options: ThreadOptions): Promise<R>; // challenge thread

  /** Opens a budget of time that a request may spend, layer by layer. */
  openBudget?(options: BudgetOptions): Budget; // challenge budget
}

export interface HedgeOptions extends CancelOptions {
  /** How long to wait for `first` before `second` is called as well. */
  readonly afterMs: number;
}

export interface TurnOptions {
  /** After so many steps, at most, timers and I/O get their turn, and the signal is looked at. A whole number from 1. */
  readonly stepsPerTurn: number;
  readonly signal: AbortSignal;
}

export interface ThreadOptions {
  /** What the function is called with; copied to the thread as by `postMessage`. */
  readonly input: unknown;
  readonly signal: AbortSignal;
  /** How long the function may go on after the abort. Then its thread is ended by force. */
  readonly graceMs: number;
}

/**
 * The default export of a module for `runInThread`. It computes without an `await`, so no message reaches it. It asks
 * `isCancelled` now and then, and throws or returns once that is true.
 */
export type ThreadFunction = (input: unknown, isCancelled: () => boolean) => unknown;

export interface BudgetOptions extends CancelOptions {
  readonly totalMs: number;
}

/** The time that a request may take, as one of its layers sees it. The layers below a layer draw on the same budget. */
export interface Budget extends AsyncDisposable {
  /** Aborts with a TimeoutError when the time of this layer, or of one above it, is up; or as the signal given does. */
  readonly signal: AbortSignal;
  /** What is left for this layer, from 0. */
  readonly remainingMs: number;
  /**
   * Runs `task` as a layer below this one, and settles as the task does.
   *
   * @param options.atMostMs The layer may take no longer, even if more is left. Default: all that is left.
   * @throws The signal's reason, by rejecting, if it has aborted; the task is not called.
   */
  spend<R>(layer: string, task: (budget: Budget) => Promise<R>, options?: SpendOptions): Promise<R>;
  /**
   * What has been spent so far, by all layers that were ever run on this budget, however deep, in order of beginning. On
   * the budget that `openBudget` gave; what the one of a layer reports is left open.
   */
  report(): readonly LayerReport[];
  /** Ends it: waits until no layer runs on it. Then no timer and no listener is left. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface SpendOptions {
  readonly atMostMs?: number | undefined;
}

export interface LayerReport {
  readonly layer: string;
  /** 1 for a layer that was run by `spend` of the budget that `openBudget` gave, 2 for one below that … */
  readonly depth: number;
  /** How long it ran, until now if it still does, without the time in which a layer right below it ran. */
  readonly ownMs: number;
  readonly state: "running" | "done" | "failed" | "cancelled"; // cancelled: it failed after its signal had aborted
}
