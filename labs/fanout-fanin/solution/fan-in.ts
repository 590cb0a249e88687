import { Channel } from "@pattern-labs/primitives/channel";
import { createGroup } from "./group.ts";

/** Puts a value into the stream, and waits until it has been taken. */
export type Send<T> = (value: T) => Promise<void>;

/** Sends as long as it has something to send. When `signal` aborts it puts its things away and ends. */
export type Worker<T> = (send: Send<T>, signal: AbortSignal) => Promise<void>;

/**
 * Joins what `workers` send into one stream, which ends when all of them have ended. They begin with the first `next`,
 * and none outlives the stream: an error of one, an abort, and leaving the loop cancel them all and wait.
 */
export function fanIn<T>(
  workers: readonly Worker<T>[],
  signal: AbortSignal | undefined,
): AsyncIterableIterator<T> {
  const leaving = new AbortController();
  const stream = run(workers, signal, leaving);
  return {
    next: () => stream.next(),
    // A generator's own `return` would stand in line behind a `next` that waits, for as long as that does.
    return: () => {
      leaving.abort();
      return stream.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function* run<T>(
  workers: readonly Worker<T>[],
  caller: AbortSignal | undefined,
  leaving: AbortController,
): AsyncGenerator<T, undefined, undefined> {
  caller?.throwIfAborted();
  const values = new Channel<T>(); // Without a buffer: whoever sends goes on when its value has been taken.
  const group = createGroup({
    signal: AbortSignal.any(caller ? [caller, leaving.signal] : [leaving.signal]),
  });
  const begun = workers.map((worker) =>
    group.go((signal) => worker((value) => values.send(value, { signal }), signal)),
  );
  const ended = Promise.allSettled(begun)
    .then(() => group.wait())
    .then(() => values.close());
  ended.catch(() => {}); // It is `values` that tells the consumer, through the group's signal.
  try {
    return yield* values.values({ signal: group.signal });
  } catch (error) {
    if (!leaving.signal.aborted) throw error;
  } finally {
    leaving.abort();
    await ended.catch(() => {});
  }
}
