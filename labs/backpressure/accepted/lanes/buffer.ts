import { onAbort } from "@pattern-labs/primitives/abort";
import { LinkedList } from "@pattern-labs/primitives/linked-list";
import { RingBuffer } from "@pattern-labs/primitives/ring-buffer";
import type { BufferOptions, EventBuffer, Policy } from "../../contract.ts";
import { checkWhole, outOfRange } from "./checks.ts";
import { createConsumers } from "./consumers.ts";
import { BufferClosedError, BufferFullError } from "./errors.ts";

const policies: readonly Policy[] = ["block", "drop-newest", "drop-oldest", "refuse"];

interface Producer<T> {
  readonly event: T;
  readonly signal: AbortSignal | undefined;
  readonly accepted: () => void;
  readonly reject: (reason: unknown) => void;
  /** Takes the listener off the signal. */
  readonly withdraw: () => void;
}

/**
 * Invariants, whenever code of others runs:
 *
 * - A consumer waits only while nothing is buffered.
 * - A producer waits only while the buffer is full. Hence they never wait both.
 *
 * An event is in exactly one place: buffered, with a producer in line, or accounted for by one of the counters. It moves
 * together with its count, and nothing is announced to be taken later.
 */
export function createBuffer<T>(options: BufferOptions<T>): EventBuffer<T> {
  const { limit, policy = "block", onDrop } = options;
  checkWhole("limit", limit, 1);
  if (!policies.includes(policy)) throw outOfRange("policy", `one of ${policies.join(", ")}`, policy);

  const buffered = new RingBuffer<T>(limit);
  const producers = new LinkedList<Producer<T>>();
  const consumers = createConsumers(take);
  let closed = false;
  let offered = 0;
  let delivered = 0;
  let dropped = 0;
  let refused = 0;
  let cancelled = 0;

  function take(): { value: T } | undefined {
    if (buffered.size === 0) return undefined;
    const value = buffered.shift() as T;
    delivered += 1;
    const producer = nextProducer();
    if (producer !== undefined) {
      buffered.push(producer.event);
      producer.accepted();
    }
    return { value };
  }

  /** Takes the first out of the line. One whose signal has aborted, but has not reached us yet, is passed over. */
  function nextProducer(): Producer<T> | undefined {
    for (let first = producers.shift(); first !== undefined; first = producers.shift()) {
      first.withdraw();
      if (!first.signal?.aborted) return first;
      cancelled += 1;
      first.reject(first.signal.reason);
    }
    return undefined;
  }

  function waitForPlace(event: T, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((accepted, reject) => {
      const withdraw = onAbort(signal, () => {
        producers.remove(place);
        cancelled += 1;
        reject(signal?.reason);
      });
      const place = producers.push({ event, signal, accepted, reject, withdraw });
    });
  }

  return {
    // Async, so that it rejects rather than throws; all decisions are made before the first `await`.
    async offer(event, { signal } = {}) {
      offered += 1;
      if (signal?.aborted) {
        cancelled += 1;
        throw signal.reason;
      }
      if (closed) {
        refused += 1;
        throw new BufferClosedError();
      }
      if (consumers.hand(event)) {
        delivered += 1;
        return;
      }
      if (!buffered.isFull) {
        buffered.push(event);
        return;
      }
      switch (policy) {
        case "block":
          await waitForPlace(event, signal);
          return;
        case "drop-newest":
          dropped += 1;
          onDrop?.(event);
          return;
        case "drop-oldest": {
          const oldest = buffered.shift() as T;
          buffered.push(event);
          dropped += 1;
          onDrop?.(oldest);
          return;
        }
        case "refuse":
          refused += 1;
          throw new BufferFullError(limit);
      }
    },

    [Symbol.asyncIterator]() {
      return consumers.iterate();
    },

    close() {
      closed = true;
      for (let first = nextProducer(); first !== undefined; first = nextProducer()) {
        refused += 1;
        first.reject(new BufferClosedError());
      }
      consumers.end();
    },

    counts() {
      return {
        offered,
        delivered,
        dropped,
        refused,
        cancelled,
        buffered: buffered.size,
        waiting: producers.size,
      };
    },
  };
}
