import { LinkedList } from "@pattern-labs/primitives/linked-list";
import type { AdaptiveLimit, AdaptiveLimitOptions } from "../../contract.ts";
import { checkPositive, checkWhole, outOfRange } from "./checks.ts";

interface Sample {
  readonly enteredAt: number;
  readonly leftAt: number;
}

/** The limit never falls by more than half at once, however slow things are. */
const steepestFall = 0.5;
/** And when it falls, then far enough to be worth it. */
const gentlestFall = 0.9;

/**
 * Additive increase, multiplicative decrease. It decides once per window at most, and only by requests that came in
 * after the last decision: others tell of the limit as it was before, and would have it lowered twice for one fault. It
 * raises the limit only if that was reached since; otherwise a quiet night would raise it to a height that was never
 * tried. It decides when somebody leaves, so it needs no timer.
 */
export function createAdaptiveLimit(options: AdaptiveLimitOptions): AdaptiveLimit {
  const { targetMs, windowMs, minLimit = 1, maxLimit } = options;
  checkPositive("targetMs", targetMs);
  checkPositive("windowMs", windowMs);
  checkWhole("minLimit", minLimit, 1);
  checkWhole("maxLimit", maxLimit, 1);
  if (maxLimit < minLimit) throw outOfRange("maxLimit", `at least minLimit, ${minLimit}`, maxLimit);

  const samples = new LinkedList<Sample>(); // In the order in which they left.
  let limit = maxLimit;
  let inFlight = 0;
  let reached = false; // Since the last decision.
  let decidedAt = performance.now();

  function forgetOld(now: number): void {
    for (let oldest = samples.first; oldest !== undefined; oldest = samples.first) {
      if (now - oldest.value.leftAt < windowMs) return;
      samples.remove(oldest);
    }
  }

  function decide(now: number): void {
    const p99Ms = p99Of([...samples].filter(({ enteredAt }) => enteredAt >= decidedAt));
    if (p99Ms === undefined) return; // Not so: somebody who has just left is among them.
    if (p99Ms > targetMs) {
      const fall = Math.min(Math.max(targetMs / p99Ms, steepestFall), gentlestFall);
      limit = Math.max(minLimit, Math.floor(limit * fall));
    } else if (reached) {
      limit = Math.min(maxLimit, limit + 1);
    }
    decidedAt = now;
    reached = inFlight >= limit;
  }

  return {
    enter() {
      if (inFlight >= limit) return { admitted: false, status: 503, retryAfterSeconds: 1 };
      inFlight += 1;
      if (inFlight === limit) reached = true;
      const enteredAt = performance.now();
      let inside = true;
      return {
        admitted: true,
        leave() {
          if (!inside) return;
          inside = false;
          inFlight -= 1;
          const now = performance.now();
          samples.push({ enteredAt, leftAt: now });
          forgetOld(now);
          if (enteredAt >= decidedAt && now - decidedAt >= windowMs) decide(now);
        },
      };
    },

    /** While it falls it follows those who leave: they cannot be thrown out, and until then nobody else comes in. */
    get limit() {
      return Math.max(limit, inFlight);
    },

    get p99Ms() {
      forgetOld(performance.now());
      return p99Of([...samples]);
    },
  };
}

function p99Of(samples: readonly Sample[]): number | undefined {
  const latencies = Float64Array.from(samples, ({ enteredAt, leftAt }) => leftAt - enteredAt).sort();
  return latencies[Math.ceil((99 * latencies.length) / 100) - 1];
}
