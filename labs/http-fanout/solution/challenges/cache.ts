import { LruCache } from "@pattern-labs/primitives/lru-cache";
import type { CacheOptions, Call } from "../../contract.ts";
import { checkCounts, checkDurations } from "../../given/check-options.ts";

/** Gives the last value of a service again, for a time. */
export function cache(call: Call, { limit, ttlMs, refreshAfterMs, staleIfErrorMs }: CacheOptions): Call {
  checkCounts("cache call", { limit });
  checkDurations("cache call", { ttlMs, refreshAfterMs, staleIfErrorMs });
  const entries = new LruCache<string, Entry>({ limit, ttlMs: ttlMs + staleIfErrorMs });

  return async (service, patience) => {
    patience.signal.throwIfAborted();
    const entry = entries.get(service);
    const ageMs = entry === undefined ? Infinity : performance.now() - entry.storedAt;
    const isDue = ageMs >= refreshAfterMs && !entry?.isRefreshed;
    if (entry !== undefined && ageMs < ttlMs && !isDue) return entry.value;

    // Who finds it due refreshes it, with its own permit and under its own deadline: nothing runs in the background.
    if (entry !== undefined) entry.isRefreshed = true;
    try {
      const value = await call(service, patience);
      entries.set(service, { value, storedAt: performance.now(), isRefreshed: false });
      return value;
    } catch (error) {
      if (entry !== undefined) entry.isRefreshed = false; // It is the next one's turn.
      const kept = entries.get(service);
      if (kept === undefined || patience.signal.aborted) throw error;
      return kept.value;
    }
  };
}

interface Entry {
  readonly value: unknown;
  readonly storedAt: number;
  /** Whether somebody is about to replace it. */
  isRefreshed: boolean;
}
