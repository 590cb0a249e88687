import { explore, guarantee, simulate } from "@pattern-labs/testkit";
import { describe, it } from "vitest";
import type { Snapshot } from "../contract.ts";
import { fetchPage } from "./pages.ts";
import { createPool } from "./recorded-pool.ts";

describe("Step 5: snapshot", () => {
  it("5.1 every job is counted by how it ended, and every retry", () =>
    simulate(
      async (sim) => {
        const pool = createPool(sim, {
          workers: 1,
          queueLimit: 10,
          retries: 2,
          baseDelayMs: 10,
          random: () => 0.5,
        });
        const fails =
          (times: number) =>
          ({ attempt }: { readonly attempt: number }) => {
            if (attempt <= times) throw new Error("503");
          };
        for (const times of [0, 1, 2, 3, 9]) await pool.submit(fails(times));
        await pause(1_000);
        await pool.submit((context) => fetchPage(sim, "slow page", { ...context, ms: 60_000 }));
        await pool.submit(() => {});
        await sim.idle();
        expectSnapshot(
          pool.snapshot(),
          "of 5 jobs 3 succeeded after 0, 1 and 2 failures, 2 ran out of retries, 1 more runs and 1 waits",
          {
            accepted: 7,
            succeeded: 3,
            failed: 2,
            cancelled: 0,
            retries: 7,
            queued: 1,
            waitingToRetry: 0,
          },
        );
        await pool.abort("enough");
        expectSnapshot(pool.snapshot(), "then the pool was aborted", {
          accepted: 7,
          succeeded: 3,
          failed: 2,
          cancelled: 2,
          retries: 7,
          queued: 0,
          waitingToRetry: 0,
        });
      },
      { leaks: false },
    ));

  it("5.2 at every instant `accepted` is the sum of its parts", () =>
    explore(
      async (sim) => {
        const look = (when: string) => checkSum(pool.snapshot(), when);
        const pool = createPool(sim, {
          workers: 2,
          queueLimit: 2,
          retries: 1,
          baseDelayMs: 100,
          random: () => {
            look("when a retry's wait is drawn");
            return 0.5;
          },
          isPermanent: () => {
            look("when an error is judged");
            return false;
          },
          ratePerSecond: 100,
          burst: 2,
        });
        const client = (name: string, fails: number) =>
          sim.spawn(name, async () => {
            const submit = pool.submit(async ({ signal, attempt }) => {
              look(`inside the job of ${name}`);
              const page = await fetchPage(sim, `page of ${name}`, { signal });
              look(`inside the job of ${name}, later`);
              if (attempt <= fails) throw new Error("503");
              return page;
            });
            look(`just after ${name} called submit`);
            const ticket = await submit.catch(() => undefined);
            look(`when ${name} got a ticket`);
            const lookAtOnce = () => look(`the moment that the job of ${name} settled`);
            await ticket?.result.then(lookAtOnce, lookAtOnce);
            look(`when the job of ${name} had settled`);
          });
        const clients = [client("Ann", 0), client("Bob", 1), client("Cid", 2)];
        const owner = sim.spawn("owner", async () => {
          const ended =
            sim.choose("ends by", ["close", "abort"]) === "close" ? pool.close() : pool.abort("Ctrl-C");
          look("just after the pool was told to end");
          await ended;
          look("when the pool had ended");
        });
        await Promise.all([...clients, owner]);
        const { queued, waitingToRetry, running } = pool.snapshot();
        guarantee(queued + waitingToRetry + running.length === 0, {
          happened: `all is over, and the snapshot says ${queued} queued, ${waitingToRetry} waiting to retry, ${running.length} running`,
          expected: "nothing is queued, waiting or running",
          why: "A job that is shown for ever sends people looking for it.",
        });
      },
      { leaks: false },
    ));

  it("5.3 `running` tells which job runs, for how long, and on which worker", () =>
    simulate(
      async (sim) => {
        const pool = createPool(sim, { workers: 3, queueLimit: 3 });
        const page = (ms: number) =>
          pool.submit((context) => fetchPage(sim, `page of ${ms} ms`, { ...context, ms }));
        await page(1_000);
        await page(3_000);
        await pause(2_000);
        await page(500);
        await pause(100);
        const { running } = pool.snapshot();
        const shown = running
          .map(({ id, sinceMs }) => `job ${id} for ${sinceMs} ms`)
          .sort()
          .join(", ");
        guarantee(shown === "job 2 for 2100 ms, job 3 for 100 ms", {
          happened: `the snapshot says that these run: ${shown || "none"}`,
          expected: "job 2 for 2100 ms, job 3 for 100 ms; job 1 has ended",
          why: "Which job has been running for an hour is the first question when a pool stands still.",
        });
        const workers = running.map(({ worker }) => worker);
        guarantee(new Set(workers).size === 2 && workers.every((worker) => [0, 1, 2].includes(worker)), {
          happened: `the two running jobs are on the workers ${workers.join(" and ")}`,
          expected: "on two different ones of 0, 1, 2",
          why: "One worker does one thing at a time.",
        });
        await pool.close();
      },
      { leaks: false },
    ));

  it("5.4 `utilisation` is the share of the workers' time that was spent on jobs", () =>
    simulate(
      async (sim) => {
        const pool = createPool(sim, { workers: 2, queueLimit: 2 });
        const seen: number[] = [pool.snapshot().utilisation];
        await pool.submit((context) => fetchPage(sim, "page", { ...context, ms: 1_000 }));
        for (const pauseMs of [500, 1_500, 2_000]) {
          await pause(pauseMs);
          seen.push(pool.snapshot().utilisation);
        }
        const shown = seen.map((share) => share.toFixed(3)).join(", ");
        guarantee(shown === "0.000, 0.500, 0.250, 0.125", {
          happened: `one job of 1,000 ms on two workers; at 0, 500, 2,000 and 4,000 ms the utilisation was ${shown}`,
          expected: "0.000, 0.500, 0.250, 0.125",
          why: "Close to 1 the pool is too small, close to 0 it is too large; but only if it is right.",
        });
        await pool.close();

        const asked: number[] = [];
        const failing = createPool(sim, {
          workers: 1,
          queueLimit: 1,
          retries: 1,
          isPermanent: () => {
            asked.push(failing.snapshot().utilisation);
            return true;
          },
        });
        await failing.submit(() => pause(100).then(() => Promise.reject(new Error("404"))));
        await failing.close();
        guarantee(asked.join() === "1", {
          happened: `one worker was busy all the time; inside isPermanent the utilisation was ${asked.join(", ")}`,
          expected: "1",
          why: "An attempt whose end is being judged is counted once: as running, or as past.",
        });
      },
      { leaks: false },
    ));

  it("5.5 a snapshot stays as it was taken", () =>
    simulate(
      async (sim) => {
        const pool = createPool(sim, { workers: 1, queueLimit: 1 });
        const ticket = await pool.submit((context) => fetchPage(sim, "page", { ...context, ms: 10 }));
        await sim.idle();
        const taken = pool.snapshot();
        const before = JSON.stringify(taken);
        await ticket.result;
        guarantee(JSON.stringify(taken) === before, {
          happened: `a snapshot of ${before} became ${JSON.stringify(taken)} when the job had ended`,
          expected: "it does not change any more",
          why: "It is kept, compared and sent elsewhere. Numbers that change while they are read do not add up.",
        });
        await pool.close();
      },
      { leaks: false },
    ));
});

type Counts = Omit<Snapshot, "running" | "utilisation" | "liveWorkers">;

function expectSnapshot(snapshot: Snapshot, story: string, expected: Counts): void {
  for (const [name, count] of Object.entries(expected)) {
    const found = snapshot[name as keyof Counts];
    guarantee(found === count, {
      happened: `${story}: the snapshot says ${name}: ${found}`,
      expected: `${name}: ${count}`,
      why: "Alarms and dashboards hang on these numbers.",
    });
  }
}

function checkSum(snapshot: Snapshot, when: string): void {
  const { accepted, succeeded, failed, cancelled, queued, waitingToRetry, running } = snapshot;
  const sum = succeeded + failed + cancelled + queued + waitingToRetry + running.length;
  guarantee(accepted === sum, {
    happened: `${when}: ${accepted} accepted, but ${succeeded} succeeded + ${failed} failed + ${cancelled} cancelled + ${queued} queued + ${waitingToRetry} waiting to retry + ${running.length} running = ${sum}`,
    expected: "both sides are equal at every instant",
    why: "A job that is nowhere for a moment is a job that a shutdown at that moment loses.",
  });
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
