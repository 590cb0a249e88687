import type { Call, RetryOptions } from "../../contract.ts";
import { checkCounts } from "../../given/check-options.ts";

/** Makes a call that has failed once more, as long as these are few among all. */
export function retry(call: Call, { callsPerRetry, retriesSaved }: RetryOptions): Call {
  checkCounts("retry call", { callsPerRetry, retriesSaved });
  const budget = new Budget(callsPerRetry, retriesSaved);

  return async (service, patience) => {
    patience.signal.throwIfAborted();
    budget.earn();
    try {
      return await call(service, patience);
    } catch (error) {
      if (patience.signal.aborted || !budget.spend()) throw error;
      return await call(service, patience);
    }
  };
}

/** Pays for extra calls with ordinary ones: so many of these for each. Counted in whole numbers, so nothing is rounded. */
export class Budget {
  readonly #price: number;
  readonly #most: number;
  #saved = 0;

  constructor(callsPerExtra: number, extrasSaved: number) {
    this.#price = callsPerExtra;
    this.#most = callsPerExtra * extrasSaved;
  }

  earn(): void {
    this.#saved = Math.min(this.#saved + 1, this.#most);
  }

  /** Whether an extra call may be made; it is paid for then. */
  spend(): boolean {
    if (this.#saved < this.#price) return false;
    this.#saved -= this.#price;
    return true;
  }
}
