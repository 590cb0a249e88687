import { type Cancellable, onAbort } from "./abort.ts";
import { LinkedList } from "./linked-list.ts";

interface Waiter<T> {
  readonly resolve: (value: T) => void;
  withdraw: () => void;
}

/**
 * Those who wait for something to happen, in order of arrival: what `Mutex`, `Barrier` and `WaitGroup` have in common.
 * It knows nothing of what is waited for; whoever owns the queue decides when to wake. All operations are O(1).
 *
 * - A waiter is woken or leaves, never both: once woken, an abort comes too late and changes nothing.
 * - Only those who wait now can be woken. A wake that finds nobody is not remembered.
 *
 * @example
 * ```ts
 * const door = new WaitQueue<string>();
 * const ada = door.wait();
 * const bea = door.wait();
 * door.wake("come in");
 * assert.equal(await ada, "come in");
 * door.wakeAll("we are closing");
 * assert.equal(await bea, "we are closing");
 * ```
 */
export class WaitQueue<T = void> {
  readonly #waiters = new LinkedList<Waiter<T>>();

  /** How many wait. */
  get size(): number {
    return this.#waiters.size;
  }

  /**
   * Waits, behind all who wait already, for the value of a `wake`.
   *
   * @throws The signal's `reason` if it aborts first; the place in the queue is gone then.
   */
  wait({ signal }: Cancellable = {}): Promise<T> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const waiter: Waiter<T> = { resolve, withdraw: nothing };
      const place = this.#waiters.push(waiter);
      if (signal === undefined) return;
      waiter.withdraw = onAbort(signal, () => {
        this.#waiters.remove(place);
        reject(signal.reason);
      });
    });
  }

  /** Wakes the one who has waited longest; `false` if nobody waits. */
  wake(value: T): boolean {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) return false;
    waiter.withdraw();
    waiter.resolve(value);
    return true;
  }

  /** Wakes all who wait now, in order of arrival. */
  wakeAll(value: T): void {
    while (this.wake(value));
  }
}

function nothing(): void {}
