import type { Strategy, Workload } from "@pattern-labs/bench";
import type { Lab, WhenFull } from "../contract.ts";

const TOPIC = "orders.eu.created";
const LIMIT = 100;
const FLOOR = "Map and bare rings";

/** Nobody reads, and every buffer is full: what `publish` itself costs, and what a sleeper costs the others. */
export function sleepers(subscribers: number, whenFull: WhenFull): Workload {
  const operations = Math.max(2_000, Math.min(500_000, 2_000_000 / subscribers));
  const strategies: readonly Strategy[] = [
    {
      name: "answer",
      answer: true,
      async prepare() {
        const { createBroker }: Lab = await import("#lab");
        const broker = createBroker();
        for (let n = 0; n < subscribers; n += 1) broker.subscribe(TOPIC, { bufferLimit: LIMIT, whenFull });
        for (let n = 0; n < LIMIT; n += 1) broker.publish(TOPIC, n);
        return () => {
          let dropped = 0;
          for (let n = 0; n < operations; n += 1) dropped += broker.publish(TOPIC, n).dropped;
          return dropped;
        };
      },
    },
    {
      name: FLOOR,
      prepare: () => {
        const map = new Map([[TOPIC, Array.from({ length: subscribers }, () => new BareRing())]]);
        let sequence = 0;
        return () => {
          let dropped = 0;
          for (let n = 0; n < operations; n += 1) {
            sequence += 1;
            const message = { topic: TOPIC, payload: n, timestamp: Date.now(), sequence, missed: 0 };
            for (const ring of map.get(TOPIC) ?? []) dropped += ring.put(message);
          }
          return dropped;
        };
      },
    },
  ];
  return {
    title: `publish to ${subscribers.toLocaleString("en")} who sleep, buffers of ${LIMIT} full, ${whenFull}`,
    operations,
    floor: FLOOR,
    strategies,
    targets: [{ strategy: "answer", against: FLOOR, atMost: 3, note: GAPS }],
    check: (dropped) =>
      dropped === operations * subscribers ? undefined : `${dropped} were counted as dropped`,
  };
}

const GAPS =
  "The bare rings check no topic, count no gap for each subscriber and match no pattern; with one subscriber these are most of the work.";

/** As little as overwriting the oldest can cost. */
class BareRing {
  readonly #slots: unknown[] = Array(LIMIT).fill(undefined);
  #next = 0;

  put(value: unknown): number {
    this.#slots[this.#next] = value;
    this.#next = this.#next === LIMIT - 1 ? 0 : this.#next + 1;
    return 1;
  }
}
