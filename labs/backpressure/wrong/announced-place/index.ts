import { onAbort } from "@pattern-labs/primitives/abort";
import { WaitQueue } from "@pattern-labs/primitives/wait-queue";
import type { BufferOptions, Counts, EventBuffer } from "../../contract.ts";

export { createAdmission, createBulkhead } from "../../solution/index.ts";

/** A place that gets free is announced, and whoever hears of it takes it: meanwhile a newcomer may have, and then two have one. */
export function createBuffer<T>({ limit }: BufferOptions<T>): EventBuffer<T> {
  if (!Number.isInteger(limit) || limit < 1) throw new RangeError(`limit must be from 1, got ${limit}`);
  const events: { readonly event: T }[] = [];
  const places = new WaitQueue();
  const arrivals = new WaitQueue();
  const end = new AbortController();
  const closed = () => Object.assign(new Error("closed"), { name: "BufferClosedError" });
  const take = (): T => {
    const [first] = events.splice(0, 1);
    places.wake();
    return (first as { readonly event: T }).event;
  };
  return {
    async offer(event, { signal } = {}) {
      signal?.throwIfAborted();
      if (end.signal.aborted) throw closed();
      if (events.length >= limit) await until(places, signal, end.signal);
      events.push({ event });
      arrivals.wake();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        if (events.length > 0) yield take();
        else if (end.signal.aborted) return;
        else await arrivals.wait();
      }
    },
    close() {
      end.abort(closed());
      arrivals.wakeAll();
    },
    counts(): Counts {
      throw new Error("not built");
    },
  };
}

/** Waits for a place until it is woken, the caller leaves, or the buffer is closed. */
async function until(places: WaitQueue, ...signals: (AbortSignal | undefined)[]): Promise<void> {
  const either = new AbortController();
  const withdrawals = signals.map((signal) => onAbort(signal, () => either.abort(signal?.reason)));
  try {
    await places.wait({ signal: either.signal });
  } finally {
    for (const withdraw of withdrawals) withdraw();
  }
}
