import type { Entry, Level, Stage, Window, WindowsOptions } from "../../contract.ts";
import { checkDuration } from "../checks.ts";
import { TimedReader } from "./timed-reader.ts";

type Counts = Record<Level, number>;

/** Entries are counted in buckets of `everyMs`, and a window is a sum of buckets: nothing is kept of an entry. */
export function windows({ sizeMs, everyMs }: WindowsOptions): Stage<Entry, Window> {
  checkDuration("everyMs", everyMs, 1);
  const width = sizeMs / everyMs;
  if (!Number.isSafeInteger(width) || width < 1) {
    throw new RangeError(`Cannot build the pipeline: sizeMs must be a multiple of everyMs, got ${sizeMs}`);
  }
  return async function* countByLevel(input, { signal }) {
    const reader = new TimedReader(input, signal);
    const begin = performance.now();
    const buckets = new Map<number, Counts>();
    const window = (last: number, toMs: number): Window => ({
      fromMs: (last + 1) * everyMs - sizeMs,
      toMs,
      counts: sum(buckets, last - width + 1, last),
    });
    try {
      for (let bucket = 0; ; bucket += 1) {
        const endMs = (bucket + 1) * everyMs;
        while (performance.now() < begin + endMs) {
          const arrival = await reader.nextBefore(begin + endMs);
          if (arrival === undefined) break;
          if (arrival.step.done) {
            if (buckets.has(bucket)) yield window(bucket, arrival.at - begin);
            return;
          }
          count(buckets, Math.floor((arrival.at - begin) / everyMs), arrival.step.value.level);
        }
        yield window(bucket, endMs);
        buckets.delete(bucket - width + 1);
        signal.throwIfAborted();
      }
    } finally {
      await reader.close();
    }
  };
}

function count(buckets: Map<number, Counts>, bucket: number, level: Level): void {
  const counts = buckets.get(bucket) ?? none();
  counts[level] += 1;
  buckets.set(bucket, counts);
}

function sum(buckets: ReadonlyMap<number, Counts>, first: number, last: number): Counts {
  const total = none();
  for (let bucket = first; bucket <= last; bucket += 1) {
    for (const level of levels) total[level] += buckets.get(bucket)?.[level] ?? 0;
  }
  return total;
}

const levels = ["DEBUG", "INFO", "WARN", "ERROR"] as const;
const none = (): Counts => ({ DEBUG: 0, INFO: 0, WARN: 0, ERROR: 0 });
