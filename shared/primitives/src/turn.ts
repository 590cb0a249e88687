/**
 * Lets the event loop turn now and then, where work that is always at hand would keep timers and I/O waiting for ever.
 * `Channel` has one of its own. In a loop of yours that computes for long, prefer `await sleep(0)` every few milliseconds.
 *
 * - Each step is counted, and the clock is looked at once in 64 of them: looking costs as much as a step.
 * - Only a burst of more than 8 ms is interrupted. Under a simulated clock, which stands still while code runs, none is.
 *
 * @example
 * ```ts
 * const turn = new Turn();
 * let fired = false;
 * setTimeout(() => {
 *   fired = true;
 * }, 1);
 * while (!fired) {
 *   turn.step();
 *   await turn.pending; // without this the timer would never fire
 * }
 * ```
 */
export class Turn {
  #stepsUntilLook = stepsPerLook;
  #turnedAt = performance.now();
  #pending: Promise<void> | undefined = undefined;

  /** What to wait for before going on, or `undefined` if there is no need. */
  get pending(): Promise<void> | undefined {
    return this.#pending;
  }

  /** Counts one step of work, and finds out now and then whether a turn is due. */
  step(): void {
    this.#stepsUntilLook -= 1;
    if (this.#stepsUntilLook === 0) this.#look();
  }

  #look(): void {
    this.#stepsUntilLook = stepsPerLook;
    if (this.#pending !== undefined) return;
    const now = performance.now();
    if (now - this.#turnedAt <= longestBurstMs) return;
    this.#turnedAt = now;
    this.#pending = eventLoopTurn().then(() => {
      this.#pending = undefined;
    });
  }
}

const longestBurstMs = 8;
const stepsPerLook = 64;

/** Resolves when timers that are due have fired, and I/O that is ready has been told. */
function eventLoopTurn(): Promise<void> {
  // Browsers have no setImmediate; their setTimeout is slower, and rare enough here.
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}
