import type { ReplayFrom } from "../contract.ts";
import { show } from "../given/options.ts";
import { checkStart, checkWhole, LONGEST_MS } from "../solution/challenges/checks.ts";
import { checkPattern, checkTopic, matches } from "../solution/topics.ts";
import type { RemoteMessage } from "./wire.ts";

export interface StreamOptions {
  readonly url: string;
  /** Streams with the same name are one. Letters, digits, _ and -. */
  readonly name: string;
  /** So many messages are kept. */
  readonly history: number;
  /** What nobody waits for: what cannot be read, and is passed over; a connection that broke. */
  readonly onError: (error: Error) => void;
  /** There is a connection again. */
  readonly onReconnect?: (() => void) | undefined;
  /** How long the first attempt to publish waits for the server; each one after it, until a reconnect, twice as long. Default 5,000. */
  readonly attemptMs?: number | undefined;
}

/** A message as it is kept. */
export interface StoredMessage extends RemoteMessage {
  /** The stream's own number: one for all publishers. */
  readonly sequence: number;
}

export interface ReplayOptions {
  /** Default: with what is published from now on. */
  readonly from?: ReplayFrom | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface DurableOptions extends ReplayOptions {
  /** Whoever comes back with the same `id` goes on where it was, and `from` counts for nothing. Letters, digits, _ and -. */
  readonly id: string;
  /** As in `ConsumerOptions`. Default 30,000. */
  readonly ackWithinMs?: number | undefined;
  /** So many at most are given out or under way, and not acknowledged. A whole number from 1. Default 100. */
  readonly maxInFlight?: number | undefined;
  /**
   * So often a message is delivered at most; then it is published on `deadLetterTopic`, as a `DeadLetter`. A whole number
   * from 1; given together with the topic, or not at all: then a message comes until it is acknowledged.
   */
  readonly maxDeliveries?: number | undefined;
  /** Must not match the pattern. */
  readonly deadLetterTopic?: string | undefined;
  /** It is forgotten when nobody has asked for its messages for so long. Default: an hour. */
  readonly forgottenAfterMs?: number | undefined;
}

export interface DurableDelivery extends StoredMessage {
  /** 1 when it is given out for the first time. What was on its way to a reader that left counts, too. */
  readonly attempt: number;
  /** Resolves to true when the server has written it down: then it never comes again. To false if nobody knows. */
  ack(): Promise<boolean>;
  /** Due again after `delayMs`, a whole number from 0, the default. */
  nak(delayMs?: number): void;
}

/** Fills in what is not given. @throws {RangeError | TypeError} If an option breaks its rule. */
export function checkedDurableOptions(pattern: string, options: DurableOptions) {
  const { id, from, maxDeliveries, deadLetterTopic, signal } = options;
  const { maxInFlight = 100, ackWithinMs = 30_000, forgottenAfterMs = 3_600_000 } = options;
  checkPattern("subscribe", pattern);
  if (!/^[A-Za-z0-9_-]+$/.test(id)) {
    throw new TypeError(`Cannot subscribe: id must be letters, digits, _ and -, got ${show(id)}`);
  }
  checkStart(from, undefined, Number.POSITIVE_INFINITY); // How many there are the server knows.
  checkWhole("subscribe", "maxInFlight", maxInFlight, 1);
  checkWhole("subscribe", "ackWithinMs", ackWithinMs, 1, LONGEST_MS);
  checkWhole("subscribe", "forgottenAfterMs", forgottenAfterMs, 1, LONGEST_MS);
  const burial = checkedBurial(pattern, maxDeliveries, deadLetterTopic);
  return { id, from, signal, maxInFlight, ackWithinMs, forgottenAfterMs, burial };
}

export type CheckedDurableOptions = ReturnType<typeof checkedDurableOptions>;

/** One without the other would lose messages, or do nothing. */
function checkedBurial(pattern: string, maxDeliveries: number | undefined, topic: string | undefined) {
  if (maxDeliveries === undefined && topic === undefined) return undefined;
  if (maxDeliveries === undefined || topic === undefined) {
    throw new TypeError("Cannot subscribe: maxDeliveries and deadLetterTopic must be given together");
  }
  checkWhole("subscribe", "maxDeliveries", maxDeliveries, 1);
  checkTopic("subscribe", topic);
  if (!matches(pattern, topic)) return { maxDeliveries, topic };
  throw new RangeError(
    `Cannot subscribe: deadLetterTopic must not match its own pattern "${pattern}", got "${topic}"`,
  );
}
