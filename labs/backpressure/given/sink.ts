import { sleep } from "@pattern-labs/primitives/sleep";

/** What time goes by. */
export interface Clock {
  /** In milliseconds. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

export const realClock: Clock = { now: () => performance.now(), sleep };

/** Takes one event after the other; the promise resolves when it is written. */
export type Write = (event: unknown) => Promise<void>;

/**
 * One connection to a slow store: each event takes `workMs`. It works by waiting, as a connection does, so that many of
 * them take no more of this machine than one.
 *
 * Timers fire late. A connection whose next event is there already makes up for that, and so keeps its rate, even on a
 * machine that is busy with other things.
 */
export function openConnection(workMs: number, { now, sleep }: Clock = realClock): Write {
  let dueAt = Number.NEGATIVE_INFINITY;
  let freeAt = Number.NEGATIVE_INFINITY;
  return async () => {
    const asked = now();
    const began = asked - freeAt < 1 ? Math.max(dueAt, asked - workMs) : asked;
    dueAt = began + workMs;
    await sleep(Math.max(0, dueAt - asked));
    freeAt = now();
  };
}
