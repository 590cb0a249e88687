import type { Cancellable } from "./abort.ts";
import { checkCount, refusalOf } from "./arguments/check.ts";
import { WaitQueue } from "./wait-queue.ts";

/**
 * Holds those who arrive until `parties` of them are there, then lets all of them go on, and begins anew.
 * To wait until tasks have ended, rather than reached a point, prefer `TaskGroup` or `WaitGroup`.
 *
 * - It is cyclic: who arrives next belongs to the next round, even before those let go have run.
 * - Who leaves by an abort was never there; the others go on waiting for a full house. If one that is missing must
 *   not hold up the rest for ever, give all of them one signal.
 *
 * @example
 * ```ts
 * const barrier = new Barrier(2);
 * const trace: string[] = [];
 *
 * async function simulate(half: string): Promise<void> {
 *   trace.push(`${half} moves`);
 *   await barrier.wait(); // nobody draws before everybody has moved
 *   trace.push(`${half} draws`);
 * }
 *
 * await Promise.all([simulate("left"), simulate("right")]);
 * assert.deepEqual(trace, ["left moves", "right moves", "left draws", "right draws"]);
 * ```
 */
export class Barrier {
  /** How many must arrive. */
  readonly parties: number;
  readonly #arrived = new WaitQueue<number>();

  /** @throws {RangeError} If `parties` is not a whole number from 1. */
  constructor(parties: number) {
    checkCount("create Barrier", "parties", parties);
    this.parties = parties;
  }

  /** How many wait for the others now: at most `parties - 1`. */
  get waiting(): number {
    return this.#arrived.size;
  }

  /**
   * Arrives, and waits for the others. O(1), and O(parties) for the last.
   *
   * @returns The place in the order of arrival, from 0 to `parties - 1`; so that one of them, say 0, can do what
   *   must be done once a round.
   * @throws The signal's `reason` if it aborts first; the barrier then counts one fewer.
   */
  wait(options?: Cancellable): Promise<number> {
    const refusal = refusalOf("wait at Barrier", options);
    if (refusal !== undefined) return Promise.reject(refusal.reason);
    const place = this.#arrived.wait(options);
    if (this.#arrived.size === this.parties) this.#arrived.dismissAborted();
    if (this.#arrived.size === this.parties) {
      for (let order = 0; order < this.parties; order += 1) this.#arrived.wake(order);
    }
    return place;
  }
}
