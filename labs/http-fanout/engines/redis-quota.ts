import { Redis } from "ioredis";
import { z } from "zod";
import type { RateDecision, RateLimitOptions } from "../contract.ts";
import { checkCounts, checkDurations } from "../given/check-options.ts";

export interface RedisQuotaOptions extends RateLimitOptions {
  /** "redis://127.0.0.1:6379" */
  readonly url: string;
  /** Before each key in Redis, so that others may share it. Default "quota:". */
  readonly prefix?: string | undefined;
  /** How long Redis may take to answer. */
  readonly timeoutMs: number;
  /** When Redis does not answer: whether requests are let through uncounted, or refused. */
  readonly whenAway: "open" | "closed";
  /** Told when Redis does not answer, and of what its client reports. Not async. */
  readonly onFault?: ((error: unknown) => void) | undefined;
}

/**
 * The Generic Cell Rate Algorithm, as in the challenge `rate`: when the bucket will be full again is all that is known of
 * a key. Looking and taking are one step, for Redis runs one script at a time; the clock is that of Redis, for those of
 * the instances differ. A key that has all of its quota back is forgotten by Redis itself. In microseconds, whole ones.
 */
const SCRIPT = `
local time = redis.call("TIME")
local now = time[1] * 1000000 + time[2]
local one = tonumber(ARGV[1])
local window = tonumber(ARGV[2])
local full_at = math.max(tonumber(redis.call("GET", KEYS[1]) or now), now)
local refused_for = full_at + one - now - window
if refused_for > 0 then return {0, full_at - now, refused_for} end
full_at = full_at + one
redis.call("SET", KEYS[1], string.format("%.0f", full_at), "PX", math.ceil((full_at - now) / 1000))
return {1, full_at - now, 0}
`;

const repliesSchema = z.tuple([z.int(), z.int(), z.int()]);

/** ioredis knows a script by its digest, and sends its text when Redis does not. */
interface WithScript extends Redis {
  takeQuota(key: string, oneUs: number, windowUs: number): Promise<unknown>;
}

/** A quota for each key that all instances share. It takes a round trip, and Redis may be away. */
export class RedisQuota implements AsyncDisposable {
  readonly #options: RedisQuotaOptions;
  readonly #redis: WithScript;
  readonly #oneUs: number;
  readonly #windowUs: number;

  /** Connects by itself, and again when the connection breaks. @throws {RangeError} For a number out of its range. */
  constructor(options: RedisQuotaOptions) {
    const { quota, windowSeconds, timeoutMs } = options;
    checkCounts("create redis quota", { quota, windowSeconds });
    checkDurations("create redis quota", { timeoutMs });
    this.#options = options;
    this.#windowUs = windowSeconds * 1_000_000;
    this.#oneUs = Math.max(1, Math.floor(this.#windowUs / quota)); // Rounded in favour of the key.
    this.#redis = new Redis(options.url, {
      commandTimeout: timeoutMs,
      connectTimeout: timeoutMs,
      // Nothing is kept for later: a request that waits for Redis to come back is late anyway.
      ...{ enableOfflineQueue: false, maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false },
      retryStrategy: (times) => Math.min(50 * times, 1_000),
      scripts: { takeQuota: { lua: SCRIPT, numberOfKeys: 1 } },
    }) as WithScript;
    this.#redis.on("error", (error) => options.onFault?.(error));
  }

  /** Takes one request from the quota of `key`, if there is one. Never rejects: `whenAway` decides what cannot be asked. */
  async take(key: string): Promise<RateDecision> {
    const { prefix = "quota:" } = this.#options;
    try {
      const told = await this.#redis.takeQuota(prefix + key, this.#oneUs, this.#windowUs);
      const [allowed, fullInUs, refusedForUs] = repliesSchema.parse(told);
      return this.#decision(allowed === 1, fullInUs, refusedForUs);
    } catch (error) {
      this.#options.onFault?.(error);
      return this.#blind();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#redis.disconnect();
  }

  #decision(allowed: boolean, fullInUs: number, refusedForUs: number): RateDecision {
    const left = Math.max(0, Math.floor((this.#windowUs - fullInUs) / this.#oneUs));
    const headers = { ...this.#policy(), RateLimit: `"default";r=${left};t=${seconds(fullInUs)}` };
    return allowed
      ? { allowed, headers }
      : { allowed, headers: { ...headers, "Retry-After": seconds(refusedForUs) } };
  }

  /** Nothing is known of the key. */
  #blind(): RateDecision {
    const { quota, whenAway } = this.#options;
    if (whenAway === "open")
      return { allowed: true, headers: { ...this.#policy(), RateLimit: `"default";r=${quota};t=0` } };
    const headers = { ...this.#policy(), RateLimit: `"default";r=0;t=1`, "Retry-After": "1" };
    return { allowed: false, headers };
  }

  #policy(): { readonly "RateLimit-Policy": string } {
    const { quota, windowSeconds } = this.#options;
    return { "RateLimit-Policy": `"default";q=${quota};w=${windowSeconds}` };
  }
}

/** Rounded up: who comes back after it must not be refused again. */
function seconds(us: number): string {
  return String(Math.ceil(us / 1_000_000));
}
