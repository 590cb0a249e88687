import type { HealthOptions, SilentSubscriber } from "../../contract.ts";
import type { Inbox } from "../inbox.ts";
import { checkTopic } from "../topics.ts";
import { checkWhole, LONGEST_MS } from "./checks.ts";
import { SilentSubscriberError } from "./errors.ts";

const DEFAULT_TOPIC = "system.subscriber.removed";
/** The look that finds it silent and the one that finds it silent for too long are late by a second in all. */
const LONGEST_BETWEEN_LOOKS_MS = 500;

interface LastLook {
  readonly pattern: string;
  reads: number;
  /** How many looks in a row have found that something waits, and nothing read since the first of them. */
  silent: number;
}

/**
 * Finds the subscriptions that nobody reads any more. It looks now and then instead of being told of each read: so a
 * message costs nothing, and there is one timer, however many are watched. It counts looks, and asks no clock: while the
 * process is stopped or busy nobody can read, and nobody is to be removed for it.
 */
export class Health {
  readonly #silentMs: number;
  readonly #everyMs: number;
  readonly #topic: string;
  readonly #announce: (topic: string, payload: SilentSubscriber) => void;
  readonly #watched = new Map<Inbox, LastLook>();
  #timer: NodeJS.Timeout | undefined; // Invariant: set while anybody is watched.

  constructor(
    options: HealthOptions | undefined,
    announce: (topic: string, payload: SilentSubscriber) => void,
  ) {
    const { silentMs, topic = DEFAULT_TOPIC } = options ?? { silentMs: Infinity };
    if (options !== undefined) checkWhole("create a broker", "health.silentMs", silentMs, 1, LONGEST_MS);
    checkTopic("create a broker", topic);
    this.#silentMs = silentMs;
    this.#everyMs = Math.min(silentMs, LONGEST_BETWEEN_LOOKS_MS);
    this.#topic = topic;
    this.#announce = announce;
  }

  watch(inbox: Inbox, pattern: string): void {
    if (this.#silentMs === Infinity) return;
    this.#watched.set(inbox, { pattern, reads: 0, silent: 0 });
    this.#timer ??= setInterval(() => this.#look(), this.#everyMs).unref();
  }

  forget(inbox: Inbox): void {
    if (!this.#watched.delete(inbox) || this.#watched.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    for (const [inbox, last] of this.#watched) {
      const wasRead = inbox.reads !== last.reads;
      last.reads = inbox.reads;
      if (inbox.unread === 0) last.silent = 0;
      else last.silent = wasRead ? 1 : last.silent + 1;
      if ((last.silent - 1) * this.#everyMs >= this.#silentMs) this.#remove(inbox, last.pattern);
    }
  }

  #remove(inbox: Inbox, pattern: string): void {
    const { id, unread } = inbox;
    inbox.remove(new SilentSubscriberError(id, this.#silentMs));
    this.#announce(this.#topic, { id, pattern, unread });
  }
}
