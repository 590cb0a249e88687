import type { Broker, BrokerOptions, Receipt, SubscribeOptions, Subscription } from "../contract.ts";
import { IdTakenError } from "../given/errors.ts";
import { checkedOptions } from "../given/options.ts";
import { checkStart } from "./challenges/checks.ts";
import { Groups } from "./challenges/groups.ts";
import { Health } from "./challenges/health.ts";
import { History } from "./challenges/history.ts";
import { Trie } from "./challenges/trie.ts";
import { Inbox, type Tally } from "./inbox.ts";
import { checkPattern } from "./topics.ts";

/** Whatever messages can be put into: an inbox, or a group of them. */
export type Target = Pick<Inbox, "put">;

/**
 * Knows who is subscribed to what, and nothing else: what waits to be read, and what happens when it is too much, is the
 * matter of each inbox. Nothing here waits, and nothing here calls anybody's code.
 */
export class MemoryBroker implements Broker {
  readonly #routes = new Trie<Target>();
  readonly #ids = new Set<string>();
  #published = 0;
  #unnamed = 0;
  // Of the challenges:
  readonly #groups = new Groups(this.#routes);
  readonly #history: History;
  readonly #health: Health;

  constructor({ history, health }: BrokerOptions) {
    this.#history = new History(history);
    this.#health = new Health(health, (topic, payload) => void this.publish(topic, payload));
  }

  publish(topic: string, payload: unknown): Receipt {
    const targets = this.#routes.matching(topic);
    this.#published += 1;
    const message = { topic, payload, timestamp: Date.now(), sequence: this.#published, missed: 0 };
    const tally: Tally = { delivered: 0, dropped: 0 };
    for (const target of targets) target.put(message, tally);
    this.#history.push(message);
    return tally;
  }

  subscribe(pattern: string, options: SubscribeOptions = {}): Subscription {
    checkPattern("subscribe", pattern);
    const checked = checkedOptions(options);
    const { from, group } = options;
    checkStart(from, group, this.#published);
    const id = checked.id ?? this.#unusedId();
    if (this.#ids.has(id)) throw new IdTakenError(id);
    options.signal?.throwIfAborted();
    const replayed = from === undefined ? [] : this.#history.since(from, pattern, this.#published);

    const routes = group === undefined ? this.#routes : this.#groups.named(group);
    const leave = () => {
      this.#ids.delete(id);
      routes.delete(pattern, inbox);
      this.#health.forget(inbox);
    };
    const inbox = new Inbox({ ...checked, id, replayed, leave });
    this.#ids.add(id);
    routes.add(pattern, inbox);
    this.#health.watch(inbox, pattern);
    return inbox;
  }

  #unusedId(): string {
    for (;;) {
      this.#unnamed += 1;
      const id = `subscriber-${this.#unnamed}`;
      if (!this.#ids.has(id)) return id; // Somebody may have called themselves so.
    }
  }

  get subscriptions(): number {
    return this.#ids.size;
  }
}
