import type { Broker, BrokerOptions, Consumer, ConsumerOptions, Lab } from "../contract.ts";
import { MemoryBroker } from "./broker.ts";
import { AckingConsumer } from "./challenges/consumer.ts";

export { matches } from "./topics.ts";

export function createBroker(options: BrokerOptions = {}): Broker {
  return new MemoryBroker(options);
}

export function createConsumer(broker: Broker, pattern: string, options: ConsumerOptions = {}): Consumer {
  return new AckingConsumer(broker, pattern, options);
}

export const attempted: Lab["attempted"] = ["trie", "replay", "acks", "groups", "health"];
