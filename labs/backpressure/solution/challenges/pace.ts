import { sleep } from "@pattern-labs/primitives/sleep";
import type { PaceOptions } from "../../contract.ts";
import { checkPositive } from "../options.ts";

export function pace<T>(events: AsyncIterable<T>, { perSecond, signal }: PaceOptions): AsyncIterable<T> {
  const intervalMs = 1000 / checkPositive("pace", "perSecond", perSecond);
  return paced(events, intervalMs, signal);
}

/**
 * One event at each point of a grid in time. The grid never moves, so a timer that is late makes nothing drift. A point
 * that went by unused is gone, so nothing is made up for in a burst. This is what `time.Ticker` does in Go.
 */
async function* paced<T>(
  events: AsyncIterable<T>,
  intervalMs: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  const source = events[Symbol.asyncIterator]();
  const beganAt = performance.now();
  let point = 0;
  try {
    for (;;) {
      await until(beganAt + point * intervalMs, signal);
      const next = await source.next(); // Only now: what is not yet due stays with the source.
      if (next.done === true) return;
      const passed = Math.floor((performance.now() - beganAt) / intervalMs);
      point = Math.max(point, passed) + 1;
      yield next.value;
    }
  } finally {
    await source.return?.();
  }
}

/** Timers count whole milliseconds, and may fire a fraction early by this clock: so it looks again. */
async function until(dueAt: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  for (let leftMs = dueAt - performance.now(); leftMs > 0; leftMs = dueAt - performance.now()) {
    await sleep(Math.ceil(leftMs), { signal });
  }
}
