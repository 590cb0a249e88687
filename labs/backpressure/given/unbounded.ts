import type { Counts, EventBuffer } from "../contract.ts";

/**
 * The obvious one: an array that takes whatever comes. It never makes anybody wait, never drops, never refuses, and so
 * it is full of events that nobody waits for any more.
 */
export function createUnbounded<T>(): EventBuffer<T> {
  const events: T[] = [];
  const idle: (() => void)[] = [];
  let offered = 0;
  let closed = false;
  return {
    async offer(event) {
      offered += 1;
      events.push(event);
      idle.shift()?.();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        if (events.length > 0) yield events.shift() as T;
        else if (closed) return;
        else await new Promise<void>((resolve) => idle.push(resolve));
      }
    },
    close() {
      closed = true;
      for (const wake of idle.splice(0)) wake();
    },
    counts: (): Counts => ({
      offered,
      delivered: offered - events.length,
      dropped: 0,
      refused: 0,
      cancelled: 0,
      buffered: events.length,
      waiting: 0,
    }),
  };
}
