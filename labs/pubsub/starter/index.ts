import type { Broker, Lab, SubscribeOptions } from "../contract.ts";
import { checkedOptions } from "../given/options.ts"; // In given/errors.ts: IdTakenError, SlowSubscriberError.

export function matches(_pattern: string, _topic: string): boolean {
  throw new Error("TODO 1.1: matches is yours to write");
}

export function createBroker(): Broker {
  return {
    publish(_topic: string, _payload: unknown) {
      throw new Error("TODO 2.1: publish is yours to write");
    },
    subscribe(_pattern: string, options: SubscribeOptions = {}) {
      checkedOptions(options); // Throws if one is out of range, and fills in the defaults.
      throw new Error("TODO 2.1: subscribe is yours to write");
    },
    get subscriptions(): number {
      throw new Error("TODO 2.1: subscriptions is yours to write");
    },
  };
}

/** The challenges that you take up. */
export const attempted: Lab["attempted"] = [];
