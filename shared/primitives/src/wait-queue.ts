import { type Cancellable, onAbort } from "./abort.ts";
import { checkOptionalFunction, refusalOf } from "./arguments/check.ts";
import { LinkedList, LinkedListNode } from "./linked-list.ts";

/**
 * Those who wait for something to happen, in order of arrival: what `Mutex`, `Barrier` and `WaitGroup` have in common.
 * It knows nothing of what is waited for; whoever owns the queue decides when to wake. All operations are O(1).
 *
 * - A waiter is woken or leaves, never both: once woken, an abort comes too late and changes nothing. One whose signal
 *   has aborted is passed over, even where the wake comes from another listener of that signal, called before ours.
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
  readonly #waiters = new LinkedList<(value: T) => void, Waiter<T>>();

  /** How many wait. */
  get size(): number {
    return this.#waiters.size;
  }

  /**
   * Waits, behind all who wait already, for the value of a `wake`.
   *
   * @param left Called when this one has left by an abort, for whoever may go on without it.
   * @throws The signal's `reason` if it aborts first; the place in the queue is gone then.
   */
  wait(options?: Cancellable, left?: () => void): Promise<T> {
    const refusal = refusalOf(waiting, options);
    if (refusal !== undefined) return Promise.reject(refusal.reason);
    return new Promise((resolve, reject) => {
      checkOptionalFunction(waiting, "left", left);
      const signal = options?.signal;
      const waiter = new Waiter(resolve);
      this.#waiters.append(waiter);
      if (signal === undefined) return;
      waiter.heed(signal, reject, () => {
        this.#waiters.remove(waiter);
        left?.();
      });
    });
  }

  /** Wakes the one who has waited longest; `false` if nobody waits. */
  wake(value: T): boolean {
    for (let first = this.#waiters.first; first !== undefined; first = this.#waiters.first) {
      this.#waiters.remove(first);
      if (!first.mayEnter()) continue;
      first.value(value);
      return true;
    }
    return false;
  }

  /** Wakes all who wait now, in order of arrival. */
  wakeAll(value: T): void {
    while (this.wake(value));
  }

  /** Rejects those whose signal has aborted but has not come to tell them yet. For who must count the others. O(n). */
  dismissAborted(): void {
    for (let unseen = this.#waiters.size; unseen > 0; unseen -= 1) {
      const first = this.#waiters.first;
      if (first === undefined) return;
      this.#waiters.remove(first);
      if (first.aborted) first.mayEnter();
      else this.#waiters.append(first); // Each goes once from the front to the end, so that the order is as before.
    }
  }
}

const waiting = "wait in WaitQueue";

/**
 * One who waits, and its place in the line, in one object: with two, a `Semaphore` with 10,000 waiters took a quarter longer.
 *
 * @internal
 */
export class Waiter<T> extends LinkedListNode<(value: T) => void> {
  #cancellation: Cancellation | undefined = undefined;

  /** From now on it leaves when `signal` aborts: it is rejected, and `left` is called. */
  heed(signal: AbortSignal, reject: (reason: unknown) => void, left: () => void): void {
    const withdraw = onAbort(signal, () => {
      reject(signal.reason);
      left();
    });
    this.#cancellation = { signal, reject, withdraw };
  }

  get aborted(): boolean {
    return this.#cancellation?.signal.aborted ?? false;
  }

  /** To be asked once its turn has come. If its signal has aborted, and has only not reached it yet, it is rejected. */
  mayEnter(): boolean {
    if (this.#cancellation === undefined) return true;
    const { signal, reject, withdraw } = this.#cancellation;
    withdraw();
    if (signal.aborted) reject(signal.reason);
    return !signal.aborted;
  }
}

interface Cancellation {
  readonly signal: AbortSignal;
  readonly reject: (reason: unknown) => void;
  readonly withdraw: () => void;
}
