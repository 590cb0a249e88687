import type { Cancellable } from "./abort.ts";
import { refusalOf } from "./arguments/check.ts";
import { WaitQueue } from "./wait-queue.ts";

/**
 * Lets one task at a time into a section that spans an `await`; first come, first served.
 * Code without an `await` in it needs no lock: nothing else runs meanwhile.
 *
 * - A freed lock goes to the first who waits; a newcomer cannot take it in between.
 * - It is not re-entrant: who locks again while holding it waits for itself, for ever.
 *
 * @example
 * ```ts
 * const mutex = new Mutex();
 * let balance = 100;
 *
 * async function withdraw(amount: number): Promise<void> {
 *   using _lock = await mutex.lock();
 *   const seen = balance;
 *   await sleep(1); // without the lock, the other withdrawal would see 100 as well
 *   balance = seen - amount;
 * }
 *
 * await Promise.all([withdraw(30), withdraw(50)]);
 * assert.equal(balance, 20);
 * ```
 */
export class Mutex {
  readonly #waiting = new WaitQueue<Disposable>(); // Invariant: non-empty only while #locked.
  readonly #handOn = (): void => {
    if (this.#waiting.size === 0 || !this.#waiting.wake(new Lock(this.#handOn))) this.#locked = false;
  };
  #locked = false;

  /** Whether somebody holds it. By the time you act on the answer it may be out of date: prefer `tryLock`. */
  get locked(): boolean {
    return this.#locked;
  }

  /**
   * Waits for the lock; dispose it to give it back (twice is harmless). O(1).
   *
   * @throws The signal's `reason` if it aborts first, even when the lock is free.
   */
  lock(options?: Cancellable): Promise<Disposable> {
    const refusal = refusalOf("lock Mutex", options);
    if (refusal !== undefined) return Promise.reject(refusal.reason);
    if (this.#locked) return this.#waiting.wait(options);
    this.#locked = true;
    return Promise.resolve(new Lock(this.#handOn));
  }

  /**
   * Takes the lock if nobody holds it, else `undefined`. Never waits, and needs no promise: where every nanosecond
   * counts, `mutex.tryLock() ?? (await mutex.lock())` is free of `await` as long as nobody else is there.
   */
  tryLock(): Disposable | undefined {
    if (this.#locked) return undefined;
    this.#locked = true;
    return new Lock(this.#handOn);
  }
}

/** A class, and one function for all locks of a mutex: a literal with a closure of its own doubles the cost of a lock. */
export class Lock implements Disposable {
  #handOn: (() => void) | undefined;

  constructor(handOn: () => void) {
    this.#handOn = handOn;
  }

  [Symbol.dispose](): void {
    const handOn = this.#handOn;
    this.#handOn = undefined;
    handOn?.();
  }
}
