import { announce, BEGUN, ENDED, type Shared, STEPS } from "./shared.ts";

/** Computes until nobody wants the result any more. */
export default function compute(shared: Shared, isCancelled: () => boolean): string {
  announce(shared, BEGUN);
  while (!isCancelled()) Atomics.add(shared, STEPS, 1);
  announce(shared, ENDED);
  return "too late";
}
