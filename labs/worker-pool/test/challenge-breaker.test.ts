import { challenge, explore, guarantee, simulate } from "@pattern-labs/testkit";

import { it } from "vitest";
import type { Pool } from "../contract.ts";
import { createPool } from "./recorded-pool.ts";
import { lab } from "./subject.ts";

challenge("breaker", lab, () => {
  it("breaker.1 after so many failures in a row the jobs of this key are refused without being called; others go on", () =>
    simulate(async (sim) => {
      const pool = createPool(sim, {
        workers: 1,
        queueLimit: 5,
        breaker: { failures: 3, coolDownMs: 10_000 },
      });
      const site = new Site(pool, "down.example");
      const results: string[] = [];
      site.up = false;
      for (let i = 0; i < 2; i += 1) results.push(await site.visit());
      site.up = true;
      results.push(await site.visit()); // A success: from here on it counts afresh.
      site.up = false;
      for (let i = 0; i < 5; i += 1) results.push(await site.visit());
      guarantee(results.join(" ") === "503 503 page 503 503 503 refused refused" && site.calls === 6, {
        happened: `with failures: 3 a site that answered 503 503 page 503 503 503 … gave ${results.join(" ")}, and was called ${site.calls} times`,
        expected:
          "503 503 page 503 503 503 refused refused: three in a row open the circuit, and then nobody is called",
        why: "A site that is down recovers sooner when it is left alone, and its jobs do not take the workers from the others.",
      });
      const other = await new Site(pool, "up.example").visit();
      guarantee(other === "page", {
        happened: `while the circuit of down.example was open, a job of up.example gave ${other}`,
        expected: "page: each key has a circuit of its own",
        why: "One broken host is no reason to stop the others.",
      });
      await pool.close();
    }));

  it("breaker.2 after the cool-down exactly one is let through, and it decides", () =>
    simulate(async (sim) => {
      const pool = createPool(sim, {
        workers: 4,
        queueLimit: 5,
        breaker: { failures: 1, coolDownMs: 10_000 },
      });
      const site = new Site(pool, "host");
      site.up = false;
      await site.visit();
      await pause(9_999);
      const early = await site.visit();
      await pause(1);
      const during = Promise.withResolvers<void>();
      site.answer = () => during.promise;
      const probes = [site.visit(), site.visit(), site.visit()];
      await sim.idle();
      during.resolve();
      const halfOpen = await Promise.all(probes);
      guarantee(early === "refused" && halfOpen.join(" ") === "503 refused refused", {
        happened: `before the cool-down was over a job gave ${early}; then three at once gave ${halfOpen.join(" ")}`,
        expected: "refused; then 503 refused refused: one tries, while the others are still refused",
        why: "Whoever sends everybody at once to somebody who has just stood up, knocks him over.",
      });
      const afterFailure = await site.visit();
      await pause(10_000);
      site.up = true;
      const trial = await site.visit();
      const closed = await Promise.all([site.visit(), site.visit()]);
      guarantee(afterFailure === "refused" && trial === "page" && closed.join(" ") === "page page", {
        happened: `after the failed trial: ${afterFailure}; after another cool-down, with the site up: ${trial}, then ${closed.join(" ")}`,
        expected: "refused; page, then page page: a failed trial opens it again, a good one closes it",
        why: "A circuit that never closes again is an outage of its own.",
      });
      await pool.close();
    }));

  it("breaker.3 a refusal is final: it is not retried", () =>
    simulate(async (sim) => {
      const pool = createPool(sim, {
        workers: 1,
        queueLimit: 5,
        retries: 3,
        baseDelayMs: 1_000,
        random: () => 0.5,
        breaker: { failures: 2, coolDownMs: 60_000 },
      });
      const site = new Site(pool, "host");
      site.up = false;
      const first = await site.visit();
      const at = sim.now();
      const second = await site.visit();
      guarantee(first === "refused" && second === "refused" && site.calls === 2 && sim.now() === at, {
        happened: `a job whose second attempt opened the circuit gave ${first}; the next gave ${second} after ${sim.now() - at} ms; the site was called ${site.calls} times`,
        expected: "refused both times, the second at once, after 2 calls in all",
        why: "Waiting and being refused again is the slowest way to learn what was known before.",
      });
      await pool.close();
    }));

  it("breaker.4 in every order of events an open circuit lets at most one through", () =>
    explore(async (sim) => {
      const pool = createPool(sim, { workers: 2, queueLimit: 3, breaker: { failures: 1, coolDownMs: 100 } });
      const site = new Site(pool, "host");
      site.up = false;
      await site.visit();
      await pause(100);
      let inside = 0;
      let peak = 0;
      site.answer = async () => {
        inside += 1;
        peak = Math.max(peak, inside);
        await sim.io("503");
        inside -= 1;
      };
      await Promise.all(["Ann", "Bob", "Cid"].map((name) => sim.spawn(name, () => site.visit())));
      guarantee(peak <= 1, {
        happened: `${peak} jobs tried the half-open circuit at once`,
        expected: "at most one at a time",
        why: "One is enough to find out.",
      });
      await pool.close();
    }));
});

/** A site behind the pool that is up or down. */
class Site {
  up = true;
  calls = 0;
  answer: () => Promise<void> = async () => {};
  readonly #pool: Pool;
  readonly #key: string;

  constructor(pool: Pool, key: string) {
    this.#pool = pool;
    this.#key = key;
  }

  /** "page", "503", or "refused" without having been asked. */
  async visit(): Promise<string> {
    const job = async () => {
      this.calls += 1;
      await this.answer();
      if (!this.up) throw new Error("503");
      return "page";
    };
    const { result } = await this.#pool.submit(job, { key: this.#key });
    return await result.catch((error: Error) =>
      error.name === "CircuitOpenError" ? "refused" : error.message,
    );
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
