import type { Cancellable } from "./abort.ts";
import { checkCount, checkFunction, refusalOf } from "./arguments/check.ts";
import { WaitQueue } from "./wait-queue.ts";

/**
 * Counts work that is under way, and lets others wait until there is none: Go's `sync.WaitGroup`.
 * It neither cancels nor collects errors; if the tasks belong together, prefer `TaskGroup`.
 *
 * - The count may rise and fall to zero again and again; each time it reaches zero, all who wait then are let go.
 *
 * @example
 * ```ts
 * const inFlight = new WaitGroup();
 * let answered = 0;
 *
 * async function handle(request: number): Promise<void> {
 *   await sleep(request);
 *   answered += 1;
 * }
 *
 * for (const request of [1, 2, 3]) void inFlight.go(() => handle(request));
 * await inFlight.wait(); // shutting down: no request is cut off
 * assert.equal(answered, 3);
 * ```
 */
export class WaitGroup {
  readonly #waiting = new WaitQueue(); // Invariant: non-empty only while #count > 0.
  #count = 0;

  /** How much is under way. */
  get count(): number {
    return this.#count;
  }

  /**
   * Counts `count` more. Do it before the work begins: a waiter that comes in between would find nothing to wait for.
   *
   * @throws {RangeError} If `count` is not a whole number from 1.
   */
  add(count = 1): void {
    checkCount("add to WaitGroup", "count", count);
    this.#count += count;
  }

  /**
   * Counts one less.
   *
   * @throws {RangeError} If nothing is under way: somebody was done twice, or never added.
   */
  done(): void {
    if (this.#count === 0)
      throw new RangeError("Cannot call done on WaitGroup: nothing is under way, its count is 0");
    this.#count -= 1;
    if (this.#count === 0) this.#waiting.wakeAll();
  }

  /**
   * Counts `task` from now until it has ended, however it ends: `add` and `done` that cannot be forgotten.
   *
   * @returns What the task returns. Its failure is the caller's to handle; the group does not look at it.
   * @throws {TypeError} If `task` is no function; nothing is counted then.
   */
  async go<R>(task: () => R | PromiseLike<R>): Promise<Awaited<R>> {
    checkFunction("start a task in WaitGroup", "task", task);
    this.add();
    try {
      return await task();
    } finally {
      this.done();
    }
  }

  /**
   * Waits until nothing is under way; not at all if nothing is.
   *
   * @throws The signal's `reason` if it aborts first. The work goes on.
   */
  wait(options?: Cancellable): Promise<void> {
    const refusal = refusalOf("wait for WaitGroup", options);
    if (refusal !== undefined) return Promise.reject(refusal.reason);
    return this.#count > 0 ? this.#waiting.wait(options) : Promise.resolve();
  }
}
