import { challenge, Gauge, guarantee, noLeaks, simulate } from "@pattern-labs/testkit";

import { it } from "vitest";
import { createPool } from "./recorded-pool.ts";
import { lab } from "./subject.ts";

challenge("scaling", lab, () => {
  it("scaling.1 it begins with `minWorkers`, and adds workers while jobs wait and all are busy", () =>
    simulate(async (sim) => {
      const pool = createPool(sim, { workers: 4, minWorkers: 1, idleMs: 1_000, queueLimit: 10 });
      const seen = [pool.snapshot().liveWorkers];
      const gauge = new Gauge();
      for (let i = 0; i < 6; i += 1) await pool.submit(() => gauge.during(() => pause(100)));
      await sim.idle();
      seen.push(pool.snapshot().liveWorkers);
      guarantee(seen.join() === "1,4" && gauge.peak === 4, {
        happened: `with minWorkers: 1 and workers: 4 it had ${seen[0]} live workers before, and ${seen[1]} with 6 jobs to do, of which ${gauge.peak} ran at once`,
        expected: "1 before, and 4 with 4 jobs at once",
        why: "A worker that is not needed may hold a connection that somebody else needs.",
      });
      await pool.close();
    }));

  it("scaling.2 a worker that was idle for `idleMs` ends, down to `minWorkers`", () =>
    simulate(async (sim) => {
      const pool = createPool(sim, { workers: 4, minWorkers: 1, idleMs: 1_000, queueLimit: 10 });
      for (let i = 0; i < 4; i += 1) await pool.submit(() => pause(100));
      const seen: (number | undefined)[] = [];
      for (const ms of [1_000, 200, 60_000]) {
        await pause(ms);
        seen.push(pool.snapshot().liveWorkers);
      }
      guarantee(seen.join() === "4,1,1", {
        happened: `4 workers became idle at 100 ms; at 1,000, 1,200 and 61,200 ms there were ${seen.join(", ")}`,
        expected: "4, 1 and 1: idle for 1,000 ms they end, but one stays",
        why: "The peak is over; what it needed need not be kept until the next one.",
      });
      const gauge = new Gauge();
      for (let i = 0; i < 4; i += 1) await pool.submit(() => gauge.during(() => pause(100)));
      await sim.idle();
      guarantee(gauge.running === 4, {
        happened: `after they had ended, ${gauge.running} of 4 new jobs ran at once`,
        expected: "4: workers come back when there is work",
        why: "The next peak comes.",
      });
      await pool.close();
    }));

  it("scaling.3 the end waits for no idle timer, and leaves none", () =>
    noLeaks(() =>
      simulate(async (sim) => {
        const pool = createPool(sim, { workers: 4, minWorkers: 0, idleMs: 60_000, queueLimit: 10 });
        for (let i = 0; i < 4; i += 1) await pool.submit(() => pause(100));
        await pause(200);
        const calledAt = sim.now();
        await pool.close();
        guarantee(sim.now() === calledAt, {
          happened: `\`close\` took ${sim.now() - calledAt} ms although every worker was idle`,
          expected: "it resolves at once",
          why: "Nobody waits for somebody who has nothing to do.",
        });
      }),
    ));
});

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
