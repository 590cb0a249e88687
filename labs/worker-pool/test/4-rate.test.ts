import { explore, guarantee, type Sim, simulate } from "@pattern-labs/testkit";
import { describe, it } from "vitest";
import type { Pool, Ticket } from "../contract.ts";
import { expectRefused } from "./out-of-range.ts";
import { outcomeOf } from "./pages.ts";
import { createPool } from "./recorded-pool.ts";

describe("Step 4: rate", () => {
  it("4.1 in any second at most `ratePerSecond` + `burst` attempts begin, over all workers", () =>
    simulate(
      async (sim) => {
        const pool = createPool(sim, { workers: 20, queueLimit: 100, ratePerSecond: 5, burst: 3 });
        const begunAt: number[] = [];
        const submit = (jobs: number) => submitAll(pool, jobs, () => begunAt.push(sim.now()));
        for (const pauseMs of [0, 10_000, 900, 100, 1_500, 700]) {
          await pause(pauseMs);
          await submit(12);
        }
        const spread = async (): Promise<void> => {
          begunAt.push(sim.now());
          if (begunAt.length < 120) void pool.submit(spread); // A page that links to the next, found at once.
          await pause(5);
        };
        await pool.submit(spread);
        await pause(60_000);
        const { count, from } = busiestSecond(begunAt);
        guarantee(count <= 8, {
          happened: `with ratePerSecond: 5 and burst: 3, ${count} attempts began in the second from ${from} ms on`,
          expected: "at most 8 in any second, wherever it begins",
          why: "Limits that start afresh each second let twice as many through at the turn; the site counts differently, and bans.",
        });
        await pool.close();
      },
      { leaks: false },
    ));

  it("4.2 after a quiet time `burst` begin at once, and the next when its time has come", () =>
    simulate(
      async (sim) => {
        const pool = createPool(sim, { workers: 20, queueLimit: 100, ratePerSecond: 2, burst: 4 });
        for (const when of ["at first", "after a quiet hour"]) {
          const begunAt: number[] = [];
          const start = sim.now();
          await submitAll(pool, 6, () => begunAt.push(sim.now() - start));
          const atOnce = begunAt.filter((at) => at <= 5).length;
          guarantee(atOnce === 4, {
            happened: `${when}, with ratePerSecond: 2 and burst: 4, ${atOnce} of 6 jobs began at once (${begunAt.join(", ")} ms)`,
            expected: "4 at once, and then one every 500 ms",
            why: "A burst is what makes a limit bearable: short peaks pass, and only long ones are slowed down.",
          });
          const later = begunAt.slice(4);
          guarantee(
            later.every((at, i) => Math.abs(at - (i + 1) * 500) <= 5),
            {
              happened: `${when}, after the burst the next began after ${later.join(" and ")} ms`,
              expected: "after 500 and 1,000 ms",
              why: "Two in a second is what was promised.",
            },
          );
          await pause(3_600_123); // No multiple of anything: whoever keeps to a grid is found out.
        }
        await pool.close();
      },
      { leaks: false },
    ));

  it("4.3 the rate is used up and does not drift", () =>
    simulate(
      async (sim) => {
        const pool = createPool(sim, { workers: 4, queueLimit: 50, ratePerSecond: 300, burst: 5 });
        const begunAt: number[] = [];
        await submitAll(pool, 1_505, () => begunAt.push(sim.now()));
        const took = begunAt.at(-1) ?? 0;
        guarantee(took >= 4_950 && took <= 5_050, {
          happened: `1,505 jobs at 300 a second, with a burst of 5, took ${took} ms`,
          expected: "5,000 ms, give or take 1 %",
          why: "A third of a millisecond lost or won at each wait is 10 % in the end: timers only know whole milliseconds.",
        });
        await pool.close();
      },
      { leaks: false, maxEvents: 100_000 },
    ));

  it("4.4 a retry spends a token like any other attempt", () =>
    simulate(
      async (sim) => {
        const pool = createPool(sim, {
          workers: 2,
          queueLimit: 2,
          ratePerSecond: 1,
          burst: 1,
          retries: 2,
          baseDelayMs: 2,
          random: () => 0.5,
        });
        const begunAt: number[] = [];
        const ticket = await pool.submit(({ attempt }) => {
          begunAt.push(sim.now());
          if (attempt < 3) throw new Error("503");
        });
        await sim.waitFor("the third attempt", ticket.result);
        guarantee(
          begunAt.every((at, i) => at >= i * 1_000 - 5),
          {
            happened: `with one attempt a second allowed, the job and its retries began at ${begunAt.join(", ")} ms`,
            expected: "at 0, 1000 and 2000 ms",
            why: "The site does not care why it is asked. When it is down, retries are most of the traffic.",
          },
        );
        await pool.close();
      },
      { leaks: false },
    ));

  it("4.5 `abort` ends the waiting for a turn, and jobs that waited for it were never begun", async () => {
    await simulate(waitsForItsTurnInTheQueue, { leaks: false });
    await explore(async (sim) => {
      const pool = createPool(sim, { workers: 2, queueLimit: 3, ratePerSecond: 1, burst: 1 });
      const begun = new Set<number>();
      const pages = [1, 2, 3];
      const tickets = await sim.waitFor(
        "places",
        Promise.all(
          pages.map((page) =>
            pool.submit(() => {
              begun.add(page);
              return sim.as(`page ${page}`, () => sim.io("arrives"));
            }),
          ),
        ),
      );
      let waitedMs = 0;
      const neverBegun = await sim.spawn("owner", async () => {
        const calledAt = sim.now();
        const ids = await sim.waitFor("abort", pool.abort("Ctrl-C"));
        waitedMs = sim.now() - calledAt;
        return ids;
      });
      guarantee(waitedMs === 0 && neverBegun.length + begun.size === 3, {
        happened: `of 3 jobs ${begun.size} had begun when the pool was aborted, ${neverBegun.length} are given as never begun, and \`abort\` took ${waitedMs} ms`,
        expected: "they add up to 3, and `abort` does not wait for anybody's turn",
        why: "A job that has its worker and waits for its turn is in neither list of a careless pool.",
      });
      for (const { result } of tickets) {
        const outcome = await outcomeOf(result);
        guarantee(outcome !== undefined, {
          happened: "a ticket never settled",
          expected: "each does",
          why: "Whoever awaits it waits for ever.",
        });
      }
    });
  });

  it("4.6 `close` drains at the same rate, and leaves nothing behind", () =>
    explore(async (sim) => {
      const pool = createPool(sim, { workers: 2, queueLimit: 3, ratePerSecond: 10, burst: 1 });
      const begunAt: number[] = [];
      const tickets = [1, 2, 3].map((page) =>
        pool.submit(() => {
          begunAt.push(sim.now());
          return sim.as(`page ${page}`, () => sim.io("arrives"));
        }),
      );
      await sim.waitFor("places", Promise.all(tickets));
      await sim.spawn("owner", () => sim.waitFor("close", pool.close()));
      guarantee(begunAt.length === 3 && begunAt.every((at, i) => at >= i * 100 - 5), {
        happened: `3 jobs at 10 a second were drained by \`close\`, beginning at ${begunAt.join(", ")} ms`,
        expected: "all of them, at 0, 100 and 200 ms or later",
        why: "The end of your process is no reason to hammer the site.",
      });
    }));

  it("4.7 options out of range are refused at once, by name", () => {
    const why = "A rate of 0 is a pool that accepts everything and never does anything.";
    expectRefused("ratePerSecond", [0, -1, Number.NaN], why);
    expectRefused("burst", [0, -1, 1.5, Number.NaN], why);
  });
});

