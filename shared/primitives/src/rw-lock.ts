import type { Cancellable } from "./abort.ts";
import { refusalOf } from "./arguments/check.ts";
import { Lock } from "./mutex.ts";
import { WaitQueue } from "./wait-queue.ts";

/**
 * Lets many read together, or one write alone, in sections that span an `await`; writers come first.
 * If sections are short or mostly write, prefer `Mutex`: it is simpler, and here readers gain nothing then.
 *
 * - A waiting writer holds back new readers: otherwise readers that overlap would keep it out for ever.
 * - When a writer leaves, the readers that wait go in together, before the next writer: otherwise writers that queue
 *   would keep readers out for ever. So a reader waits for one writer at most, besides those who read now; and a
 *   writer, for one turn of readers per writer before it.
 * - Among writers it is first come, first served. A newcomer overtakes nobody.
 * - It is not re-entrant: who reads must not lock again, not even to read, for a writer may wait in between.
 *   A reader cannot become a writer; leave, write, and look again.
 *
 * Source: the turns are those of phase-fair locks (Brandenburg and Anderson, "Spin-Based Reader-Writer
 * Synchronization for Multiprocessor Real-Time Systems", 2010), and of Go's `sync.RWMutex`.
 *
 * @example
 * ```ts
 * const lock = new RwLock();
 * let prices = { tea: 3, milk: 1 };
 *
 * async function total(): Promise<number> {
 *   using _lock = await lock.lockRead();
 *   const { tea } = prices;
 *   await sleep(1);
 *   return tea + prices.milk; // of the same list: nobody writes while this reads
 * }
 *
 * async function raise(): Promise<void> {
 *   using _lock = await lock.lockWrite();
 *   prices = { tea: 30, milk: 10 };
 * }
 *
 * const [before, , after] = await Promise.all([total(), raise(), total()]);
 * assert.deepEqual([before, after], [4, 40]);
 * ```
 */
export class RwLock {
  // Invariant: readers wait only while somebody writes or waits to write; writers, only while somebody is inside.
  readonly #waitingReaders = new WaitQueue<Disposable>();
  readonly #waitingWriters = new WaitQueue<Disposable>();
  readonly #readerLeft = (): void => {
    this.#readers -= 1;
    this.#admit();
  };
  readonly #writerLeft = (): void => {
    this.#writing = false;
    this.#admitReaders();
    this.#admit();
  };
  readonly #admit = (): void => {
    while (this.#canWrite() && this.#waitingWriters.size > 0) {
      if (this.#waitingWriters.wake(new Lock(this.#writerLeft))) this.#writing = true;
    }
    if (this.#canRead()) this.#admitReaders();
  };
  #readers = 0;
  #writing = false;

  /** How many read now. */
  get readers(): number {
    return this.#readers;
  }

  /** Whether somebody writes now. */
  get writing(): boolean {
    return this.#writing;
  }

  /**
   * Waits until nobody writes or waits to write, or for the next turn of the readers; dispose the lock to give it
   * back (twice is harmless). O(1).
   *
   * @throws The signal's `reason` if it aborts first, even when the lock is free.
   */
  lockRead(options?: Cancellable): Promise<Disposable> {
    const refusal = refusalOf("lock RwLock", options);
    if (refusal !== undefined) return Promise.reject(refusal.reason);
    if (!this.#canRead()) return this.#waitingReaders.wait(options);
    return Promise.resolve(this.#read());
  }

  /**
   * Waits until nobody is inside and those who came to write before have written; dispose the lock to give it back
   * (twice is harmless). O(1); giving it back, O(readers let in).
   *
   * @throws The signal's `reason` if it aborts first, even when the lock is free. Readers held back by it go on.
   */
  lockWrite(options?: Cancellable): Promise<Disposable> {
    const refusal = refusalOf("lock RwLock", options);
    if (refusal !== undefined) return Promise.reject(refusal.reason);
    if (!this.#canWrite()) return this.#waitingWriters.wait(options, this.#admit);
    return Promise.resolve(this.#write());
  }

  /** Takes the lock to read if that needs no waiting, else `undefined`. */
  tryLockRead(): Disposable | undefined {
    return this.#canRead() ? this.#read() : undefined;
  }

  /** Takes the lock to write if that needs no waiting, else `undefined`. */
  tryLockWrite(): Disposable | undefined {
    return this.#canWrite() ? this.#write() : undefined;
  }

  #canRead(): boolean {
    return !this.#writing && this.#waitingWriters.size === 0;
  }

  #canWrite(): boolean {
    return !this.#writing && this.#readers === 0;
  }

  #read(): Disposable {
    this.#readers += 1;
    return new Lock(this.#readerLeft);
  }

  #write(): Disposable {
    this.#writing = true;
    return new Lock(this.#writerLeft);
  }

  #admitReaders(): void {
    while (this.#waitingReaders.size > 0) {
      if (this.#waitingReaders.wake(new Lock(this.#readerLeft))) this.#readers += 1;
    }
  }
}
