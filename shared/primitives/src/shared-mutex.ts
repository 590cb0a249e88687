import type { Cancellable } from "./abort.ts";
import { refusalOf, wrongKind } from "./arguments/check.ts";
import { WaitQueue } from "./wait-queue.ts";

const FREE = 0;
const HELD = 1;
/** Held, and somebody may sleep: who frees it must wake one. */
const CONTENDED = 2;

/**
 * Lets one thread at a time into a section that works on shared memory. It lives in a `SharedArrayBuffer`, which is
 * what another thread is sent. For the tasks of one thread prefer `Mutex`; for a single number `SharedCounter`.
 *
 * - Whatever was written under the lock is seen by whoever holds it next.
 * - It is not first come, first served between threads: one that runs may take a freed lock before a sleeper has woken.
 *   Handing the lock over would leave it idle for every wake-up, which under load is most of the time ("lock convoy").
 *   So a thread can be overtaken again and again. The tasks of one thread are served in order of arrival.
 * - It is not re-entrant: who awaits it while holding it waits for ever. A thread that ends while holding it leaves it held for ever.
 * - Make one `SharedMutex` of a buffer in each thread: what a thread knows of its own tasks is kept in it.
 *
 * The algorithm is "mutex 2" of Ulrich Drepper, "Futexes Are Tricky" (2011).
 *
 * @example
 * ```ts
 * const mutex = new SharedMutex();
 * const account = new Int32Array(new SharedArrayBuffer(4)); // shared with the other threads, as mutex.buffer is
 *
 * function deposit(amount: number): void {
 *   using _lock = mutex.lockSync(); // in a worker thread; elsewhere: await mutex.lock()
 *   account[0] = (account[0] ?? 0) + amount;
 * }
 *
 * deposit(30);
 * using _lock = await mutex.lock();
 * assert.equal(account[0], 30);
 * ```
 */
export class SharedMutex {
  /** Send it to another thread, and make a `SharedMutex` of it there. */
  readonly buffer: SharedArrayBuffer;
  readonly #state: Int32Array;
  /** The tasks of this thread that wait. Invariant: non-empty only while #contend runs. */
  readonly #waiting = new WaitQueue<Disposable>();
  readonly #unlock = (): void => {
    this.#isHeldHere = false;
    if (Atomics.exchange(this.#state, 0, FREE) === CONTENDED) Atomics.notify(this.#state, 0, 1);
  };
  #contending = false;
  #isHeldHere = false;

  /**
   * A free mutex; or, given the `buffer` of another, the same mutex.
   *
   * @throws {TypeError} If `buffer` is not shared memory of 4 bytes.
   */
  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(4)) {
    if (!(buffer instanceof SharedArrayBuffer) || buffer.byteLength !== 4) {
      const rule = "buffer must be that of another, a SharedArrayBuffer of 4 bytes";
      throw wrongKind("create SharedMutex", rule, buffer);
    }
    this.buffer = buffer;
    this.#state = new Int32Array(buffer);
  }

  /** Whether some thread holds it. By the time you act on the answer it may be out of date: prefer `tryLock`. */
  get locked(): boolean {
    return Atomics.load(this.#state, 0) !== FREE;
  }

  /** Takes the lock if nobody holds it, else `undefined`. Never waits. */
  tryLock(): Disposable | undefined {
    return Atomics.compareExchange(this.#state, 0, FREE, HELD) === FREE ? this.#taken() : undefined;
  }

  #taken(): Disposable {
    this.#isHeldHere = true;
    return new Lock(this.#unlock);
  }

  /**
   * Stops the thread until it has the lock; dispose that to give it back (twice is harmless). For worker threads: in
   * the main thread nothing else happens meanwhile, and a browser forbids it there. It goes before the tasks of its
   * thread that wait in `lock`, for they cannot go on while it waits.
   *
   * @throws {Error} If this thread holds it already, or a task of it does: it would wait for itself, for ever.
   * @throws {TypeError} If the thread must not be stopped and the lock is not free.
   */
  lockSync(): Disposable {
    if (this.#isHeldHere)
      throw new Error("Cannot lockSync SharedMutex: this thread, or a task of it, holds it");
    const lock = this.tryLock();
    if (lock !== undefined) return lock;
    // The sleeper of #contend must not take a wake-up that it cannot act on: this thread stands still.
    if (this.#contending) this.#wakeAll();
    // Having slept it takes the lock as contended, for it cannot know whether others still sleep.
    while (Atomics.exchange(this.#state, 0, CONTENDED) !== FREE) Atomics.wait(this.#state, 0, CONTENDED);
    return this.#taken();
  }

  /**
   * Waits for the lock without stopping the thread; dispose it to give it back (twice is harmless). O(1), but whoever
   * aborts as the last that waits in a thread wakes all threads that sleep, to look again.
   *
   * @throws The signal's `reason` if it aborts first, even when the lock is free.
   */
  lock(options?: Cancellable): Promise<Disposable> {
    const refusal = refusalOf("lock SharedMutex", options);
    if (refusal !== undefined) return Promise.reject(refusal.reason);
    const lock = this.#contending ? undefined : this.tryLock();
    return lock === undefined ? this.#wait(options) : Promise.resolve(lock);
  }

  async #wait(options: Cancellable | undefined): Promise<Disposable> {
    const turn = this.#waiting.wait(options);
    if (!this.#contending) void this.#contend();
    try {
      return await turn;
    } catch (reason) {
      if (this.#waiting.size === 0) this.#wakeAll();
      throw reason;
    }
  }

  /** Contends on behalf of all tasks of this thread that wait, with one sleeper for all. Never rejects. */
  async #contend(): Promise<void> {
    this.#contending = true;
    // Node takes no notice of a `waitAsync`: with nothing else to do it would end the thread in the midst of it.
    const stayAlive = setInterval(nothing, 2 ** 31 - 1);
    while (this.#waiting.size > 0) {
      if (Atomics.exchange(this.#state, 0, CONTENDED) === FREE) this.#handOn(this.#taken());
      else await Atomics.waitAsync(this.#state, 0, CONTENDED).value;
    }
    clearInterval(stayAlive);
    this.#contending = false;
  }

  /** To nobody, if all who waited have aborted. */
  #handOn(lock: Disposable): void {
    if (!this.#waiting.wake(lock)) lock[Symbol.dispose]();
  }

  /**
   * The one way to call back a sleeper of this thread that is of no use any more: it cannot be picked out, and left in
   * the line it would take a wake-up that somebody else needs. The others find the lock held and sleep again.
   */
  #wakeAll(): void {
    Atomics.notify(this.#state, 0);
  }
}

/** A class, and one function for all locks of a mutex, as in `Mutex`. */
class Lock implements Disposable {
  #unlock: (() => void) | undefined;

  constructor(unlock: () => void) {
    this.#unlock = unlock;
  }

  [Symbol.dispose](): void {
    const unlock = this.#unlock;
    this.#unlock = undefined;
    unlock?.();
  }
}

function nothing(): void {}
