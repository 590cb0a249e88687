import type { Broker, Lab, Receipt, SubscribeOptions, Subscription } from "../contract.ts";
import type { Entry } from "./recent.ts";

type Matches = Lab["matches"];

/** Several patterns that somebody listens to at the same time, and the topic that stands for all of them. */
interface Union {
  readonly topic: string;
  readonly patterns: readonly string[];
  members: number;
}

/**
 * Subscriptions to one pattern or to several. A subscription of the broker has one pattern and one buffer, and whoever
 * listens to several wants one buffer, too: each message once, in order, and one count of what was missed. So each set of
 * patterns has a topic of its own, on a broker of its own, to which whatever matches one of them is published once.
 */
export class Routing {
  readonly #matches: Matches;
  readonly #broker: Broker;
  readonly #unionBroker: Broker;
  readonly #unions = new Map<string, Union>();
  #named = 0;

  constructor({ matches, createBroker }: Pick<Lab, "matches" | "createBroker">) {
    this.#matches = matches;
    this.#broker = createBroker();
    this.#unionBroker = createBroker();
  }

  publish(entry: Entry): Receipt {
    const { delivered, dropped } = this.#broker.publish(entry.topic, entry);
    const sum = { delivered, dropped };
    for (const { topic, patterns } of this.#unions.values()) {
      if (!this.wants(patterns, entry)) continue;
      const receipt = this.#unionBroker.publish(topic, entry);
      sum.delivered += receipt.delivered;
      sum.dropped += receipt.dropped;
    }
    return sum;
  }

  wants(patterns: readonly string[], { topic }: Entry): boolean {
    return patterns.some((pattern) => this.#matches(pattern, topic));
  }

  /** What it gives has entries as payloads. Dispose it when it is needed no more, however it has ended. */
  subscribe(patterns: readonly string[], options: SubscribeOptions): Subscription {
    const [only = ">", ...more] = patterns;
    if (more.length === 0) return this.#broker.subscribe(only, options);
    const union = this.#join(patterns);
    using undo = new DisposableStack();
    undo.defer(() => this.#leave(patterns));
    const subscription = this.#unionBroker.subscribe(union.topic, options);
    undo.use(subscription);
    const membership = undo.move();
    return {
      get id() {
        return subscription.id;
      },
      get missed() {
        return subscription.missed;
      },
      [Symbol.asyncIterator]: () => subscription[Symbol.asyncIterator](),
      [Symbol.dispose]: () => membership.dispose(),
    };
  }

  #join(patterns: readonly string[]): Union {
    const key = keyOf(patterns);
    const known = this.#unions.get(key);
    if (known !== undefined) {
      known.members += 1;
      return known;
    }
    this.#named += 1;
    const union = { topic: `union-${this.#named}`, patterns, members: 1 };
    this.#unions.set(key, union);
    return union;
  }

  #leave(patterns: readonly string[]): void {
    const key = keyOf(patterns);
    const union = this.#unions.get(key);
    if (union === undefined) return;
    union.members -= 1;
    if (union.members === 0) this.#unions.delete(key);
  }
}

/** The order in which somebody names them makes no difference. No pattern has a space in it. */
const keyOf = (patterns: readonly string[]) => patterns.toSorted().join(" ");
