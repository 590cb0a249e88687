import { JetStreamApiError } from "@nats-io/jetstream";
import { errors, type NatsConnection } from "@nats-io/transport-node";
import { onAbort } from "@pattern-labs/primitives/abort";
import { sleep } from "@pattern-labs/primitives/sleep";
import { Backoff } from "./backoff.ts";
import { BrokerClosedError } from "./errors.ts";

export interface PersistOptions {
  readonly connection: NatsConnection;
  /** Completes "Cannot …". */
  readonly doing: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks the server for something until it answers, across outages. `attempt` is called with 0, 1, 2, …
 *
 * @throws What an attempt fails with, unless it may be otherwise in a moment.
 * @throws {BrokerClosedError} When the connection is closed for good.
 * @throws The reason of `signal`, at once: what has been asked for may happen, or not.
 */
export async function persist<T>(
  attempt: (failed: number) => Promise<T>,
  { connection, doing, signal }: PersistOptions,
): Promise<T> {
  const backoff = new Backoff();
  for (let failed = 0; ; failed += 1) {
    signal?.throwIfAborted();
    if (connection.isClosed()) throw new BrokerClosedError(doing);
    try {
      return await abortable(attempt(failed), signal);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (!connection.isClosed() && !isPassing(error as Error)) throw error;
    }
    backoff.grow();
    if (!connection.isClosed()) await sleep(backoff.delayMs, { signal });
  }
}

/** What `work` gives, or the signal's reason as soon as it aborts. */
async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const withdraw = onAbort(signal, () => reject(signal?.reason));
  return await Promise.race([work, promise]).finally(withdraw);
}

/** Whether it may be otherwise in a moment: nobody answered in time, or the server is starting. */
function isPassing(error: Error): boolean {
  if (error instanceof JetStreamApiError) return error.status === 503;
  return PASSING.has(error.name) && !(error.cause instanceof errors.PermissionViolationError);
}

const PASSING = new Set(["TimeoutError", "RequestError", "NoResponders", "JetStreamNotEnabled"]);
