import { sleep } from "@pattern-labs/primitives/sleep";
import { Source } from "@pattern-labs/primitives/source";
import type { PaceOptions } from "../../contract.ts";
import { checkPositive } from "./checks.ts";

/**
 * Time is cut into turns of 1 / `perSecond`, counted from the first event, and at most one event is passed on in each. So
 * nothing drifts, and what was missed is gone: an event that comes late in its turn may be followed by one at the
 * beginning of the next, and that is the largest burst. Timers count whole milliseconds, so that beyond some 1,000 a
 * second turns are missed.
 */
export function pace<T>(events: AsyncIterable<T>, options: PaceOptions): AsyncIterable<T> {
  checkPositive("perSecond", options.perSecond);
  return { [Symbol.asyncIterator]: () => passOn(events, options) };
}

async function* passOn<T>(
  events: AsyncIterable<T>,
  { perSecond, signal }: PaceOptions,
): AsyncGenerator<T, void, void> {
  const source = new Source(events);
  const turnMs = 1_000 / perSecond;
  let began: number | undefined; // When the first event was passed on: the beginning of turn 0.
  let lastTurn = 0;
  try {
    for (;;) {
      try {
        signal?.throwIfAborted();
        if (began !== undefined) await until(began + (lastTurn + 1) * turnMs, signal);
      } catch (reason) {
        source.abandon(); // Nobody waits for a source that may be stuck.
        throw reason;
      }
      const { done, value } = await source.next();
      if (done) return;
      const now = performance.now();
      if (began === undefined) began = now;
      else lastTurn = Math.max(lastTurn + 1, Math.floor((now - began) / turnMs));
      yield value as T;
    }
  } finally {
    await source.close();
  }
}

/** Never earlier, by `performance.now`: a timer may fire a fraction of a millisecond too soon. */
async function until(dueAt: number, signal: AbortSignal | undefined): Promise<void> {
  for (let ms = dueAt - performance.now(); ms > 0; ms = dueAt - performance.now()) {
    await sleep(Math.ceil(ms), { signal });
  }
}
