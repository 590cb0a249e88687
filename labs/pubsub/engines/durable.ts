import {
  AckPolicy,
  type Consumer,
  type ConsumerMessages,
  JetStreamApiCodes,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
} from "@nats-io/jetstream";
import { type NatsConnection, nanos } from "@nats-io/transport-node";
import { onAbort } from "@pattern-labs/primitives/abort";
import type { DeadLetter } from "../contract.ts";
import { checkWhole, LONGEST_MS } from "../solution/challenges/checks.ts";
import { BrokerClosedError, ForgottenError } from "./errors.ts";
import type { CheckedDurableOptions, DurableDelivery, StoredMessage } from "./jetstream-options.ts";
import { persist } from "./persist.ts";
import type { Reconnects } from "./reconnects.ts";
import { startOf } from "./stream-place.ts";

/** A request for messages that the server has forgotten in a crash is made again after so long. */
const PULL_MS = 5_000;

/** What a reader needs of its stream. */
export interface Source {
  readonly name: string;
  readonly connection: NatsConnection;
  readonly reconnects: Reconnects;
  readonly manager: JetStreamManager;
  readonly client: JetStreamClient;
  /** Undefined if it cannot be read; then somebody was told. */
  read(message: JsMsg): StoredMessage | undefined;
  /** Publishes a message that is stored once, however often it comes under the same `key`. */
  store(topic: string, payload: unknown, key: string, signal: AbortSignal | undefined): Promise<unknown>;
}

/** See `JetStreamBroker.subscribe`. */
export async function* readDurably(
  source: Source,
  subject: string,
  options: CheckedDurableOptions,
): AsyncGenerator<DurableDelivery, void, undefined> {
  const { id, signal, maxInFlight, burial } = options;
  const { connection, reconnects } = source;
  const attempt = () => consumerFor(source, subject, options);
  const consumer = await persist(attempt, { connection, reconnects, doing: "subscribe", signal });
  const messages = await consumer.consume({
    // The client keeps no more; the rest waits at the server. Where deliveries are counted, few are made in vain.
    max_messages: burial === undefined ? maxInFlight : 1,
    expires: PULL_MS,
    abort_on_missing_resource: true,
  });
  const arriving = messages[Symbol.asyncIterator]();
  const withdraw = onAbort(signal, () => void messages.close());
  try {
    for (let next = await arriving.next(); next.done !== true; next = await arriving.next()) {
      const message = next.value;
      if (signal?.aborted) message.nak();
      else if (isExhausted(message, burial)) await bury(source, message, options);
      else {
        const delivery = deliveryOf(source, message);
        if (delivery !== undefined) yield delivery;
      }
    }
  } catch (error) {
    throw isMissing(error) ? new ForgottenError(id, { cause: error }) : error;
  } finally {
    withdraw();
    await giveBack(messages, arriving);
  }
  signal?.throwIfAborted();
  throw new BrokerClosedError("read on");
}

/** What has arrived and was given to nobody, another reader may have at once. */
async function giveBack(messages: ConsumerMessages, arriving: AsyncIterator<JsMsg>): Promise<void> {
  void messages.close(); // The last to come out is the end.
  try {
    for (let next = await arriving.next(); next.done !== true; next = await arriving.next()) next.value.nak();
  } catch {
    // Nobody can be told that it is free: it is when its time is up.
  }
}

/** The one of that name, as it is; or a new one. */
async function consumerFor(
  { name, manager, client }: Source,
  subject: string,
  options: CheckedDurableOptions,
): Promise<Consumer> {
  const { id, from } = options;
  const isKnown = await manager.consumers.info(name, id).then(
    () => true,
    (error) => {
      if (isMissing(error)) return false;
      throw error;
    },
  );
  if (!isKnown) {
    await manager.consumers.add(name, {
      durable_name: id,
      filter_subject: subject,
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(options.ackWithinMs),
      max_ack_pending: options.maxInFlight,
      inactive_threshold: nanos(options.forgottenAfterMs),
      ...(await startOf(manager, name, subject, from)),
    });
  }
  return await client.consumers.get(name, id);
}

/** Undefined if it cannot be read: then it never comes again. */
function deliveryOf({ read }: Source, message: JsMsg): DurableDelivery | undefined {
  const stored = read(message);
  if (stored === undefined) {
    message.term();
    return undefined;
  }
  return {
    ...stored,
    attempt: message.info.deliveryCount,
    ack: () => message.ackAck().catch(() => false),
    nak: (delayMs = 0) => {
      checkWhole("nak", "delayMs", delayMs, 0, LONGEST_MS);
      message.nak(delayMs);
    },
  };
}

type Burial = CheckedDurableOptions["burial"];

const isExhausted = ({ info }: JsMsg, burial: Burial) =>
  burial !== undefined && info.deliveryCount > burial.maxDeliveries;

/** First it is stored there, and then done with here: a crash in between does both again, and stores it once. */
async function bury(
  source: Source,
  message: JsMsg,
  { id, burial, signal }: CheckedDurableOptions,
): Promise<void> {
  const stored = source.read(message);
  if (burial === undefined || stored === undefined) return message.term();
  const letter: DeadLetter = { id, message: stored, attempts: burial.maxDeliveries };
  await source.store(burial.topic, letter, `dead-${id}-${stored.sequence}`, signal);
  message.ack();
}

/** Whether the server has forgotten this reader, or the stream. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && MISSING.has(error.code);
}

const DELETED = 409; // The status with which the server ends a request for messages of one that it deletes.
const MISSING = new Set<unknown>([
  JetStreamApiCodes.ConsumerNotFound,
  JetStreamApiCodes.StreamNotFound,
  DELETED,
]);
