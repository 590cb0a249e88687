import { onAbort } from "@pattern-labs/primitives/abort";
import { LinkedList } from "@pattern-labs/primitives/linked-list";
import type {
  Broker,
  Lab,
  Message,
  Receipt,
  SubscribeOptions,
  Subscription,
  WhenFull,
} from "../../contract.ts";

// ---- Step 1: match ----

type Tokens = readonly string[];

export function matches(pattern: string, topic: string): boolean {
  return fits(patternTokens(pattern), topicTokens(topic));
}

function fits(pattern: Tokens, topic: Tokens): boolean {
  for (let n = 0; n < pattern.length; n += 1) {
    const token = pattern[n];
    if (token === ">") return topic.length > n;
    if (n >= topic.length) return false;
    if (token !== "*" && token !== topic[n]) return false;
  }
  return pattern.length === topic.length;
}

function topicTokens(topic: unknown): Tokens {
  if (typeof topic !== "string") throw new TypeError(`A topic is a string, not ${shown(topic)}`);
  const tokens = topic.split(".");
  if (!tokens.every(isPlain)) throw new TypeError(`Not a topic: "${topic}"`);
  return tokens;
}

function patternTokens(pattern: unknown): Tokens {
  if (typeof pattern !== "string") throw new TypeError(`A pattern is a string, not ${shown(pattern)}`);
  const tokens = pattern.split(".");
  const last = tokens.length - 1;
  const fine = tokens.every((token, n) => token === "*" || (token === ">" && n === last) || isPlain(token));
  if (!fine) throw new TypeError(`Not a pattern: "${pattern}"`);
  return tokens;
}

function isPlain(token: string): boolean {
  return token !== "" && !/[\s.*>]/.test(token);
}

