import type { Strategy, Workload } from "@pattern-labs/bench";
import type { Lab } from "../contract.ts";
import { loadMitt } from "./load-mitt.ts";

const NUMBER = 10_000;
const FLOOR = "Map of sets";

/** Each with a topic of its own. Heap divided by their number is what one of them holds. */
export function subscriptions(): Workload {
  return {
    title: `${NUMBER.toLocaleString("en")} subscriptions that wait: each, and the heap of all`,
    operations: NUMBER,
    floor: FLOOR,
    strategies: [
      {
        name: "answer",
        answer: true,
        async prepare() {
          const { createBroker }: Lab = await import("#lab");
          return () => {
            const broker = createBroker();
            const all = topics().map((topic) => broker.subscribe(topic));
            return { number: broker.subscriptions, all };
          };
        },
      },
      listening(FLOOR, true, async () => () => {
        const map = new Map<string, Set<() => void>>();
        return (topic, listener) => void map.set(topic, new Set([listener]));
      }),
      listening("node:events", false, async () => {
        const { EventEmitter } = await import("node:events");
        return () => {
          const emitter = new EventEmitter();
          return (topic, listener) => emitter.on(topic, listener);
        };
      }),
      listening("eventemitter3", false, async () => {
        const { EventEmitter } = await import("eventemitter3");
        return () => {
          const emitter = new EventEmitter();
          return (topic, listener) => emitter.on(topic, listener);
        };
      }),
      listening("eventemitter2", false, async () => {
        const { default: emitter2 } = await import("eventemitter2");
        return () => {
          const emitter = new emitter2.EventEmitter2({ wildcard: true, delimiter: "." });
          return (topic, listener) => emitter.on(topic, listener);
        };
      }),
      listening("mitt", false, async () => {
        const mitt = await loadMitt();
        return () => {
          const emitter = mitt<Record<string, number>>();
          return (topic, listener) => emitter.on(topic, listener);
        };
      }),
      listening("emittery", false, async () => {
        const { default: Emittery } = await import("emittery");
        return () => {
          const emitter = new Emittery<Record<string, number>>();
          return (topic, listener) => emitter.on(topic, listener);
        };
      }),
      listening("qlobber", false, async () => {
        const { Qlobber } = await import("qlobber");
        return () => {
          const globber = new Qlobber<() => void>({ separator: ".", wildcard_one: "*", wildcard_some: ">" });
          return (topic, listener) => globber.add(topic, listener);
        };
      }),
    ],
    check: (result) => {
      const { number } = result as { readonly number: number };
      return number === NUMBER ? undefined : `${number} are there`;
    },
  };
}

/** Gives an empty one, into which listeners are put. */
type Load = () => Promise<() => (topic: string, listener: () => void) => unknown>;

function listening(name: string, ours: boolean, load: Load): Strategy {
  return {
    name,
    ours,
    async prepare() {
      const open = await load();
      return () => {
        const add = open();
        let number = 0;
        for (const topic of topics()) {
          add(topic, () => {});
          number += 1;
        }
        return { number, add };
      };
    },
  };
}

const topics = () => Array.from({ length: NUMBER }, (_, n) => `orders.region${n % 100}.customer${n}`);
