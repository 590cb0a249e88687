import type { BatchesOptions, Stage } from "../../contract.ts";
import { checkCount, checkDuration } from "../checks.ts";
import { type Arrival, TimedReader } from "./timed-reader.ts";

export function batches<T>({ size, maxAgeMs }: BatchesOptions): Stage<T, readonly T[]> {
  checkCount("size", size, 1);
  checkDuration("maxAgeMs", maxAgeMs, 0);
  return async function* gather(input, { signal }) {
    const reader = new TimedReader(input, signal);
    try {
      for (;;) {
        const first = await reader.next();
        if (first.step.done) return;
        const batch = [first.step.value];
        let next: Arrival<T> | undefined;
        while (batch.length < size) {
          next = await reader.nextBefore(first.at + maxAgeMs);
          if (next === undefined || next.step.done) break;
          batch.push(next.step.value);
        }
        yield batch;
        if (next?.step.done) return;
        signal.throwIfAborted();
      }
    } finally {
      await reader.close();
    }
  };
}
