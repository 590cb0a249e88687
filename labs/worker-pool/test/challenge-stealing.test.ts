import { challenge, Gauge, guarantee, simulate } from "@pattern-labs/testkit";

import { it } from "vitest";
import { createPool } from "./recorded-pool.ts";
import { lab } from "./subject.ts";

challenge("stealing", lab, () => {
  it("stealing.1 jobs of one key stay with one worker while every worker has work of its own", () =>
    simulate(async (sim) => {
      const pool = createPool(sim, { workers: 2, queueLimit: 20, stealing: true });
      const seen = new Map<string, Set<number | undefined>>();
      for (const key of ["a", "b", "b", "a", "a", "b", "b", "b", "a", "a"]) {
        await pool.submit(
          async ({ worker }) => {
            seen.set(key, (seen.get(key) ?? new Set()).add(worker));
            await pause(100);
          },
          { key },
        );
      }
      await pool.close();
      const shown = [...seen].map(([key, workers]) => `${key} on ${[...workers].join(" and ")}`).join(", ");
      guarantee(
        [...seen.values()].every((workers) => workers.size === 1),
        {
          happened: `two keys with 5 jobs each, two workers: ${shown}`,
          expected: "each key on one worker",
          why: "What a worker has warmed up for a key (a connection, a cache) serves the next job of that key.",
        },
      );
      guarantee(new Set([...seen.values()].flatMap((workers) => [...workers])).size === 2, {
        happened: `two keys, two workers: ${shown}`,
        expected: "the keys go to the workers in turn, as they first appear",
        why: "Otherwise one worker has all the work, and all the others live by stealing.",
      });
    }));

  it("stealing.2 a worker without work of its own takes the oldest job of the longest other queue", () =>
    simulate(async (sim) => {
      const pool = createPool(sim, { workers: 4, queueLimit: 20, stealing: true });
      const gauge = new Gauge();
      const begun: number[] = [];
      for (let i = 1; i <= 8; i += 1) {
        await pool.submit(
          () => {
            begun.push(i);
            return gauge.during(() => pause(100));
          },
          { key: "the only host" },
        );
      }
      await sim.idle();
      guarantee(gauge.running === 4, {
        happened: `8 jobs of a single key, 4 workers: ${gauge.running} ran at once`,
        expected: "4: those who have nothing of their own steal",
        why: "Without stealing one busy key leaves all workers but one without work.",
      });
      await pool.close();
      guarantee(begun.join() === "1,2,3,4,5,6,7,8", {
        happened: `they began as ${begun.join(", ")}`,
        expected: "1, 2, 3, 4, 5, 6, 7, 8: owner and thieves take the oldest",
        why: "Stealing must not make anybody wait longer than without it.",
      });
    }));
});

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
