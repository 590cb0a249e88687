import type { Cancellable } from "./abort.ts";
import { checkCount, checkOptions, outOfRange, refusalOf } from "./arguments/check.ts";
import { LinkedList } from "./linked-list.ts";
import { Waiter } from "./wait-queue.ts";

export interface WeightOptions {
  /** How much of the limit is taken: a whole number from 1. 1 by default. */
  readonly weight?: number | undefined;
}

export interface AcquireOptions extends Cancellable, WeightOptions {}

/**
 * Bounds how much may be in use at once: tasks inside a section, bytes in flight; first come, first served.
 * For a limit of one, prefer `Mutex`; to bound tasks that you hand over, `Bulkhead` or a `TaskGroup` with a limit.
 *
 * - A request is never overtaken, neither by a newcomer nor by a lighter one behind it. So a heavy request is not
 *   starved by light ones; the price is that what it waits for stands idle meanwhile.
 * - A waiter that leaves by an abort lets those behind it go on at once, if they fit now.
 * - Who acquires again while holding a permit may wait for itself, for ever: acquire once, with the whole weight.
 *
 * @example
 * ```ts
 * const memory = new Semaphore(100); // megabytes
 *
 * async function load(megabytes: number): Promise<number> {
 *   using _permit = await memory.acquire({ weight: megabytes });
 *   await sleep(1);
 *   return memory.available;
 * }
 *
 * // The first two fit together, the third waits for the first.
 * assert.deepEqual(await Promise.all([load(60), load(40), load(50)]), [0, 10, 50]);
 * assert.equal(memory.available, 100);
 * ```
 */
export class Semaphore {
  /** How much may be in use at once. */
  readonly limit: number;
  readonly #waiting = new LinkedList<Admit, Request>(); // Invariant: the first weighs more than #available.
  readonly #giveBack = (weight: number): void => {
    this.#available += weight;
    if (this.#waiting.size > 0) this.#admit();
  };
  #available: number;

  /** @throws {RangeError} If `limit` is not a whole number from 1. */
  constructor(limit: number) {
    checkCount("create Semaphore", "limit", limit);
    this.limit = limit;
    this.#available = limit;
  }

  /** How much of the limit nobody holds. If somebody waits, it is kept for them. */
  get available(): number {
    return this.#available;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Waits for a permit; dispose it to give it back (twice is harmless). O(1).
   *
   * @throws {RangeError} If `weight` is not a whole number from 1, or above the limit: it would wait for ever.
   * @throws The signal's `reason` if it aborts first, even when a permit is free.
   */
  acquire(options?: AcquireOptions): Promise<Disposable> {
    const weight = weightIn(options);
    if (!this.#canEverHold(weight)) return Promise.reject(this.#misuse(weight));
    const refusal = refusalOf(acquiring, options);
    if (refusal !== undefined) return Promise.reject(refusal.reason);
    const signal = options?.signal;
    if (this.#waiting.size > 0 || weight > this.#available) return this.#wait(weight, signal);
    return Promise.resolve(this.#permit(weight));
  }

  /**
   * A permit, if it can be had now and nobody waits; else `undefined`. Never waits.
   *
   * @throws {RangeError} If `weight` is not a whole number from 1, or above the limit.
   */
  tryAcquire(options?: WeightOptions): Disposable | undefined {
    const weight = weightIn(options);
    if (options !== undefined) checkOptions(acquiring, options);
    if (!this.#canEverHold(weight)) throw this.#misuse(weight);
    return this.#waiting.size > 0 || weight > this.#available ? undefined : this.#permit(weight);
  }

  #wait(weight: number, signal: AbortSignal | undefined): Promise<Disposable> {
    return new Promise((resolve, reject) => {
      const request = new Request(resolve, weight);
      this.#waiting.append(request);
      if (signal === undefined) return;
      request.heed(signal, reject, () => {
        this.#waiting.remove(request);
        this.#admit();
      });
    });
  }

  #admit(): void {
    let first = this.#waiting.first;
    while (first !== undefined && first.weight <= this.#available) {
      this.#waiting.remove(first);
      if (first.mayEnter()) first.value(this.#permit(first.weight));
      first = this.#waiting.first;
    }
  }

  #permit(weight: number): Disposable {
    this.#available -= weight;
    return new Permit(weight, this.#giveBack);
  }

  #canEverHold(weight: number): boolean {
    return Number.isInteger(weight) && weight >= 1 && weight <= this.limit;
  }

  #misuse(weight: number): RangeError {
    const isTooMuch = typeof weight === "number" && weight > this.limit;
    const rule = isTooMuch ? `must not exceed the limit of ${this.limit}` : "must be a whole number from 1";
    return outOfRange(acquiring, `weight ${rule}`, weight);
  }
}

const acquiring = "acquire from Semaphore";

/** `null` is no weight, rather than none given. */
function weightIn(options: WeightOptions | undefined): number {
  const weight = options?.weight;
  return weight === undefined ? 1 : weight;
}

type Admit = (permit: Disposable) => void;

class Request extends Waiter<Disposable> {
  readonly weight: number;

  constructor(admit: Admit, weight: number) {
    super(admit);
    this.weight = weight;
  }
}

class Permit implements Disposable {
  readonly #weight: number;
  #giveBack: ((weight: number) => void) | undefined;

  constructor(weight: number, giveBack: (weight: number) => void) {
    this.#weight = weight;
    this.#giveBack = giveBack;
  }

  [Symbol.dispose](): void {
    const giveBack = this.#giveBack;
    this.#giveBack = undefined;
    giveBack?.(this.#weight);
  }
}
