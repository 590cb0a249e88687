import type { Sim } from "@pattern-labs/testkit";
import type { AdaptiveLimit } from "../contract.ts";

/** Served at once by so many hands; a request takes so long, give or take a half. Beyond, all get slower together. */
const HANDS = 5;
const SERVICE_MS = 50;
/** What it can do in a second: five hands, 50 ms each. */
export const CAPACITY = (HANDS * 1_000) / SERVICE_MS;

interface Answered {
  readonly at: number;
  readonly ms: number;
}

/** A service behind a limit, in simulated time. What it does is counted here, not by the limit. */
export class Service {
  readonly #sim: Sim;
  readonly #limit: AdaptiveLimit;
  readonly #random: () => number;
  readonly #answered: Answered[] = [];
  inFlight = 0;
  peak = 0;
  /** Ten: everything takes ten times as long, as with a database that swaps. */
  slowness = 1;

  constructor(sim: Sim, limit: AdaptiveLimit, random: () => number) {
    this.#sim = sim;
    this.#limit = limit;
    this.#random = random;
  }

  /** So many requests a second, evenly, for so long; then waits until all that were admitted are answered. */
  async load({ perSecond, forMs }: { readonly perSecond: number; readonly forMs: number }): Promise<void> {
    const pending: Promise<void>[] = [];
    const beganAt = this.#sim.now();
    let sent = 0;
    for (let now = 0; now < forMs; now = this.#sim.now() - beganAt) {
      for (; sent < (perSecond * now) / 1_000; sent += 1) this.#request(pending);
      await pause(20);
    }
    await Promise.all(pending);
  }

  #request(pending: Promise<void>[]): void {
    const admission = this.#limit.enter();
    if (admission.admitted) pending.push(this.#serve(admission.leave));
  }

  async #serve(leave: () => void): Promise<void> {
    this.inFlight += 1;
    this.peak = Math.max(this.peak, this.inFlight);
    const crowding = Math.max(1, this.inFlight / HANDS);
    const began = this.#sim.now();
    await pause(SERVICE_MS * this.slowness * crowding * (0.5 + this.#random()));
    this.inFlight -= 1;
    leave();
    this.#answered.push({ at: this.#sim.now(), ms: this.#sim.now() - began });
  }

  /** What was answered during the last so many milliseconds: how much a second, and the 99th percentile of latency. */
  last(ms: number): { readonly perSecond: number; readonly p99Ms: number } {
    const since = this.#sim.now() - ms;
    const latencies = this.#answered.filter(({ at }) => at >= since).map((one) => one.ms);
    const sorted = latencies.sort((a, b) => a - b);
    const p99Ms = sorted[Math.ceil(0.99 * sorted.length) - 1] ?? 0;
    return { perSecond: Math.round((sorted.length * 1_000) / ms), p99Ms: Math.round(p99Ms) };
  }
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
