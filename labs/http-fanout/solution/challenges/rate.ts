import type { RateDecision, RateLimit, RateLimitOptions } from "../../contract.ts";
import { checkCounts } from "../../given/check-options.ts";

/** Times are added up here, and a sum of fractions is a little off. */
const SLACK_MS = 1e-6;

/**
 * A token bucket for each key, in the form of the Generic Cell Rate Algorithm, ITU-T I.371 (1993): when the bucket will
 * be full again is all that must be known of it.
 */
export class QuotaPerKey implements RateLimit {
  readonly #quota: number;
  readonly #windowMs: number;
  readonly #policy: string;
  /** In the order of the last request that was allowed: whoever has not come for a window has all of its quota. */
  readonly #fullAt = new Map<string, number>();

  constructor({ quota, windowSeconds }: RateLimitOptions) {
    checkCounts("create rate limit", { quota, windowSeconds });
    this.#quota = quota;
    this.#windowMs = windowSeconds * 1_000;
    this.#policy = `"default";q=${quota};w=${windowSeconds}`;
  }

  get keys(): number {
    return this.#fullAt.size;
  }

  take(key: string): RateDecision {
    const now = performance.now();
    const oneMs = this.#windowMs / this.#quota; // So long it takes for one to come back.
    const fullAt = Math.max(this.#fullAt.get(key) ?? 0, now);
    const wouldBeFullAt = fullAt + oneMs;
    const refusedForMs = wouldBeFullAt - now - this.#windowMs;
    if (refusedForMs > SLACK_MS) {
      return {
        allowed: false,
        headers: { ...this.#tell(fullAt - now), "Retry-After": seconds(refusedForMs) },
      };
    }
    this.#fullAt.delete(key); // To the end of the order.
    this.#fullAt.set(key, wouldBeFullAt);
    this.#forgetFull(now);
    return { allowed: true, headers: this.#tell(wouldBeFullAt - now) };
  }

  #tell(fullInMs: number): { readonly "RateLimit-Policy": string; readonly RateLimit: string } {
    const left = Math.floor(((this.#windowMs - fullInMs + SLACK_MS) / this.#windowMs) * this.#quota);
    return {
      "RateLimit-Policy": this.#policy,
      RateLimit: `"default";r=${left};t=${seconds(fullInMs)}`,
    };
  }

  #forgetFull(now: number): void {
    for (const [key, fullAt] of this.#fullAt) {
      if (fullAt > now) return;
      this.#fullAt.delete(key);
    }
  }
}

/** Rounded up: who comes back after it must not be refused again. */
function seconds(ms: number): string {
  return String(Math.ceil((ms - SLACK_MS) / 1_000));
}
