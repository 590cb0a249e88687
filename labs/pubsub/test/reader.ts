import { guarantee } from "@pattern-labs/testkit";
import type { Message, Subscription } from "../contract.ts";
import { describeOutcome, type Outcome, outcomeOf } from "./outcome.ts";

type Result = IteratorResult<Message, unknown>;

/** A subscriber that reads when it is told to, and remembers what it was given. */
export class Reader {
  readonly read: Message[] = [];
  readonly #iterator: AsyncIterator<Message, unknown>;
  /** A `next` that waited when it was looked at last. Whatever comes goes to it. */
  #waiting: Promise<Result> | undefined;

  constructor(subscription: Subscription) {
    this.#iterator = subscription[Symbol.asyncIterator]();
  }

  /** Calls `next`, unless one waits already. */
  next(): Promise<Result> {
    const next = this.#waiting ?? this.#iterator.next();
    this.#waiting = undefined;
    return next;
  }

  /** Reads one message, and waits for it. */
  async one(): Promise<Message> {
    const { done, value } = await this.next();
    guarantee(done !== true, {
      happened: "`next` gave { done: true }, and nobody has ended the subscription",
      expected: "a message",
      why: "A loop that ends by itself looks like a day without news.",
    });
    this.read.push(value as Message);
    return value as Message;
  }

  /** Reads all that is there, and tells what a `next` gives then: undefined if it waits. */
  async drain(): Promise<Outcome<Result>> {
    for (let reads = 0; reads < 20_000; reads += 1) {
      const next = this.next();
      const outcome = await outcomeOf(next);
      if (outcome === undefined) this.#waiting = next;
      if (outcome === undefined || "error" in outcome || outcome.value.done === true) return outcome;
      this.read.push(outcome.value.value);
    }
    throw new Error("It was given 20,000 messages, and there were more.");
  }

  /** Reads `count` messages that must be there already. */
  async take(count: number): Promise<void> {
    for (let n = 1; n <= count; n += 1) {
      const outcome = await outcomeOf(this.next());
      guarantee(outcome !== undefined && "value" in outcome && outcome.value.done !== true, {
        happened: `message ${n} of ${count} was published and not dropped; \`next\` ${describeOutcome(outcome)}`,
        expected: "it gives the message: it was in the buffer when `publish` returned",
        why: "What is not there when `publish` returns is on its way, and somebody else decides when it arrives.",
      });
      this.read.push((outcome as { value: { value: Message } }).value.value);
    }
  }

  /** As `break` would. */
  leave(): Promise<Result> | undefined {
    return this.#iterator.return?.();
  }

  get payloads(): unknown[] {
    return this.read.map(({ payload }) => payload);
  }
}

/** What is there now, and then nothing but waiting. */
export async function payloadsOf(subscription: Subscription): Promise<unknown[]> {
  const reader = new Reader(subscription);
  await reader.drain();
  return reader.payloads;
}

/** A loop that reads to the end, with what it was given. Its body is the subscriber's handler. */
export async function loop(
  subscription: Subscription,
  handle: (message: Message) => unknown = () => {},
): Promise<Message[]> {
  const read: Message[] = [];
  for await (const message of subscription) {
    read.push(message);
    await handle(message);
  }
  return read;
}

export interface Words {
  /** What was done: "1 to 5 were published to a buffer of 3". */
  readonly of: string;
  readonly rule: string;
  readonly why: string;
}

export function expectRead(
  read: readonly unknown[],
  expected: readonly unknown[],
  { of, rule, why }: Words,
): void {
  guarantee(JSON.stringify(read) === JSON.stringify(expected), {
    happened: `${of}; read were ${list(read)}`,
    expected: `${list(expected)}: ${rule}`,
    why,
  });
}

/** Long ones are cut. */
export function list(values: readonly unknown[]): string {
  if (values.length === 0) return "none";
  const shown = values
    .slice(0, 12)
    .map((value) => (typeof value === "string" ? value : JSON.stringify(value)));
  return values.length > 12 ? `${shown.join(", ")} … (${values.length})` : shown.join(", ");
}
