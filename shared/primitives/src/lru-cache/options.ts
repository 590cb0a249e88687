import { checkMs, checkOptionalFunction, checkOptions, checkSlotCount } from "../arguments/check.ts";

/** Why an entry has left: pushed out by the limit, too old, given another value, or by `delete` or `clear`. */
export type RemovalReason = "evicted" | "expired" | "replaced" | "deleted";

export interface LruCacheOptions<K, V> {
  /** How many entries there may be; whatever their size. */
  readonly limit: number;
  /** How long an entry is fresh; for ever by default. */
  readonly ttlMs?: number | undefined;
  /** How long after that `fetch` still gives it out, at once, while it loads it anew for those who come later. */
  readonly staleWhileRevalidateMs?: number | undefined;
  /** How long after that `fetch` still gives it out if loading it anew fails. */
  readonly staleIfErrorMs?: number | undefined;
  /** Told of each entry that has left, to close what it held, say. It may use the cache, and must not throw. */
  readonly onRemove?: ((key: K, value: V, reason: RemovalReason) => void) | undefined;
}

export function checkLruCacheOptions<K, V>(options: LruCacheOptions<K, V>): void {
  checkOptions(creating, options);
  const { limit, ttlMs = Infinity, staleWhileRevalidateMs = 0, staleIfErrorMs = 0, onRemove } = options;
  checkSlotCount(creating, "limit", limit);
  checkMs(creating, "ttlMs", ttlMs);
  checkMs(creating, "staleWhileRevalidateMs", staleWhileRevalidateMs);
  checkMs(creating, "staleIfErrorMs", staleIfErrorMs);
  checkOptionalFunction(creating, "onRemove", onRemove);
}

const creating = "create LruCache";