/** A job that a worker has in hand, and may not begin yet, still takes its place. */
async function waitsForItsTurnInTheQueue(sim: Sim): Promise<void> {
  const pool = createPool(sim, { workers: 2, queueLimit: 1, ratePerSecond: 1, burst: 1 });
  let accepted = 0;
  for (let i = 0; i < 3; i += 1) {
    void pool
      .submit(() => {})
      .then(
        () => {
          accepted += 1;
        },
        () => {},
      );
  }
  await sim.idle();
  guarantee(accepted === 2, {
    happened: `with queueLimit: 1, one job had begun, the next waited for its turn, and ${accepted} of 3 were accepted`,
    expected: "2: the one that waits for its turn takes the only place in the queue",
    why: "Whatever waits is in the queue, or the bound bounds something else.",
  });
  await pool.abort("enough");
}

/** Submits so many jobs, one after the other, and waits until all are done. */
async function submitAll(pool: Pool, jobs: number, job: () => unknown): Promise<void> {
  const tickets: Ticket<unknown>[] = [];
  for (let i = 0; i < jobs; i += 1) tickets.push(await pool.submit(job));
  await Promise.all(tickets.map(({ result }) => result));
}

function busiestSecond(times: readonly number[]): { count: number; from: number } {
  return times
    .map((from) => ({ from, count: times.filter((at) => at >= from && at < from + 1_000).length }))
    .reduce((busiest, second) => (second.count > busiest.count ? second : busiest), { count: 0, from: 0 });
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
