import { type Parked, WaitGraph } from "./awaits.ts";
import { Guard } from "./guard.ts";
import { pendingPromises, promiseSpotter } from "./promises.ts";

/** An async function that is parked at an `await` right now. */
export interface ParkedAwait {
  /** The function, "" for one without a name. */
  readonly name: string;
  /** The `await`, as "take (solution/index.ts:31:7)". */
  readonly where: string;
  /** Where the function was called; undefined if that cannot be told. */
  readonly started: string | undefined;
  /** How many of the others it waits for, directly or through them. 0: it is among the innermost. */
  readonly waitsFor: number;
  /** What `tag` gave when it came to this `await`. */
  readonly tag: unknown;
}

export interface AwaitTracker<T> extends Disposable {
  readonly result: T;
  /** Who is parked where, innermost first. Call it while everything still hangs where it is. */
  pending(): readonly ParkedAwait[];
  /** Stops watching; the same as disposing it. Twice is harmless. */
  stop(): void;
}

/**
 * Watches which async functions `body`, and all that it sets going, are parked at an `await`.
 *
 * @param tag Is called at each promise that is made, and comes back with what is parked there: who it was, say.
 *
 * @example
 * ```ts
 * using tracker = trackAwaits(() => scenario());
 * await comeToAHalt();
 * for (const { where } of tracker.pending()) console.log(`parked in ${where}`);
 * ```
 */
export function trackAwaits<T>(body: () => T, { tag }: { tag?: () => unknown } = {}): AwaitTracker<T> {
  const guard = new Guard({ tag });
  const hooks = promiseSpotter.use();
  let isWatching = true;
  const stop = () => {
    if (isWatching) hooks[Symbol.dispose]();
    guard.isOpen = false;
    isWatching = false;
  };
  try {
    const result = guard.run(body);
    const pending = () => new WaitGraph(pendingPromises(guard)).parked().map(toParkedAwait);
    return { result, pending, stop, [Symbol.dispose]: stop };
  } catch (error) {
    stop();
    throw error;
  }
}

function toParkedAwait({ record, name, started, waitsFor }: Parked): ParkedAwait {
  return { name, where: record.site.places[0] ?? "", started, waitsFor: waitsFor.length, tag: record.tag };
}
