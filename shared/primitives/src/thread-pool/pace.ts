import { MOST_IN_BATCH } from "./protocol.ts";

/** So much work makes a batch: enough that messages cost little, and little enough that nobody waits long for the rest. */
const BATCH_MS = 2;

/** How long a task takes, as learnt from those that have ended, and so how many are sent at a time. */
export class Pace {
  /** As long as nothing is known they go one by one. */
  #msPerTask = Infinity;

  /** Half of what is believed is what was seen last: so a single long task shrinks it, and a busy machine does little. */
  learn(ms: number): void {
    this.#msPerTask = this.#msPerTask === Infinity ? ms : (this.#msPerTask + ms) / 2;
  }

  get batch(): number {
    return Math.max(1, Math.min(MOST_IN_BATCH, Math.floor(BATCH_MS / this.#msPerTask)));
  }

  /** Then a message takes no time that counts. */
  get tasksAreLong(): boolean {
    return this.#msPerTask > BATCH_MS;
  }
}
