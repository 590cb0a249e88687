import type { Settings } from "./options.ts";

/**
 * How long to wait after the `failures`-th failure: anything up to a bound that doubles each time. Full jitter: when a
 * site falls over, all its clients fail at the same moment, and without chance they would all come back at the same
 * moment, too. After Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog (2015).
 */
export function backoffMs(failures: number, { baseDelayMs, maxDelayMs, random }: Settings): number {
  return random() * Math.min(maxDelayMs, baseDelayMs * 2 ** (failures - 1));
}