/** As `String` writes it; there are objects that it cannot write. */
function shown(value: unknown): string {
  try {
    return String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

// ---- Step 2: deliver ----

class IdTakenError extends Error {
  override readonly name = "IdTakenError";
  readonly id: string;

  constructor(id: string) {
    super(`The id "${id}" belongs to another subscription`);
    this.id = id;
  }
}

class SlowSubscriberError extends Error {
  override readonly name = "SlowSubscriberError";
  readonly id: string;
  readonly bufferLimit: number;
  readonly missed: number;
  readonly sequence: number;

  constructor(facts: { id: string; bufferLimit: number; missed: number; sequence: number }) {
    const { id, bufferLimit, missed, sequence } = facts;
    super(
      `Subscription "${id}" was disconnected: ${bufferLimit} messages wait, no room for number ${sequence}`,
    );
    this.id = id;
    this.bufferLimit = bufferLimit;
    this.missed = missed;
    this.sequence = sequence;
  }
}

export function createBroker(): Broker {
  const mailboxes = new Map<string, Mailbox>();
  let published = 0;
  let named = 0;

  function freeId(): string {
    let id: string;
    do id = `subscription-${++named}`;
    while (mailboxes.has(id));
    return id;
  }

  return {
    publish(topic: string, payload: unknown): Receipt {
      const tokens = topicTokens(topic);
      const news: News = { topic, payload, timestamp: Date.now(), sequence: ++published };
      let delivered = 0;
      let dropped = 0;
      // Nothing in this walk calls foreign code, so nobody comes. Who ends in it is deleted, which a Map allows.
      for (const mailbox of mailboxes.values()) {
        if (!fits(mailbox.pattern, tokens)) continue;
        const receipt = mailbox.put(news);
        delivered += receipt.delivered;
        dropped += receipt.dropped;
      }
      return { delivered, dropped };
    },

    subscribe(pattern: string, options: SubscribeOptions = {}): Subscription {
      const tokens = patternTokens(pattern);
      const { id: wanted, bufferLimit = 1_024, whenFull = "drop-oldest", signal } = options;
      checkId(wanted);
      checkBufferLimit(bufferLimit);
      checkWhenFull(whenFull);
      if (signal !== undefined) signal.throwIfAborted();
      const id = wanted ?? freeId();
      mailboxes.get(id)?.heed();
      if (mailboxes.has(id)) throw new IdTakenError(id);
      const mailbox = new Mailbox({ id, pattern: tokens, bufferLimit, whenFull }, signal, () =>
        mailboxes.delete(id),
      );
      mailboxes.set(id, mailbox);
      return subscriptionTo(mailbox);
    },

    get subscriptions() {
      return mailboxes.size;
    },
  };
}

function checkId(id: unknown): void {
  if (id === undefined || (typeof id === "string" && id !== "")) return;
  throw new TypeError(`id must be a string that is not empty, got "${shown(id)}"`);
}

function checkBufferLimit(limit: unknown): void {
  if (Number.isInteger(limit) && (limit as number) >= 1) return;
  throw new RangeError(`bufferLimit must be a whole number from 1, got ${shown(limit)}`);
}

const policies: readonly unknown[] = ["drop-oldest", "drop-newest", "disconnect"] satisfies WhenFull[];

function checkWhenFull(whenFull: unknown): void {
  if (policies.includes(whenFull)) return;
  throw new RangeError(`whenFull must be one of ${policies.join(", ")}, got ${shown(whenFull)}`);
}

/** A message as it was published. What its reader has missed is known only when it is read. */
type News = Omit<Message, "missed">;

/** Its `place` counts what came for this subscription, from 1, whether it was dropped or not. */
interface Buffered {
  readonly news: News;
  readonly place: number;
}

interface Waiting {
  readonly resolve: (result: IteratorResult<Message, undefined>) => void;
  readonly reject: (reason: unknown) => void;
}

/** How every `next` answers when there is nothing more to read. */
type Ending = { readonly how: "left" } | { readonly how: "failed"; readonly reason: unknown };

interface Terms {
  readonly id: string;
  readonly pattern: Tokens;
  readonly bufferLimit: number;
  readonly whenFull: WhenFull;
}

const LEFT: Ending = { how: "left" };

const IGNORED: Receipt = { delivered: 0, dropped: 0 };
const TAKEN: Receipt = { delivered: 1, dropped: 0 };
const DROPPED: Receipt = { delivered: 0, dropped: 1 };
const EXCHANGED: Receipt = { delivered: 1, dropped: 1 };

/** What the broker knows of a subscription. At most one of its two queues is in use. */
class Mailbox {
  readonly id: string;
  readonly pattern: Tokens;
  readonly #bufferLimit: number;
  readonly #whenFull: WhenFull;
  readonly #buffer = new LinkedList<Buffered>();
  readonly #waiting = new LinkedList<Waiting>();
  /** The place of what came last, and of what was read last: whatever lies between two that are read is a gap. */
  #came = 0;
  #read = 0;
  #missed = 0;
  #ending: Ending | undefined = undefined;
  /** These three only until it ends. */
  #signal: AbortSignal | undefined;
  #withdraw: (() => void) | undefined;
  #unlist: (() => void) | undefined;

  constructor(
    { id, pattern, bufferLimit, whenFull }: Terms,
    signal: AbortSignal | undefined,
    unlist: () => void,
  ) {
    this.id = id;
    this.pattern = pattern;
    this.#bufferLimit = bufferLimit;
    this.#whenFull = whenFull;
    this.#signal = signal;
    this.#withdraw = onAbort(signal, () => this.heed());
    this.#unlist = unlist;
  }

  get missed(): number {
    return this.#missed;
  }

  put(news: News): Receipt {
    this.heed();
    if (this.#ending !== undefined) return IGNORED;
    const arrival: Buffered = { news, place: ++this.#came };
    const first = this.#waiting.shift();
    if (first !== undefined) {
      first.resolve({ done: false, value: this.#handOver(arrival) });
      return TAKEN;
    }
    if (this.#buffer.size < this.#bufferLimit) {
      this.#buffer.push(arrival);
      return TAKEN;
    }
    this.#missed += 1;
    if (this.#whenFull === "drop-oldest") {
      this.#buffer.shift();
      this.#buffer.push(arrival);
      return EXCHANGED;
    }
    if (this.#whenFull === "disconnect") this.#disconnect(news.sequence);
    return DROPPED;
  }

  next(): Promise<IteratorResult<Message, undefined>> {
    this.heed();
    const first = this.#buffer.shift();
    if (first !== undefined) return Promise.resolve({ done: false, value: this.#handOver(first) });
    return new Promise((resolve, reject) => {
      if (this.#ending === undefined) this.#waiting.push({ resolve, reject });
      else answer({ resolve, reject }, this.#ending);
    });
  }

  #handOver({ news, place }: Buffered): Message {
    const missed = place - this.#read - 1;
    this.#read = place;
    return { ...news, missed };
  }

  // ---- Step 3: dynamic ----

  /**
   * Ends it if its signal has aborted. To be called first by whatever looks at it or changes it: an abort counts from
   * its instant, and another listener of the signal may be called before ours.
   */
  heed(): void {
    if (!this.#signal?.aborted) return;
    this.#end({ how: "failed", reason: this.#signal.reason });
    this.#throwAway();
  }

  /** It is disposed, or a loop over it is left. */
  leave(): void {
    this.heed();
    if (this.#ending === undefined) this.#end(LEFT);
    this.#throwAway();
  }

  #disconnect(sequence: number): void {
    const { id, missed } = this;
    const reason = new SlowSubscriberError({ id, bufferLimit: this.#bufferLimit, missed, sequence });
    this.#end({ how: "failed", reason });
  }

  /** However it ends. To be called once; what is buffered stays. */
  #end(ending: Ending): void {
    this.#ending = ending;
    this.#withdraw?.();
    this.#unlist?.();
    this.#signal = undefined;
    this.#withdraw = undefined;
    this.#unlist = undefined;
    for (let first = this.#waiting.shift(); first !== undefined; first = this.#waiting.shift())
      answer(first, ending);
  }

  #throwAway(): void {
    while (this.#buffer.size > 0) this.#buffer.shift();
  }
}

function answer({ resolve, reject }: Waiting, ending: Ending): void {
  if (ending.how === "left") resolve({ done: true, value: undefined });
  else reject(ending.reason);
}

/** What the subscriber may see of its mailbox. */
function subscriptionTo(mailbox: Mailbox): Subscription {
  return {
    id: mailbox.id,
    get missed() {
      return mailbox.missed;
    },
    [Symbol.asyncIterator]() {
      return loopOver(mailbox);
    },
    [Symbol.dispose]() {
      mailbox.leave();
    },
  };
}

/** No async generator: its `return` would stand in line behind a `next` that waits. */
function loopOver(mailbox: Mailbox) {
  return {
    next() {
      return mailbox.next();
    },
    return(): Promise<IteratorResult<Message, undefined>> {
      mailbox.leave();
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** The challenges that you take up. */
export const attempted: Lab["attempted"] = [];
