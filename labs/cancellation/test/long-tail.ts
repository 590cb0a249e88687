import type { Sim } from "@pattern-labs/testkit";
import type { Task } from "../contract.ts";

/** A backend that mostly answers in 20 ms or so, and now and then takes a second. The same seed, the same latencies. */
export class LongTail {
  calls = 0;
  #state: number;

  constructor({ seed }: { readonly seed: number }) {
    this.#state = seed;
  }

  /** How long each of so many requests took, twenty of them at a time. */
  async latencies(
    sim: Sim,
    requests: number,
    ask: (call: Task<void>, signal: AbortSignal) => Promise<void>,
  ): Promise<number[]> {
    const latencies: number[] = [];
    let left = requests;
    const own = new AbortController().signal;
    const client = async () => {
      while (left > 0) {
        left -= 1;
        const askedAt = sim.now();
        await ask(this.#call, own);
        latencies.push(sim.now() - askedAt);
      }
    };
    await sim.waitFor("the requests", Promise.all(Array.from({ length: 20 }, client)));
    return latencies;
  }

  readonly #call: Task<void> = async ({ signal }) => {
    this.calls += 1;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, this.#latency());
    const stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    }
  };

  #latency(): number {
    const ordinary = 10 + 20 * this.#random();
    return this.#random() < 0.04 ? ordinary + 300 + 700 * this.#random() : ordinary;
  }

  /** Mulberry32. */
  #random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}

/** By nearest rank. */
export function percentile(values: readonly number[], percent: number): number {
  const ascending = [...values].sort((a, b) => a - b);
  return ascending[Math.ceil((percent / 100) * ascending.length) - 1] ?? Number.NaN;
}
