import type { Message, ReplayFrom } from "../../contract.ts";
import { Ring } from "../ring.ts";
import { matcherOf } from "../topics.ts";
import { checkWhole } from "./checks.ts";
import { HistoryGoneError } from "./errors.ts";

/** The last messages of a broker, whether anybody was subscribed or not. */
export class History {
  readonly #limit: number;
  readonly #kept = new Ring<Message>();

  constructor(limit = 0) {
    checkWhole("create a broker", "history", limit, 0);
    this.#limit = limit;
  }

  push(message: Message): void {
    if (this.#limit === 0) return;
    if (this.#kept.size === this.#limit) this.#kept.shift();
    this.#kept.push(message);
  }

  /**
   * What a subscription has to read first. Nothing is published while this is put together, so what is not in it is put
   * into the buffer of the subscription: no gap, and nothing twice. `published` is the number of the last message.
   */
  since(from: ReplayFrom, pattern: string, published: number): readonly Message[] {
    const matches = matcherOf(pattern);
    const messages = this.#kept.toArray().filter(({ topic }) => matches(topic));
    if ("last" in from) return messages.slice(Math.max(0, messages.length - from.last));
    if ("time" in from) return messages.filter(({ timestamp }) => timestamp >= from.time);
    const oldest = published - this.#kept.size + 1;
    if (from.sequence < oldest) throw new HistoryGoneError(from.sequence, oldest);
    return messages.filter(({ sequence }) => sequence >= from.sequence);
  }
}
