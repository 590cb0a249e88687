/**
 * What an answer to this lab exports. Types only: nothing here runs.
 *
 * The number beside a member is the step in which you build it. Before that step no test touches it: leave it
 * throwing. Times are in milliseconds; every duration is from 0 to 2,147,483,647, the longest that `setTimeout` can
 * count, and 0 is a timer like any other. The tests run in simulated time: every clock and timer of Node follows it.
 *
 * A reason is any value, and what arrives is that very value: never a copy, never an AbortError around it. A signal is
 * looked at first: where it has aborted already, nothing begins. Once a promise from here has settled, no listener and
 * no timer of the call is left.
 */
export interface Lab {
  /** Resolves after `ms`. Rejects with the signal's reason as soon as that aborts. */
  sleep(ms: number, options?: SleepOptions): Promise<void>; // 1

  /**
   * Settles as `work` does, or rejects with the signal's reason as soon as that aborts, whichever comes first. With a
   * signal that has aborted before the call it rejects with the reason even if `work` has settled. The work itself goes
   * on, nothing can stop it; if it fails later, that is no unhandled rejection.
   */
  underSignal<R>(work: Promise<R>, signal: AbortSignal): Promise<R>; // 1

  /**
   * Gives the values of `source` until it ends or fails, or `signal` aborts, even if the source knows of no signal and
   * its next value never comes. Has one consumer, who asks for the next value when the last has come, as `for await`
   * does. The source is opened (its `Symbol.asyncIterator` called) and read only when a value is asked for, one each.
   * With a signal that has aborted already the first `next` rejects with the reason, and the source is never opened.
   *
   * - At an abort the `next` that waits rejects at once with the reason; if the consumer is busy just then, its next
   *   `next` does. The source is closed by then, but not waited for: it may be stuck. What it still delivers, and what it
   *   throws afterwards, is dropped.
   * - Leaving the loop (`return`) closes the source and waits for that. What closing throws may be thrown or dropped.
   * - To close it is to call its iterator's `return`, if it has one, once. A source that has ended or has thrown is not
   *   closed, and one that was never opened is left alone.
   */
  orDone<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncIterable<T>; // 1

  /** Opens a scope: what is done for one request, say. It is ended by leaving it: `await using scope = openScope()`. */
  openScope(options?: ScopeOptions): Scope; // 2

  /**
   * Runs `task` under a signal of its own, which aborts after `ms`, with a TimeoutError, or as `options.signal` does,
   * with its reason. From then on it is too late: it waits until the task has ended, and then rejects with this reason,
   * whatever the task returned or threw. Otherwise it settles as the task does.
   *
   * @throws The reason of a signal that has aborted already; the task is not called.
   */
  withTimeout<R>(task: Task<R>, options: TimeoutOptions): Promise<R>; // 3

  /**
   * Calls all tasks, before it returns, and resolves to the value of the first that succeeds. The signals of the others
   * abort at once then (with which reason is left open), and it waits until they have ended.
   *
   * @throws AggregateError If none succeeds. Its `errors` are those of the tasks, in the order of the tasks: none for none.
   * @throws The reason of `options.signal` if that aborts before a task has succeeded: the signals of all abort with it,
   *   and it is thrown when they have ended, even if one of them succeeds all the same. Afterwards no task is called,
   *   not even if it is the first task that aborts it as it begins. An abort after the first success comes too late.
   */
  firstOf<R>(tasks: readonly Task<R>[], options?: CancelOptions): Promise<R>; // 3

  /**
   * Runs work that must be done because of a cancellation, and must not be cancelled with the rest: its signal is aborted
   * by nothing but its own deadline. Settles as the task does, or, after `deadlineMs`, aborts that signal with a
   * TimeoutError and rejects with it at once, whether the task heeds it or not. What a late task does is dropped.
   */
  cleanUp(task: Task<void>, options: CleanUpOptions): Promise<void>; // 4

  /** The challenges that you took up; each has tests of its own. Leave it out, or empty, until then. */
  readonly attempted?: readonly Challenge[] | undefined;

  /** Asks `first`, and `second` only if no answer has come after a while. The first good answer counts. */
  hedge?<R>(first: Task<R>, second: Task<R>, options: HedgeOptions): Promise<R>; // challenge hedging

  /**
   * Runs a long computation so that others get their turn. `work` is advanced, by `next`, to its end, and its return
   * value is the result; each `yield` is a place where it can be interrupted.
   */
  runInTurns?<R>(work: Generator<unknown, R, unknown>, options: TurnOptions): Promise<R>; // challenge turns

