import type { BalanceOptions, Call, CallOptions } from "../../contract.ts";
import { checkCounts, checkDurations } from "../../given/check-options.ts";

/** One service from several replicas: each call goes to the one with the least to do, of those that are well. */
export function balance(replicas: readonly Call[], options: BalanceOptions): Call {
  const { failuresInARow, restMs } = options;
  checkCounts("balance calls", { replicas: replicas.length, failuresInARow });
  checkDurations("balance calls", { restMs });
  const all = replicas.map((call) => new Replica(call, options));

  return async (service, patience) => {
    patience.signal.throwIfAborted();
    const mayServe = all.filter((replica) => replica.mayServe());
    // If all are ill it is rather the network, or the client: to refuse everybody would be the larger outage.
    const chosen = leastBusy(mayServe.length > 0 ? mayServe : all);
    moveToEnd(all, chosen);
    return await chosen.serve(service, patience);
  };
}

/** The first of those with the fewest calls. As who is chosen goes to the end, equals take turns. */
function leastBusy(replicas: readonly Replica[]): Replica {
  return replicas.reduce((best, replica) => (replica.running < best.running ? replica : best));
}

function moveToEnd<T>(list: T[], item: T): void {
  list.splice(list.indexOf(item), 1);
  list.push(item);
}

class Replica {
  readonly #call: Call;
  readonly #options: BalanceOptions;
  running = 0;
  #failures = 0;
  /** While it is ill: until when it is left alone. Then one call tries it. */
  #restsUntil: number | undefined;
  #isTried = false;

  constructor(call: Call, options: BalanceOptions) {
    this.#call = call;
    this.#options = options;
  }

  mayServe(): boolean {
    if (this.#restsUntil === undefined) return true;
    return performance.now() >= this.#restsUntil && !this.#isTried;
  }

  async serve(service: string, patience: CallOptions): Promise<unknown> {
    this.running += 1;
    const isTrial = this.#restsUntil !== undefined && this.mayServe();
    if (isTrial) this.#isTried = true;
    try {
      const value = await this.#call(service, patience);
      this.#failures = 0;
      this.#restsUntil = undefined;
      return value;
    } catch (error) {
      if (isFailure(patience.signal)) this.#fail(isTrial);
      throw error;
    } finally {
      this.running -= 1;
      if (isTrial) this.#isTried = false;
    }
  }

  #fail(isTrial: boolean): void {
    this.#failures += 1;
    const isIll = this.#restsUntil !== undefined;
    // What began before it was found ill tells nothing new.
    if (isIll ? !isTrial : this.#failures < this.#options.failuresInARow) return;
    this.#restsUntil = performance.now() + this.#options.restMs;
  }
}

/** What rejects because its client has gone says nothing about the replica; to be late does. */
function isFailure(signal: AbortSignal): boolean {
  return !signal.aborted || signal.reason?.name === "TimeoutError";
}
