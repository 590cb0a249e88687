/**
 * Waits for a time, or until it is rung. Of several who might ring, and of several rings, none is counted: whoever waits
 * looks afterwards for what there is to do.
 *
 * @example
 * ```ts
 * while (!isOver) {
 *   bell.reset(); // before you look, so that what comes while you look is not slept through
 *   await doWhatThereIs();
 *   await bell.wait(1_000);
 * }
 * ```
 */
export class Bell {
  #rung = Promise.withResolvers<void>();

  ring(): void {
    this.#rung.resolve();
  }

  /** Forgets that it was rung. */
  reset(): void {
    this.#rung = Promise.withResolvers<void>();
  }

  /** Resolves after so many ms, or when it is rung; at once if it was rung since the last `reset`. Leaves no timer. */
  async wait(ms: number): Promise<void> {
    const timer = setTimeout(this.#rung.resolve, ms);
    await this.#rung.promise;
    clearTimeout(timer);
  }
}
