import { Mutex } from "@pattern-labs/primitives/mutex";

/**
 * Computations that may take long, one at a time, and between two of them everybody else has a turn: timers, files, and
 * Ctrl-C. What several files have delivered at the same moment would otherwise be computed in one go.
 */
export class Turns {
  readonly #mutex = new Mutex();

  /** Waits for its turn, which lasts until what it gives is disposed of. @throws The signal's reason. */
  async next(signal: AbortSignal): Promise<Disposable> {
    const turn = await this.#mutex.lock({ signal });
    await new Promise((resolve) => setImmediate(resolve)); // A microtask would be no turn for others.
    if (!signal.aborted) return turn;
    turn[Symbol.dispose]();
    throw signal.reason;
  }
}
