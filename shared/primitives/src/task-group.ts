import { type Cancellable, isAbort, onAbort, type Task } from "./abort.ts";
import {
  checkCountOrInfinity,
  checkFunction,
  checkOptions,
  refusalToRun,
  signalIn,
} from "./arguments/check.ts";
import { LinkedList } from "./linked-list.ts";
import { WaitQueue } from "./wait-queue.ts";

export interface TaskGroupOptions extends Cancellable {
  /** How many tasks may run at once; any number by default. */
  readonly limit?: number | undefined;
}

/**
 * Runs tasks that succeed or fail together: Go's `errgroup`, with its limit. Nothing it has started outlives it.
 * For tasks whose errors are their own, prefer `WaitGroup`.
 *
 * - The first error cancels the others through the signal that each task gets. `wait` throws it, the very same error,
 *   when all have ended. Later errors are dropped: they are mostly the first one's echo.
 * - Leaving its scope (`await using`) waits for all tasks, and throws the first error unless `wait` or `go` has. If the
 *   scope is being left by an exception of its own, both come as one `SuppressedError`, as the language has it: `error`
 *   is the group's, `suppressed` the scope's.
 * - An exception in the scope itself cancels nothing; the scope cannot know of it. What must cancel the rest when it
 *   fails belongs in a task.
 * - A task must not await `go` on its own group if that has a limit: it would hold a place while waiting for one.
 * - Await every `go`: it is where a loop is slowed down to the limit, and where it learns that the group has failed.
 *
 * @example
 * ```ts
 * const pages = new Map<string, string>();
 *
 * async function fetchAll(urls: Iterable<string>, fetchPage: (url: string) => Promise<string>): Promise<void> {
 *   await using group = new TaskGroup({ limit: 2 });
 *   for (const url of urls) {
 *     await group.go(async () => {
 *       pages.set(url, await fetchPage(url));
 *     });
 *   }
 *   await group.wait();
 * }
 *
 * await fetchAll(["/", "/about", "/jobs"], async (url) => `the page at ${url}`);
 * assert.equal(pages.size, 3);
 * ```
 */
export class TaskGroup implements AsyncDisposable {
  /** Aborts with the first error, with the reason of `cancel`, or with that of the signal that the group was given. */
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #parent: AbortSignal | undefined;
  readonly #limit: number;
  readonly #queued = new LinkedList<() => void>(); // Invariant: non-empty only while #running is #limit.
  readonly #waiting = new WaitQueue(); // Invariant: non-empty only while #running > 0.
  #running = 0;
  #failure: { readonly error: unknown } | undefined = undefined;
  #failureIsKnown = false;
  #left = false;

  /** @throws {RangeError} If `limit` is neither a whole number from 1 nor `Infinity`. */
  constructor(options: TaskGroupOptions = {}) {
    checkOptions("create TaskGroup", options);
    const { limit = Infinity } = options;
    checkCountOrInfinity("create TaskGroup", "limit", limit);
    const signal = signalIn("create TaskGroup", options);
    this.#limit = limit;
    this.#parent = signal;
    this.signal =
      signal === undefined ? this.#controller.signal : AbortSignal.any([signal, this.#controller.signal]);
  }

  /** How many tasks run now. */
  get running(): number {
    return this.#running;
  }