  /** Runs a long computation in a thread of its own, which is told through shared memory when nobody wants it any more. */
  runInThread?<R>(module: URL, options: ThreadOptions): Promise<R>; // challenge thread

  /** Opens a budget of time that a request may spend, layer by layer. */
  openBudget?(options: BudgetOptions): Budget; // challenge budget
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
  /** Cancels the scope, with the signal's reason. It may live for ever: leaving the scope takes everything off it. */
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

  /** When its time is up, on the clock of `performance.now()`; never later than that of the scope above. Infinity if never. */
  readonly deadline: number; // 2

  /** Its own values, and those of the scopes above that it does not have itself: a copy, made when it was opened. */
  readonly values: Readonly<Record<string, string>>; // 2

  /**
   * Calls `task` with this scope, before it returns, and settles as the task does: with the very error if that fails, for
   * an error is the business of whoever awaits it and cancels nothing. A result that nobody looks at never becomes an
   * unhandled rejection. A task may start others, on its own scope too.
   *
   * @throws The signal's reason, by rejecting, if the scope has been cancelled: the task is not called.
   * @throws ScopeLeftError By rejecting, once the scope has been left: the task is not called. It comes before the reason.
   */
  start<R>(task: (scope: Scope) => Promise<R>): Promise<R>; // 2

  /**
   * Opens a scope below this one. Below a cancelled scope it is cancelled from the beginning.
   *
   * @throws ScopeLeftError Once this scope has been left.
   */
  child(options?: ScopeOptions): Scope; // 2

  /**
   * Cancels this scope and those below it: when it returns, their signals have aborted with `reason`. (`undefined`
   * becomes an AbortError, as in `controller.abort(undefined)`: one and the same for all.) Once cancelled or left, it
   * does nothing.
   */
  cancel(reason: unknown): void; // 2

  /**
   * Keeps a clean-up for the time when the scope is left: closing what was opened, taking back what was reserved.
   *
   * @param options.deadlineMs How long it may take, once it is its turn; as for `cleanUp`.
   * @throws ScopeLeftError Once the scope has been left. The clean-up is not kept then.
   */
  defer(task: Task<void>, options: CleanUpOptions): void; // 4

  /**
   * Leaves the scope, as the end of its `await using` block does:
   *
   * 1. Waits until no task runs that was started on it or on a scope below it. It cancels nothing: do that first if you
   *    do not want to wait. Until then tasks may still start others and open scopes.
   * 2. Leaves the scopes below it that have not been left.
   * 3. Now the scope has been left: nothing can be started, opened or deferred on it. Its timer is cleared, no listener
   *    stays on the signal that it was given, and its own signal does not abort any more.
   * 4. Runs what was deferred, the last first, each when the one before has ended, and each as by `cleanUp`. (4)
   *
   * Leaving again, or meanwhile, waits for the same and gives the same. A task that awaits the leaving of the scope it
   * runs in waits for itself.
   *
   * @throws What a clean-up threw, of this scope or of one that it had to leave; if several did, an AggregateError of all,
   *   in the order in which they failed. The others are run all the same. (4) Errors of tasks are not thrown here.
   */
  [Symbol.asyncDispose](): Promise<void>; // 2
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
  /** What has been spent so far, by all layers that were ever run on this budget, however deep, in order of beginning. */
  report(): readonly LayerReport[];
  /** Ends it: waits until no layer runs on it. Then no timer and no listener is left. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface SpendOptions {
  readonly atMostMs?: number | undefined;
}

export interface LayerReport {
  readonly layer: string;
  /** 1 for a layer that was run by `spend` of the budget itself, 2 for one below that … */
  readonly depth: number;
  /** How long it ran, until now if it still does, without the time in which a layer right below it ran. */
  readonly ownMs: number;
  readonly state: "running" | "done" | "failed" | "cancelled"; // cancelled: it failed after its signal had aborted
}

/*
 * Errors, known by their `name`:
 *
 *   TimeoutError    the reason of a signal, and what is thrown, when a time is up
 *   AggregateError  from firstOf and hedge, if no task succeeded; from leaving a scope, if several clean-ups failed
 *   ScopeLeftError  from start, child and defer, once the scope has been left
 *   RangeError      for a duration or stepsPerTurn out of range; the message names the option and the value. `sleep`,
 *                   `withTimeout`, `cleanUp` and the challenges' functions that return a promise reject with it;
 *                   `openScope`, `child`, `defer` and `openBudget` throw it. It comes before everything else, and nothing
 *                   has begun then.
 */

export type Challenge = "hedging" | "turns" | "thread" | "budget";
