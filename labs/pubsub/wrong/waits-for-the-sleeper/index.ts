import type { Broker, Message, MessageLoop } from "../../contract.ts";
import { matches } from "../../solution/index.ts";

export { matches };

interface Subscriber {
  readonly pattern: string;
  readonly limit: number;
  readonly buffer: Message[];
  /** Wakes the `next` that waits, and the publisher that waits for room. */
  readonly changed: Set<() => void>;
}

/** Nobody misses anything, as everybody waits for the slowest: with one that sleeps nobody gets anything any more. */
export function createBroker(): Broker {
  const subscribers = new Set<Subscriber>();
  let sequence = 0;
  let last: Promise<void> = Promise.resolve();
  return {
    publish(topic, payload) {
      sequence += 1;
      const message = { topic, payload, timestamp: Date.now(), sequence, missed: 0 };
      const chosen = [...subscribers].filter(({ pattern }) => matches(pattern, topic));
      last = last.then(async () => {
        for (const one of chosen) {
          while (one.buffer.length >= one.limit) await change(one);
          one.buffer.push(message);
          announce(one);
        }
      });
      return { delivered: chosen.length, dropped: 0 };
    },
    subscribe(pattern, { id = crypto.randomUUID(), bufferLimit: limit = 1_024 } = {}) {
      const one: Subscriber = { pattern, limit, buffer: [], changed: new Set() };
      subscribers.add(one);
      const leave = () => void subscribers.delete(one);
      return {
        id,
        missed: 0,
        [Symbol.dispose]: leave,
        [Symbol.asyncIterator]: () => loopOver(one, leave),
      };
    },
    get subscriptions() {
      return subscribers.size;
    },
  };
}

function loopOver(one: Subscriber, leave: () => void): MessageLoop {
  return {
    async next() {
      while (one.buffer.length === 0) await change(one);
      const value = one.buffer.shift() as Message;
      announce(one);
      return { done: false, value };
    },
    async return() {
      leave();
      return { done: true, value: undefined };
    },
  };
}

const change = ({ changed }: Subscriber) => new Promise<void>((wake) => changed.add(wake));

function announce({ changed }: Subscriber): void {
  for (const wake of changed) wake();
  changed.clear();
}
