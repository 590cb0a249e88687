import { JetStreamApiError } from "@nats-io/jetstream";
import { errors, type NatsConnection } from "@nats-io/transport-node";
import { onAbort, runUnder } from "@pattern-labs/primitives/abort";
import { sleep } from "@pattern-labs/primitives/sleep";
import { Backoff } from "./backoff.ts";
import { BrokerClosedError } from "./errors.ts";
import type { Reconnects } from "./reconnects.ts";

export interface PersistOptions {
  readonly connection: NatsConnection;
  /** Of that connection. */
  readonly reconnects: Reconnects;
  /** Completes "Cannot …". */
  readonly doing: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks the server for something until it answers, across outages. A reconnect cuts short whatever waits then: what was sent
 * before it may be lost, and an attempt that goes on is heard no more. So it must do no harm to ask twice.
 *
 * @param attempt Called with how many have failed since the last reconnect: 0, 1, 2, …
 * @throws What an attempt fails with, unless it may be otherwise in a moment.
 * @throws {BrokerClosedError} When the connection is closed for good.
 * @throws The reason of `signal`, at once: what has been asked for may happen, or not.
 */
export async function persist<T>(
  attempt: (failed: number) => Promise<T>,
  { connection, reconnects, doing, signal }: PersistOptions,
): Promise<T> {
  const backoff = new Backoff();
  let failed = 0;
  for (;;) {
    signal?.throwIfAborted();
    if (connection.isClosed()) throw new BrokerClosedError(doing);
    const back = reconnects.next;
    try {
      return await unlessAborted(attempt(failed), [signal, back]);
    } catch (error) {
      signal?.throwIfAborted();
      if (!back.aborted && !connection.isClosed() && !isPassing(error as Error)) throw error;
    }
    if (!connection.isClosed()) await rest(backoff, back, signal);
    failed = back.aborted ? 0 : failed + 1;
  }
}

/** What `work` gives, or the reason of the first of the signals that aborts, as soon as it does. */
async function unlessAborted<T>(work: Promise<T>, signals: readonly (AbortSignal | undefined)[]): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const withdrawals = signals.map((signal) => onAbort(signal, () => reject(signal?.reason)));
  return await Promise.race([work, promise]).finally(() => {
    for (const withdraw of withdrawals) withdraw();
  });
}

/** Longer after each failure; after a reconnect only so long that not all come back in the same moment. */
async function rest(backoff: Backoff, back: AbortSignal, signal: AbortSignal | undefined): Promise<void> {
  backoff.grow();
  const resting = runUnder([signal, back], (under) => sleep(backoff.delayMs, under));
  await resting.catch(() => signal?.throwIfAborted());
  if (!back.aborted) return;
  backoff.reset();
  backoff.grow();
  await sleep(backoff.delayMs, { signal });
}

/** Whether it may be otherwise in a moment: nobody answered in time, or the server is starting. */
function isPassing(error: Error): boolean {
  if (error instanceof JetStreamApiError) return error.status === 503;
  return PASSING.has(error.name) && !(error.cause instanceof errors.PermissionViolationError);
}

const PASSING = new Set(["TimeoutError", "RequestError", "NoResponders", "JetStreamNotEnabled"]);
