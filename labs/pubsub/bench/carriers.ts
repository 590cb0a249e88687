import type { Strategy, Workload } from "@pattern-labs/bench";
import type { Lab } from "../contract.ts";
import { openNats } from "./nats-server.ts";

const TOPIC = "orders.eu.created";
const OPERATIONS = 2_000;
/** So many are under way before the publisher waits for their reader. */
const BATCH = 100;
const PAYLOAD = { text: "x".repeat(100) };
const FLOOR = "NATS client, a callback";

interface Carrier extends AsyncDisposable {
  /** Publishes so many, and resolves when its reader has them. */
  carry(count: number): Promise<unknown>;
}

/** What it costs to leave the process: from a publisher to a reader, both here, through a server beside them. */
export function carriers(): Workload {
  return {
    title: "carry a message to one who reads, through a server on this machine",
    operations: OPERATIONS,
    floor: FLOOR,
    strategies: [
      strategy(FLOOR, openClient, { ours: false }),
      strategy("NatsBroker", openNatsBroker, { ours: true }),
      strategy("JetStreamBroker", openJetStream, { ours: true }),
      strategy("answer", openAnswer, { answer: true, ours: true }),
    ],
    check: (carried) => (carried === OPERATIONS ? undefined : `${carried} were carried, not ${OPERATIONS}`),
  };
}

function strategy(name: string, open: () => Promise<Carrier>, more: Partial<Strategy>): Strategy {
  return {
    name,
    ...more,
    async prepare() {
      const carrier = await open();
      return {
        async run() {
          for (let done = 0; done < OPERATIONS; done += BATCH) await carrier.carry(BATCH);
          return OPERATIONS;
        },
        [Symbol.asyncDispose]: () => carrier[Symbol.asyncDispose](),
      };
    },
  };
}

/** Lets somebody wait for the last of those that were published. */
class Arrivals {
  #wanted = 0;
  #arrived = 0;
  #reach = () => {};

  expect(count: number): Promise<void> {
    this.#wanted += count;
    return new Promise((resolve) => {
      this.#reach = resolve;
    });
  }

  add(): void {
    this.#arrived += 1;
    if (this.#arrived === this.#wanted) this.#reach();
  }
}

async function openClient(): Promise<Carrier> {
  const { connect } = await import("@nats-io/transport-node");
  const server = await openNats();
  const connection = await connect({ servers: server.url });
  const arrivals = new Arrivals();
  connection.subscribe(TOPIC, {
    callback: (_, message) => {
      message.json();
      arrivals.add();
    },
  });
  return {
    carry(count) {
      const all = arrivals.expect(count);
      for (let n = 0; n < count; n += 1) connection.publish(TOPIC, JSON.stringify(PAYLOAD));
      return all;
    },
    async [Symbol.asyncDispose]() {
      await connection.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function openNatsBroker(): Promise<Carrier> {
  const { NatsBroker } = await import("../engines/nats.ts");
  const server = await openNats();
  const broker = await NatsBroker.connect({ url: server.url, onError: fail });
  const arrivals = new Arrivals();
  const reading = readAll(broker.subscribe(TOPIC), arrivals);
  return {
    carry(count) {
      const all = arrivals.expect(count);
      for (let n = 0; n < count; n += 1) broker.publish(TOPIC, PAYLOAD);
      return all;
    },
    async [Symbol.asyncDispose]() {
      await broker[Symbol.asyncDispose]();
      await reading;
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Each is on the server's disk before it is carried on, and acknowledged by its reader. */
async function openJetStream(): Promise<Carrier> {
  const { JetStreamBroker } = await import("../engines/jetstream.ts");
  const server = await openNats();
  const broker = await JetStreamBroker.open({
    url: server.url,
    name: "bench",
    history: 1_000,
    onError: fail,
  });
  const arrivals = new Arrivals();
  const stop = new AbortController();
  const reading = (async () => {
    for await (const { ack } of broker.subscribe(">", {
      id: "reader",
      from: { sequence: 1 },
      signal: stop.signal,
    })) {
      void ack();
      arrivals.add();
    }
  })().catch(() => {}); // The abort.
  return {
    carry(count) {
      const all = arrivals.expect(count);
      return Promise.all([all, ...Array.from({ length: count }, () => broker.publish(TOPIC, PAYLOAD))]);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await reading;
      await broker[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function openAnswer(): Promise<Carrier> {
  const { createBroker }: Lab = await import("#lab");
  const broker = createBroker();
  const arrivals = new Arrivals();
  const subscription = broker.subscribe(TOPIC);
  const reading = readAll(subscription, arrivals);
  return {
    carry(count) {
      const all = arrivals.expect(count);
      for (let n = 0; n < count; n += 1) broker.publish(TOPIC, PAYLOAD);
      return all;
    },
    async [Symbol.asyncDispose]() {
      subscription[Symbol.dispose]();
      await reading;
    },
  };
}

async function readAll(messages: AsyncIterable<unknown>, arrivals: Arrivals): Promise<void> {
  for await (const _ of messages) arrivals.add();
}

const fail = (error: Error) => {
  throw error;
};
