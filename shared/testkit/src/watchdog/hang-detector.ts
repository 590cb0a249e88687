/** Decides whether a process hangs, from what two counters show now and then. */
export class HangDetector {
  readonly #limitMs: () => number;
  #heartbeats = -1;
  #cpuMsThen = 0;

  constructor(limitMs: () => number) {
    this.#limitMs = limitMs;
  }

  /**
   * Whether the process has burnt `limitMs` of CPU time since its event loop was last seen to turn. One that waits,
   * be it for hours, burns none, and is never taken for hung.
   */
  isHung(heartbeats: number, cpuMs: number): boolean {
    if (heartbeats !== this.#heartbeats) {
      this.#heartbeats = heartbeats;
      this.#cpuMsThen = cpuMs;
    }
    return cpuMs - this.#cpuMsThen >= this.#limitMs();
  }
}
