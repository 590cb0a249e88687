import type { InFlight } from "./define-bench.ts";

/** For measured rounds: it counts nothing and costs nothing. */
export const noGauge: InFlight = { enter() {}, leave() {} };

/** Counts what is under way, and remembers the most that there was at once. */
export class Gauge implements InFlight {
  #now = 0;
  #peak = 0;
  #entered = 0;
  readonly #onEnter: (entered: number) => void;

  constructor(onEnter: (entered: number) => void = () => {}) {
    this.#onEnter = onEnter;
  }

  enter(): void {
    this.#now += 1;
    this.#entered += 1;
    if (this.#now > this.#peak) this.#peak = this.#now;
    this.#onEnter(this.#entered);
  }

  leave(): void {
    this.#now -= 1;
  }

  /** Undefined if nothing ever entered: then nothing was counted. */
  get peak(): number | undefined {
    return this.#entered === 0 ? undefined : this.#peak;
  }
}
