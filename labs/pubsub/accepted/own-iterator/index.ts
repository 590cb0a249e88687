import type {
  Broker,
  Lab,
  Message,
  Receipt,
  SubscribeOptions,
  Subscription,
  WhenFull,
} from "../../contract.ts";

export const attempted: Lab["attempted"] = [];

export function matches(pattern: string, topic: string): boolean {
  return fits(tokensOf(pattern, true), tokensOf(topic, false));
}

function fits(pattern: readonly string[], topic: readonly string[]): boolean {
  for (let i = 0; i < pattern.length; i += 1) {
    if (i === topic.length) return false;
    if (pattern[i] === ">") return true;
    if (pattern[i] !== "*" && pattern[i] !== topic[i]) return false;
  }
  return pattern.length === topic.length;
}

function tokensOf(text: unknown, isPattern: boolean): string[] {
  const refuse = (why: string) => new TypeError(`${isPattern ? "Pattern" : "Topic"} ${String(text)}: ${why}`);
  if (typeof text !== "string") throw refuse("it is no text");
  if (/\s/.test(text)) throw refuse("it has white space");
  const tokens = text.split(".");
  for (const [i, token] of tokens.entries()) {
    if (token === "") throw refuse("a token is empty");
    const isWildcard = token === "*" || (token === ">" && i === tokens.length - 1);
    if (/[*>]/.test(token) && !(isPattern && isWildcard)) throw refuse("a wildcard is where none may be");
  }
  return tokens;
}

type Result = IteratorResult<Message, undefined>;

interface Call {
  answer(result: Result): void;
  refuse(reason: unknown): void;
}

/** Both the subscription and the only iterator over it: a loop has no state of its own. */
class Subscriber implements Subscription, AsyncIterator<Message, undefined> {
  state: "open" | "closed" | "aborted" | "disconnected" = "open";
  missed = 0;
  #messages: Message[] = [];
  #calls: Call[] = [];
  /** What was missed behind the last that is buffered, or before the first, as the policy has it. */
  #gap = 0;
  #error: Error | undefined;
  readonly tokens: readonly string[];
  readonly id: string;
  readonly #limit: number;
  readonly #whenFull: WhenFull;
  readonly #signal: AbortSignal | undefined;
  readonly #forget: (subscriber: Subscriber) => void;

  constructor(
    tokens: readonly string[],
    id: string,
    { bufferLimit = 1_024, whenFull = "drop-oldest", signal }: SubscribeOptions,
    forget: (subscriber: Subscriber) => void,
  ) {
    if (typeof bufferLimit !== "number" || bufferLimit % 1 !== 0 || bufferLimit < 1)
      throw new RangeError(`bufferLimit is ${String(bufferLimit)}`);
    if (whenFull !== "drop-oldest" && whenFull !== "drop-newest" && whenFull !== "disconnect")
      throw new RangeError(`whenFull is ${String(whenFull)}`);
    if (signal?.aborted) throw signal.reason;
    this.tokens = tokens;
    this.id = id;
    this.#limit = bufferLimit;
    this.#whenFull = whenFull;
    this.#signal = signal;
    this.#forget = forget;
    signal?.addEventListener("abort", this);
  }

  /** As the listener of its signal. */
  handleEvent(): void {
    this.look();
  }

  /** The signal may have aborted a moment ago: then that is how it ended. */
  look(): boolean {
    if (this.#signal?.aborted) this.#finish("aborted");
    return this.state === "open";
  }

  /** Gives what it does to the receipt: delivered, dropped. */
  offer(message: Message): [number, number] {
    if (!this.look()) return [0, 0];
    const call = this.#calls.shift();
    if (call !== undefined) {
      call.answer({ done: false, value: this.#after(message) });
      return [1, 0];
    }
    if (this.#messages.length < this.#limit) {
      this.#messages.push(this.#whenFull === "drop-newest" ? this.#after(message) : message);
      return [1, 0];
    }
    this.missed += 1;
    this.#gap += 1;
    if (this.#whenFull === "drop-newest") return [0, 1];
    if (this.#whenFull === "drop-oldest") {
      this.#messages.splice(0, 1);
      this.#messages.push(message);
      return [1, 1];
    }
    this.#error = Object.assign(new Error(`${this.id} reads too slowly`), {
      name: "SlowSubscriberError",
      id: this.id,
      bufferLimit: this.#limit,
      missed: this.missed,
      sequence: message.sequence,
    });
    this.#finish("disconnected");
    return [0, 1];
  }

  #after(message: Message): Message {
    const missed = this.#gap;
    this.#gap = 0;
    return { ...message, missed };
  }

  async next(): Promise<Result> {
    this.look();
    const message = this.#messages.shift();
    if (message !== undefined) {
      return { done: false, value: this.#whenFull === "drop-oldest" ? this.#after(message) : message };
    }
    return await new Promise<Result>((answer, refuse) => {
      const call = { answer, refuse };
      if (this.state === "open") this.#calls.push(call);
      else this.#conclude(call);
    });
  }

  #conclude({ answer, refuse }: Call): void {
    if (this.state === "aborted") refuse(this.#signal?.reason);
    else if (this.state === "disconnected") refuse(this.#error);
    else answer({ done: true, value: undefined });
  }

  async return(): Promise<Result> {
    this[Symbol.dispose]();
    return { done: true, value: undefined };
  }

  [Symbol.dispose](): void {
    if (this.look()) this.#finish("closed");
    this.#messages = [];
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #finish(state: "closed" | "aborted" | "disconnected"): void {
    if (this.state !== "open") return;
    this.state = state;
    if (state !== "disconnected") this.#messages = [];
    this.#signal?.removeEventListener("abort", this);
    this.#forget(this);
    for (const call of this.#calls.splice(0)) this.#conclude(call);
  }
}

class TableBroker implements Broker {
  readonly #table = new Map<string, Subscriber>();
  #sequence = 0;
  #next = 0;

  publish(topic: string, payload: unknown): Receipt {
    const tokens = tokensOf(topic, false);
    this.#sequence += 1;
    const message = { topic, payload, timestamp: Date.now(), sequence: this.#sequence, missed: 0 };
    let [delivered, dropped] = [0, 0];
    for (const subscriber of [...this.#table.values()]) {
      if (!fits(subscriber.tokens, tokens)) continue;
      const [more, less] = subscriber.offer(message);
      delivered += more;
      dropped += less;
    }
    return { delivered, dropped };
  }

  subscribe(pattern: string, options: SubscribeOptions = {}): Subscription {
    const tokens = tokensOf(pattern, true);
    if (options.id !== undefined && typeof options.id !== "string")
      throw new TypeError(`id is ${String(options.id)}`);
    let { id } = options;
    while (id === undefined) {
      this.#next += 1;
      if (!this.#table.has(`${this.#next}`)) id = `${this.#next}`;
    }
    if (id === "") throw new TypeError("id is empty");
    if (this.#table.has(id)) throw Object.assign(new Error(`There is a ${id}`), { name: "IdTakenError", id });
    const subscriber = new Subscriber(tokens, id, options, ({ id }) => void this.#table.delete(id));
    this.#table.set(id, subscriber);
    return subscriber;
  }

  get subscriptions(): number {
    return this.#table.size;
  }
}

export const createBroker = (): Broker => new TableBroker();
