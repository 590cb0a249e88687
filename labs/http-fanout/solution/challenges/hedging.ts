import { onAbort, runUnder } from "@pattern-labs/primitives/abort";
import { Semaphore } from "@pattern-labs/primitives/semaphore";
import { startTimer } from "@pattern-labs/primitives/timer";
import type { Call, CallOptions, HedgeOptions } from "../../contract.ts";
import { checkCounts, checkDurations } from "../../given/check-options.ts";
import { Budget } from "./budget.ts";

/** Asks a second time when the first answer is slow to come, and takes the one that comes first. */
export function hedge(call: Call, options: HedgeOptions): Call {
  const { afterMs, callsPerHedge, hedgesSaved, hedgeLimit } = options;
  checkDurations("hedge call", { afterMs });
  checkCounts("hedge call", { callsPerHedge, hedgesSaved, hedgeLimit });
  const budget = new Budget(callsPerHedge, hedgesSaved);
  const slots = new Semaphore(hedgeLimit);

  function takeSlot(): Disposable | undefined {
    const slot = slots.tryAcquire();
    if (slot === undefined || budget.spend()) return slot;
    slot[Symbol.dispose]();
    return undefined;
  }

  return async (service, patience) => {
    patience.signal.throwIfAborted();
    budget.earn();
    const race = new Race((own) => call(service, own), patience);
    const stopTimer = startTimer(afterMs, () => {
      const slot = takeSlot();
      if (slot !== undefined) race.join(slot);
    });
    const withdraw = onAbort(patience.signal, stopTimer);
    try {
      return await race.result;
    } finally {
      withdraw();
      stopTimer();
    }
  };
}

/** One call, and perhaps a second. Two run under one permit, so the second brings a slot, and holds it while one runs. */
class Race {
  readonly #ask: (patience: CallOptions) => Promise<unknown>;
  readonly #patience: CallOptions;
  readonly #won = new AbortController();
  readonly #result = Promise.withResolvers<unknown>();
  #running = 0;
  #slot: Disposable | undefined;

  constructor(ask: (patience: CallOptions) => Promise<unknown>, patience: CallOptions) {
    this.#ask = ask;
    this.#patience = patience;
    void this.#run();
  }

  /** The first success, or the last failure. */
  get result(): Promise<unknown> {
    return this.#result.promise;
  }

  join(slot: Disposable): void {
    this.#slot = slot;
    void this.#run();
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    this.#running += 1;
    const { signal: above, deadline } = this.#patience;
    try {
      const value = await runUnder([above, this.#won.signal], ({ signal }) =>
        this.#ask({ signal, deadline }),
      );
      this.#running -= 1;
      this.#result.resolve(value);
      this.#won.abort(new Error("The other one has answered"));
    } catch (error) {
      this.#running -= 1;
      if (this.#running === 0) this.#result.reject(error); // Nothing, if the other one has succeeded.
    }
    if (this.#running === 0) this.#slot?.[Symbol.dispose]();
  }
}
