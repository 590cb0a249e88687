import { turn } from "./real.ts";
import { currentActor } from "./simulation.ts";

/**
 * Tells whether `promise` is still unsettled once every queued microtask has run. It never waits on a clock, and for
 * what hangs on timers or I/O it answers yes.
 */
export async function isPending(promise: PromiseLike<unknown>): Promise<boolean> {
  let pending = true;
  const settle = () => {
    pending = false;
  };
  promise.then(settle, settle);
  await (currentActor()?.world.rest() ?? turn());
  return pending;
}
