import type { Run, Strategy, Workload } from "@pattern-labs/bench";
import type { Lab } from "../contract.ts";
import { loadMitt } from "./load-mitt.ts";

const TOPIC = "orders.eu.created";
/** Those who read asynchronously catch up after so many, as they would between two requests. */
const BATCH = 100;
const FLOOR = "Map and a loop";

type Publish = (value: number) => unknown;
/** Lets each of `take` have every message. Gives what publishes one, and what ends it all. */
type Wire = (take: readonly ((value: number) => void)[]) => Promise<Publish> | Publish;

/** Every subscriber gets every message, and adds it up. */
export function readers(subscribers: number): Workload {
  const operations = Math.max(2_000, Math.min(100_000, 2_000_000 / subscribers));
  const strategy = (name: string, wire: Wire, more: Partial<Strategy> = {}): Strategy => ({
    name,
    ours: false,
    ...more,
    prepare: () => run(wire, subscribers, operations),
  });
  return {
    title: `publish to ${subscribers.toLocaleString("en")} who read`,
    operations,
    floor: FLOOR,
    strategies: [
      strategy("answer", throughBroker, { answer: true, ours: true }),
      strategy("node:events, on()", throughOn),
      strategy("emittery", throughEmittery),
      strategy(FLOOR, throughMap, { ours: true }),
      strategy("node:events", throughNode),
      strategy("eventemitter3", throughEventemitter3),
      strategy("mitt", throughMitt),
    ],
    targets: [
      { strategy: "answer", against: "node:events, on()", atMost: 1, note: UNBOUNDED },
      { strategy: "answer", against: "emittery", atMost: 1 },
      subscribers === 1
        ? { strategy: "answer", against: FLOOR, atMost: 1.3, note: CALLBACKS }
        : { strategy: "answer", against: "node:events", atMost: 1 / 1.6, note: CALLBACKS },
    ],
    check: (sum) => (sum === operations * subscribers ? undefined : `${sum} deliveries`),
  };
}

const UNBOUNDED =
  "on() has no bound, no policy, no gap, no number and no time. A message of ours is an object that is made, and checked against a limit; with many readers, whose turns are the most of it, that is made up for.";
const CALLBACKS =
  "These call functions within publish: nothing is buffered, bounded or numbered, and who is slow makes all wait. A message that is read by a loop costs a promise and a turn for each reader. For the routing alone see the bench of topic-tree.";

async function run(wire: Wire, subscribers: number, operations: number): Promise<Run> {
  let sum = 0;
  let wanted = 0;
  let caughtUp: (() => void) | undefined;
  const take = (value: number) => {
    sum += value;
    if (sum === wanted) caughtUp?.();
  };
  const publish = await wire(Array.from({ length: subscribers }, () => take));
  return async () => {
    sum = 0;
    for (let done = 0; done < operations; done += BATCH) {
      wanted = (done + BATCH) * subscribers;
      for (let n = 0; n < BATCH; n += 1) publish(1);
      if (sum !== wanted) {
        await new Promise<void>((resolve) => {
          caughtUp = resolve;
        });
      }
    }
    return sum;
  };
}

const throughBroker: Wire = async (takers) => {
  const { createBroker }: Lab = await import("#lab");
  const broker = createBroker();
  for (const take of takers) {
    const subscription = broker.subscribe(TOPIC, { bufferLimit: BATCH });
    void (async () => {
      for await (const { payload } of subscription) take(payload as number);
    })();
  }
  return (value) => broker.publish(TOPIC, value);
};

/** Without a bound. */
const throughOn: Wire = async (takers) => {
  const { EventEmitter, on } = await import("node:events");
  const emitter = new EventEmitter().setMaxListeners(0);
  for (const take of takers) {
    const events = on(emitter, TOPIC);
    void (async () => {
      for await (const [value] of events) take(value);
    })();
  }
  return (value) => emitter.emit(TOPIC, value);
};

const throughEmittery: Wire = async (takers) => {
  const { default: Emittery } = await import("emittery");
  const emitter = new Emittery<Record<string, number>>();
  // One function is one listener there.
  for (const take of takers) emitter.on(TOPIC, ({ data }) => take(data));
  return (value) => void emitter.emit(TOPIC, value);
};

const throughMap: Wire = (takers) => {
  const map = new Map([[TOPIC, takers]]);
  return (value) => {
    for (const take of map.get(TOPIC) ?? []) take(value);
  };
};

const throughNode: Wire = async (takers) => {
  const { EventEmitter } = await import("node:events");
  const emitter = new EventEmitter().setMaxListeners(0);
  for (const take of takers) emitter.on(TOPIC, take);
  return (value) => emitter.emit(TOPIC, value);
};

const throughEventemitter3: Wire = async (takers) => {
  const { EventEmitter } = await import("eventemitter3");
  const emitter = new EventEmitter();
  for (const take of takers) emitter.on(TOPIC, take);
  return (value) => emitter.emit(TOPIC, value);
};

const throughMitt: Wire = async (takers) => {
  const mitt = await loadMitt();
  const emitter = mitt<Record<string, number>>();
  for (const take of takers) emitter.on(TOPIC, take);
  return (value) => emitter.emit(TOPIC, value);
};
