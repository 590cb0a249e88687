import type { Logger } from "pino";
import type { Challenge, Lab, RateDecision } from "../contract.ts";
import { RedisQuota } from "../engines/redis-quota.ts";
import type { Settings } from "./settings.ts";

/** A quota for each key: in this process, or shared with others, and then it takes a round trip. */
export interface Quota {
  /** Takes one request from the quota of `key`, if there is one. */
  take(key: string): RateDecision | Promise<RateDecision>;
  [Symbol.asyncDispose]?(): Promise<void>;
}

/** That of the answer, or the shared one; undefined where nobody has a quota. */
export function openQuota(
  lab: Lab,
  used: ReadonlySet<Challenge>,
  { settings, log }: { readonly settings: Settings; readonly log: Logger },
): Quota | undefined {
  const { quota, window: windowSeconds, redis: url } = settings;
  if (!used.has("rate")) return undefined;
  if (url === undefined) return lab.createRateLimit?.({ quota, windowSeconds });
  return new RedisQuota({
    ...{ url, quota, windowSeconds, timeoutMs: settings["redis-timeout"] ?? 200 },
    whenAway: settings["redis-away"] ?? "open",
    onFault: (error) => log.warn({ err: error }, "quota on redis"),
  });
}
