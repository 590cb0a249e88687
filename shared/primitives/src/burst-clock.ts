/**
 * The time since some fixed moment, for code that asks for it very often: reading the real clock costs more than a look
 * into a `Map`, so in a burst of readings it is read only once in sixteen. Elsewhere prefer `performance.now()`.
 *
 * - It is monotone, and is never set back or put forward as `Date.now()` is.
 * - Slack: it may stand still for up to fifteen readings, and only within one synchronous stretch of code, in which no
 *   event can arrive. After an `await`, in the next callback, it is right again.
 * - A clock that stands still while it is read over and over is a simulated one, and may jump at any moment: it is read
 *   each time. So tests that put the clock forward, be it without an `await`, see every jump.
 * - It leaves no timer and no immediate behind: the burst ends in a microtask.
 *
 * @example
 * ```ts
 * const clock = new BurstClock();
 * const start = clock.now();
 * await sleep(5);
 * assert.ok(clock.now() - start > 4);
 * ```
 */
export class BurstClock {
  #nowMs = -Infinity;
  #spare = 0; // How many readings may still be answered without looking. Invariant: zero once the stretch has ended.
  #quick = 0; // How many readings in a row came shortly after the one before.
  #endIsNear = false;
  readonly #endBurst = (): void => {
    if (burst - this.#spare < worthwhile) this.#quick = 0;
    this.#spare = 0;
    this.#endIsNear = false;
  };

  /** Milliseconds. */
  now(): number {
    if (this.#spare > 0) {
      this.#spare -= 1;
      return this.#nowMs;
    }
    return this.#read();
  }

  #read(): number {
    const nowMs = performance.now();
    const sinceMs = nowMs - this.#nowMs;
    this.#nowMs = nowMs;
    if (sinceMs > 0 && sinceMs < quickMs) this.#quick += 1;
    else this.#quick = 0;
    if (this.#quick >= burst) this.#beginBurst();
    return nowMs;
  }

  #beginBurst(): void {
    this.#spare = burst - 1;
    if (this.#endIsNear) return;
    this.#endIsNear = true;
    void settled.then(this.#endBurst); // Half the price of `queueMicrotask`, which keeps track of who called.
  }
}

const burst = 16;
const quickMs = 0.01;
/** How many readings a stretch must have: with fewer, its end costs more than they save, so it begins as none. */
const worthwhile = 3;
const settled = Promise.resolve();
