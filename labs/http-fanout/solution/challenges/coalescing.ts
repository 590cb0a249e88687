import { Singleflight } from "@pattern-labs/primitives/singleflight";
import type { Call, CoalescingOptions } from "../../contract.ts";
import { checkDurations } from "../../given/check-options.ts";
import { Patience } from "../deadline.ts";

/** One call for all who ask a service at the same time. */
export function coalesce(call: Call, { callTimeoutMs }: CoalescingOptions): Call {
  checkDurations("coalesce call", { callTimeoutMs });
  const flights = new Singleflight<string, unknown>();
  /** Those that a newcomer would join, and those that nobody waits for any more but that still run. */
  const underWay = new Map<string, Shared>();

  /** With neither signal nor deadline of who came first: the others may stay longer. */
  async function ask(service: string, nobodyWaits: AbortSignal): Promise<unknown> {
    const deadline = performance.now() + callTimeoutMs;
    // Nobody joins what is told to stop.
    using patience = new Patience(deadline, nobodyWaits, () => flights.forget(service));
    return await call(service, patience);
  }

  function begin(service: string, nobodyWaits: AbortSignal): Promise<unknown> {
    const answer = ask(service, nobodyWaits);
    const shared = { nobodyWaits, ended: answer.then(nothing, nothing) };
    underWay.set(service, shared);
    void shared.ended.then(() => {
      if (underWay.get(service) === shared) underWay.delete(service);
    });
    return answer;
  }

  return async (service, { signal }) => {
    signal.throwIfAborted();
    const answer = flights.run(service, (all) => begin(service, all.signal), { signal });
    const shared = underWay.get(service);
    try {
      return await answer;
    } catch (error) {
      // The last to leave stays until the call has ended, so that somebody holds a permit for it.
      if (shared?.nobodyWaits.aborted) await shared.ended;
      throw error;
    }
  };
}

interface Shared {
  readonly nobodyWaits: AbortSignal;
  /** Never rejects. */
  readonly ended: Promise<void>;
}

function nothing(): void {}
