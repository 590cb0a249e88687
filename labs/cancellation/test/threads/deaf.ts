import { announce, BEGUN, type Shared, STEPS } from "./shared.ts";

/** Never asks whether it is cancelled. */
export default function compute(shared: Shared): never {
  announce(shared, BEGUN);
  for (;;) Atomics.add(shared, STEPS, 1);
}
