import { onAbort } from "@pattern-labs/primitives/abort";
import type { Source } from "./durable.ts";
import { BrokerClosedError } from "./errors.ts";
import type { ReplayOptions, StoredMessage } from "./jetstream-options.ts";
import { persist } from "./persist.ts";
import { startOf } from "./stream-place.ts";

/** The client keeps no more than so many; the rest waits at the server. */
const AT_ONCE = 500;
/** How long a request for messages stands. A server that says nothing for as long is asked whether it still knows of it. */
const PULL_MS = 2_000;

/**
 * See `JetStreamBroker.replay`. The client library numbers what the server gives it, and where one is missing, or the
 * server was away, it begins anew behind the last one that it had.
 */
export async function* readOnce(
  { name, connection, reconnects, manager, client, read }: Source,
  subject: string,
  { from, signal }: ReplayOptions,
): AsyncGenerator<StoredMessage, void, undefined> {
  const attempt = async () => {
    const start = await startOf(manager, name, subject, from);
    return await client.consumers.get(name, { filter_subjects: subject, ...start });
  };
  const consumer = await persist(attempt, { connection, reconnects, doing: "subscribe", signal });
  const messages = await consumer.consume({ max_messages: AT_ONCE, expires: PULL_MS });
  const withdraw = onAbort(signal, () => void messages.close());
  try {
    for await (const message of messages) {
      if (signal?.aborted) break;
      const stored = read(message);
      if (stored !== undefined) yield stored;
    }
  } finally {
    withdraw();
    await messages.close();
  }
  signal?.throwIfAborted();
  throw new BrokerClosedError("read on");
}
