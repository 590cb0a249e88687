import { checkCount, checkOptions, checkPositiveMs, outOfRange } from "./arguments/check.ts";

export interface FailureRateOptions {
  /** Above 0 and at most 1: with 0.5 it is too high when half of the calls have failed. */
  readonly atLeast: number;
  /** The calls that count are those that ended within this time, to a tenth of it. `Infinity` counts all. */
  readonly windowMs: number;
  /** Fewer calls than this say nothing: one failure of one call is no outage. */
  readonly minimumCalls: number;
}

interface Slot {
  readonly number: number;
  calls: number;
  failures: number;
}

const SLOTS = 10;

/**
 * Tells whether too large a share of the latest calls has failed, as `CircuitBreaker` does. It takes the same room
 * however many calls there are: ten slots of a tenth of the window, of which the oldest is dropped.
 * To know how long calls take, prefer `Histogram`.
 *
 * @example
 * ```ts
 * const rate = new FailureRate({ atLeast: 0.5, windowMs: 60_000, minimumCalls: 4 });
 * rate.record("failure");
 * assert.equal(rate.isTooHigh(), false); // one call is too few to tell
 * for (let call = 0; call < 3; call += 1) rate.record(call === 0 ? "failure" : "success");
 * assert.deepEqual(rate.counts(), { calls: 4, failures: 2 });
 * assert.equal(rate.isTooHigh(), true);
 * ```
 */
export class FailureRate {
  readonly #options: FailureRateOptions;
  readonly #slotMs: number;
  #slots: readonly Slot[] = []; // Oldest first.

  /** @throws {RangeError} If a number is out of range. */
  constructor(options: FailureRateOptions) {
    checkOptions(creating, options);
    const { atLeast, windowMs, minimumCalls } = options;
    if (typeof atLeast !== "number" || !(atLeast > 0 && atLeast <= 1))
      throw outOfRange(creating, "atLeast must be a number above 0 and at most 1", atLeast);
    checkPositiveMs(creating, "windowMs", windowMs);
    checkCount(creating, "minimumCalls", minimumCalls);
    this.#options = options;
    this.#slotMs = windowMs / SLOTS;
  }

  /**
   * O(1); with a window of `Infinity` without a look at the clock.
   *
   * @throws {RangeError} If `outcome` is another.
   */
  record(outcome: "success" | "failure"): void {
    if (outcome !== "failure" && outcome !== "success")
      throw outOfRange("record in FailureRate", 'outcome must be "success" or "failure"', outcome);
    const number = this.#slotNumber();
    let slot = this.#slots.at(-1);
    if (slot?.number !== number) {
      slot = { number, calls: 0, failures: 0 };
      this.#slots = [...this.#slotsInWindow(number), slot];
    }
    slot.calls += 1;
    if (outcome === "failure") slot.failures += 1;
  }

  /** Of the calls within the window. */
  counts(): { readonly calls: number; readonly failures: number } {
    const slots = this.#slotsInWindow(this.#slotNumber());
    const calls = slots.reduce((sum, slot) => sum + slot.calls, 0);
    const failures = slots.reduce((sum, slot) => sum + slot.failures, 0);
    return { calls, failures };
  }

  isTooHigh(): boolean {
    const { calls, failures } = this.counts();
    return calls >= this.#options.minimumCalls && failures / calls >= this.#options.atLeast;
  }

  /** Forgets all calls. */
  clear(): void {
    this.#slots = [];
  }

  #slotNumber(): number {
    return this.#slotMs === Infinity ? 0 : Math.floor(performance.now() / this.#slotMs);
  }

  #slotsInWindow(now: number): readonly Slot[] {
    return this.#slots.filter(({ number }) => number > now - SLOTS);
  }
}

const creating = "create FailureRate";
