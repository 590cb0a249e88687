import { RingBuffer } from "@pattern-labs/primitives/ring-buffer";
import type { LatestBuffer, LatestOptions } from "../../contract.ts";
import { checkWhole } from "./checks.ts";
import { createConsumers } from "./consumers.ts";
import { BufferClosedError, BufferFullError } from "./errors.ts";

export function createLatest<K, V>(options: LatestOptions): LatestBuffer<K, V> {
  const { limit } = options;
  checkWhole("limit", limit, 1);

  // The line holds each entry of the map once. A map alone would do, but looking for its first entry again and again is
  // O(n) in V8: it steps over what was deleted before.
  type Entry = { readonly key: K; value: V };
  const line = new RingBuffer<Entry>(limit);
  const entries = new Map<K, Entry>();
  const consumers = createConsumers<readonly [key: K, value: V]>(take);
  let closed = false;
  let put = 0;
  let delivered = 0;
  let replaced = 0;
  let refused = 0;

  function take() {
    const first = line.shift();
    if (first === undefined) return undefined;
    entries.delete(first.key);
    delivered += 1;
    return { value: [first.key, first.value] as const };
  }

  return {
    put(key, value) {
      put += 1;
      if (closed) {
        refused += 1;
        throw new BufferClosedError();
      }
      const waiting = entries.get(key);
      if (waiting !== undefined) {
        waiting.value = value;
        replaced += 1;
        return;
      }
      if (consumers.hand([key, value])) {
        delivered += 1;
        return;
      }
      if (line.isFull) {
        refused += 1;
        throw new BufferFullError(limit);
      }
      const entry = { key, value };
      line.push(entry);
      entries.set(key, entry);
    },

    [Symbol.asyncIterator]() {
      return consumers.iterate();
    },

    close() {
      closed = true;
      consumers.end();
    },

    counts() {
      return { put, delivered, replaced, refused, waiting: line.size };
    },
  };
}
