import { LinkedList } from "@pattern-labs/primitives/linked-list";
import type { AdaptiveLimit, AdaptiveLimitOptions, Admission } from "../../contract.ts";
import { checkCount, checkPositive } from "../options.ts";

/** By how much the limit falls when the target is missed: enough to be felt, little enough not to empty the service. */
const BACKOFF = 0.8;

/**
 * Additive increase, multiplicative decrease, once a window: as TCP finds the rate of a link that it knows nothing of.
 * After Chiu and Jain, "Analysis of the Increase and Decrease Algorithms for Congestion Avoidance" (1989).
 */
export class AimdLimit implements AdaptiveLimit {
  readonly #targetMs: number;
  readonly #windowMs: number;
  readonly #minLimit: number;
  readonly #maxLimit: number;
  readonly #latencies: SlidingWindow;
  #limit: number;
  #inFlight = 0;
  #wasReached = false; // Since the last decision: was there more demand than the limit let in?
  #decideAt: number;

  constructor({ targetMs, windowMs, minLimit = 1, maxLimit }: AdaptiveLimitOptions) {
    this.#targetMs = checkPositive("create an adaptive limit", "targetMs", targetMs);
    this.#windowMs = checkPositive("create an adaptive limit", "windowMs", windowMs);
    this.#minLimit = checkCount("create an adaptive limit", "minLimit", minLimit, 1);
    this.#maxLimit = checkCount("create an adaptive limit", "maxLimit", maxLimit, minLimit);
    this.#latencies = new SlidingWindow(windowMs);
    this.#limit = maxLimit;
    this.#decideAt = performance.now() + windowMs;
  }

  get limit(): number {
    return this.#limit;
  }

  get p99Ms(): number | undefined {
    return this.#latencies.percentile(0.99);
  }

  enter(): Admission {
    if (this.#inFlight >= this.#limit) {
      this.#wasReached = true;
      return { admitted: false, status: 503, retryAfterSeconds: 1 };
    }
    this.#inFlight += 1;
    const enteredAt = performance.now();
    let isInside = true;
    const leave = () => {
      if (isInside) this.#leave(enteredAt);
      isInside = false;
    };
    return { admitted: true, leave };
  }

  #leave(enteredAt: number): void {
    this.#inFlight -= 1;
    const now = performance.now();
    this.#latencies.add(now - enteredAt);
    if (now < this.#decideAt) return;
    this.#adjust();
    this.#wasReached = false;
    this.#decideAt = now + this.#windowMs; // So that the next decision sees what this one has done.
  }

  #adjust(): void {
    const p99Ms = this.p99Ms;
    if (p99Ms === undefined) return;
    if (p99Ms > this.#targetMs) this.#limit = Math.max(this.#minLimit, Math.floor(this.#limit * BACKOFF));
    // A limit that nobody reaches has not been tried: raising it would say nothing about the service.
    else if (this.#wasReached) this.#limit = Math.min(this.#maxLimit, this.#limit + 1);
  }
}

/** The latencies of the last so many milliseconds, each with the moment at which it was measured. */
class SlidingWindow {
  readonly #windowMs: number;
  readonly #samples = new LinkedList<{ readonly at: number; readonly ms: number }>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  add(ms: number): void {
    this.#forget();
    this.#samples.push({ at: performance.now(), ms });
  }

  /** By nearest rank. O(n log n) in the samples of the window: it is asked once a window. */
  percentile(share: number): number | undefined {
    this.#forget();
    const sorted = [...this.#samples].map(({ ms }) => ms).sort((a, b) => a - b);
    return sorted[Math.ceil(share * sorted.length) - 1];
  }

  #forget(): void {
    const oldest = performance.now() - this.#windowMs;
    while ((this.#samples.first?.value.at ?? Infinity) <= oldest) this.#samples.shift();
  }
}
