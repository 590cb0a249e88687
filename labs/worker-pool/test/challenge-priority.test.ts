import { challenge, guarantee, type Sim, simulate } from "@pattern-labs/testkit";
import { it } from "vitest";
import type { PoolOptions } from "../contract.ts";
import { createPool } from "./recorded-pool.ts";
import { lab } from "./subject.ts";

challenge("priority", lab, () => {
  it("priority.1 the highest priority begins first, and equals keep their order", () =>
    simulate(async (sim) => {
      const jobs = [
        ["a", 0],
        ["b", 5],
        ["c", 0],
        ["d", 9],
        ["e", 5],
        ["f", -1],
        ["g", 9],
        ["h", undefined],
      ] as const;
      const order = await beginningOrder(
        sim,
        { ageingMs: 60_000 },
        jobs.map(([name, priority]) => ({ name, priority })),
      );
      guarantee(order === "d g b e a c h f", {
        happened: `with priorities a:0 b:5 c:0 d:9 e:5 f:-1 g:9 h:(none) the jobs began as ${order}`,
        expected: "d g b e a c h f",
        why: "Urgent means before the others; and among equals whoever came first has waited longest.",
      });
    }));

  it("priority.2 waiting raises a job, so that nobody starves", () =>
    simulate(async (sim) => {
      const pool = createPool(sim, { workers: 1, queueLimit: 10, ageingMs: 1_000 });
      let lowBegan = false;
      let highBefore = 0;
      await pool.submit(() => pause(10));
      const low = () => {
        lowBegan = true;
      };
      await pool.submit(low, { priority: 0 });
      for (let i = 0; i < 200 && !lowBegan; i += 1) {
        await pool.submit(() => pause(100), { priority: 5 });
        highBefore += 1;
        await pause(100);
      }
      // After 5 s of waiting it is worth as much as one of priority 5 that has just come.
      guarantee(lowBegan && highBefore >= 45 && highBefore <= 60, {
        happened: lowBegan
          ? `a job of priority 0 began after ${highBefore} later jobs of priority 5, one every 100 ms`
          : "a job of priority 0 never began while jobs of priority 5 kept coming",
        expected: "with ageingMs: 1000 it has caught up after 5 s, which is after about 50 of them",
        why: "What is never urgent is still wanted some day.",
      });
      await pool.close();
    }));

  it("priority.3 without `ageingMs` priorities do not count", () =>
    simulate(async (sim) => {
      const order = await beginningOrder(sim, {}, [
        { name: "a", priority: 0 },
        { name: "b", priority: 9 },
        { name: "c", priority: 5 },
      ]);
      guarantee(order === "a b c", {
        happened: `in a pool without ageingMs jobs of priority 0, 9 and 5 began as ${order}`,
        expected: "a b c, in the order in which they came",
        why: "Whoever did not ask for it, relies on first come, first served.",
      });
    }));
});

/** In which order the jobs begin that wait while the only worker is busy. */
async function beginningOrder(
  sim: Sim,
  options: Partial<PoolOptions>,
  jobs: readonly { readonly name: string; readonly priority: number | undefined }[],
): Promise<string> {
  const pool = createPool(sim, { workers: 1, queueLimit: 20, ...options });
  const order: string[] = [];
  await pool.submit(() => pause(10));
  await pause(1);
  for (const { name, priority } of jobs) {
    await pool.submit(() => void order.push(name), priority === undefined ? {} : { priority });
  }
  await pool.close();
  return order.join(" ");
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