  /**
   * Begins `task` as soon as there is a place for it under the limit; first come, first served. Resolves when it has
   * begun. What it returns is ignored, what it throws fails the group.
   *
   * @throws The reason of the group's signal if that aborts first: the task is never begun then.
   * @throws The reason of `options.signal` if that aborts first, leaving the group as it was.
   * @throws {TypeError} If `task` is no function.
   * @throws {Error} If the group's scope has been left.
   */
  go(task: Task<unknown>, options?: Cancellable): Promise<void> {
    const refusal = refusalToRun(starting, task, options);
    if (refusal !== undefined) return Promise.reject(refusal.reason);
    if (this.#left)
      return Promise.reject(new Error("Cannot start a task in TaskGroup: its scope has been left"));
    if (this.signal.aborted) return this.#refused(Promise.reject(this.signal.reason));
    return this.tryGo(task) ? begun : this.#queue(task, options?.signal);
  }

  /**
   * Begins `task` if there is a place for it and the group is neither cancelled nor left; else `false`. Never waits.
   * If it is the signal that the group was given that keeps it from beginning, `wait` throws the reason of that.
   *
   * @throws {TypeError} If `task` is no function.
   */
  tryGo(task: Task<unknown>): boolean {
    checkFunction(starting, "task", task);
    this.#heedParent();
    if (this.#left || this.signal.aborted || this.#running >= this.#limit) return false;
    this.#running += 1;
    void this.#run(task);
    return true;
  }

  /**
   * Tells every task to stop, and begins no more. That is no failure: what tasks throw because of it is expected, and
   * `wait` resolves when they have ended.
   */
  cancel(reason?: unknown): void {
    this.#controller.abort(reason);
  }

  /**
   * Waits until no task runs.
   *
   * @throws The first error of a task, once all have ended.
   * @throws The reason of the signal that the group was given, if that aborted before a task failed and before `cancel`;
   *   again, once all have ended. So it does if nothing has run, or all had ended by then: cancelled work is not done.
   * @throws The reason of `options.signal` as soon as that aborts. The tasks run on.
   */
  async wait(options?: Cancellable): Promise<void> {
    signalIn("wait for TaskGroup", options)?.throwIfAborted();
    while (this.#running > 0) await this.#waiting.wait(options);
    this.#heedParent();
    if (this.#failure === undefined) return;
    this.#failureIsKnown = true;
    throw this.#failure.error;
  }

  /**
   * Waits until no task runs; afterwards none can be begun. Throws the first error if nobody has been told of it. An
   * abort that comes when all tasks have ended, and no other has been asked for, comes too late to be one.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    while (this.#running > 0) await this.#waiting.wait();
    this.#left = true;
    if (this.#failure !== undefined && !this.#failureIsKnown) throw this.#failure.error;
  }

  /** Holds a place, which it hands on when the task has ended. Never rejects. */
  async #run(task: Task<unknown>): Promise<void> {
    try {
      await task({ signal: this.signal });
    } catch (error) {
      this.#fail(error);
    }
    this.#handOn();
  }

  #fail(error: unknown): void {
    this.#heedParent();
    if (isAbort(error, this.#controller.signal)) return; // The echo of an earlier error, or of a cancel.
    this.#failure ??= { error };
    this.#controller.abort(error);
  }

  /** If the signal that the group was given has aborted before anything else went wrong, that is the failure. */
  #heedParent(): void {
    if (!this.#parent?.aborted || this.#controller.signal.aborted) return;
    this.#failure = { error: this.#parent.reason };
    this.#controller.abort(this.#parent.reason);
  }

  #handOn(): void {
    const beginNext = this.#queued.shift();
    if (beginNext === undefined) this.#running -= 1;
    else beginNext();
    if (this.#running > 0) return;
    this.#heedParent(); // Even if every task shrugged it off: what was asked for may not have been done.
    this.#waiting.wakeAll();
  }

  #queue(task: Task<unknown>, signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const place = this.#queued.push(() => {
      withdraw();
      resolve();
      void this.#run(task);
    });
    const leave = (reason: unknown) => {
      withdraw();
      this.#queued.remove(place);
      reject(reason);
    };
    const withdrawOwn = onAbort(signal, () => leave(signal?.reason));
    const withdrawGroup = onAbort(this.signal, () => {
      leave(this.signal.reason);
      this.#refused(promise);
    });
    const withdraw = () => {
      withdrawOwn();
      withdrawGroup();
    };
    return promise;
  }

  /**
   * The refusal of a `go` tells of the failure where nobody waits for the group, and is then loud even if it was not
   * awaited. Where somebody does wait, that one is told, and a `go` that was not awaited may be silent.
   */
  #refused(refusal: Promise<void>): Promise<void> {
    this.#heedParent();
    if (this.#waiting.size > 0) refusal.catch(() => {});
    else if (this.#failure !== undefined) this.#failureIsKnown = true;
    return refusal;
  }
}

const starting = "start a task in TaskGroup";
const begun: Promise<void> = Promise.resolve();
