import { setImmediate as nextTurn } from "node:timers/promises";
import { PriorityQueue } from "@pattern-labs/primitives/priority-queue";
import type { Clock } from "../given/sink.ts";

interface Alarm {
  readonly at: number;
  readonly ring: () => void;
}

/**
 * Time that passes only when nothing else is left to do: what happens in it is the same on every machine, and takes as
 * long as computing it does.
 */
export class SimulatedClock implements Clock {
  #now = 0;
  readonly #alarms = new PriorityQueue<Alarm>();

  readonly now = (): number => this.#now;

  readonly sleep = (ms: number): Promise<void> =>
    new Promise((ring) => {
      const at = this.#now + Math.max(0, ms);
      this.#alarms.push({ at, ring }, at);
    });

  /** Runs `body`, and lets time pass until it has ended. */
  async run<R>(body: () => Promise<R>): Promise<R> {
    let isRunning = true;
    const running = body().finally(() => {
      isRunning = false;
    });
    for (;;) {
      await nextTurn(); // All that can be done at this instant has been done by then.
      if (!isRunning) return await running;
      const alarm = this.#alarms.pop();
      if (alarm === undefined) throw new Error("Everything waits, and no timer is left");
      this.#now = alarm.at;
      alarm.ring();
    }
  }
}
