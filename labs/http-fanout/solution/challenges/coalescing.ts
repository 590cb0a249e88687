import { onAbort } from "@pattern-labs/primitives/abort";
import { Singleflight } from "@pattern-labs/primitives/singleflight";
import type { Call, CoalescingOptions } from "../../contract.ts";
import { checkDurations } from "../../given/check-options.ts";
import { runUntil } from "../deadline.ts";

/** One call for all who ask a service at the same time. */
export function coalesce(call: Call, { callTimeoutMs }: CoalescingOptions): Call {
  checkDurations("coalesce call", { callTimeoutMs });
  const flights = new Singleflight<string, unknown>();
  /** Those that a newcomer would join, and those that nobody waits for any more but that still run. */
  const underWay = new Map<string, Shared>();

  function begin(service: string, nobodyWaits: AbortSignal): Promise<unknown> {
    // Neither signal nor deadline of who asked first: the others may stay longer.
    const answer = runUntil(performance.now() + callTimeoutMs, nobodyWaits, (shared) => {
      onAbort(shared.signal, () => flights.forget(service)); // Nobody joins what is told to stop.
      return call(service, shared);
    });
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
