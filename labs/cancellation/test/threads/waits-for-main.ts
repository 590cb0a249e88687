import { announce, BEGUN, GO, type Shared } from "./shared.ts";

/** Holds its thread until the main thread says go: which that can only do if it is free. */
export default function compute({ shared, numbers }: { shared: Shared; numbers: number[] }): number {
  announce(shared, BEGUN);
  Atomics.wait(shared, GO, 0);
  return numbers.reduce((sum, number) => sum + number, 0);
}
