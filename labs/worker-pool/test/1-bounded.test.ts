import { getEventListeners } from "node:events";
import { explore, Gauge, guarantee, type Sim, simulate } from "@pattern-labs/testkit";
import { describe, it } from "vitest";
import type { Pool, Ticket } from "../contract.ts";
import { expectRefused } from "./out-of-range.ts";
import { describeOutcome, outcomeOf } from "./pages.ts";
import { createPool } from "./recorded-pool.ts";

// Nothing closes a pool before step 2, so workers that wait for jobs are not yet called a leak.
const options = { leaks: false } as const;

describe("Step 1: bounded", () => {
  it("1.1 never more than `workers` jobs run at once", () =>
    explore(async (sim) => {
      const pool = createPool(sim, { workers: 2, queueLimit: 2 });
      const gauge = new Gauge();
      const client = (name: string, pages: readonly number[]) =>
        sim.spawn(name, async () => {
          const tickets: Ticket<void>[] = [];
          for (const page of pages) {
            const fetchPage = () => sim.as(`page ${page}`, () => gauge.during(() => sim.io("arrives")));
            tickets.push(await sim.waitFor(`a place for page ${page}`, pool.submit(fetchPage)));
          }
          for (const { result } of tickets) await sim.waitFor("its pages", result);
        });
      await Promise.all([client("Ann", [1, 2, 3]), client("Bob", [4, 5, 6])]);
      guarantee(gauge.runs === 6, {
        happened: `6 jobs were submitted and their results have settled, but jobs ran ${gauge.runs} times`,
        expected: "each runs once",
        why: "A limit that is kept by not doing the work is none.",
      });
      guarantee(gauge.peak <= 2, {
        happened: `${gauge.peak} jobs ran at once`,
        expected: "at most 2 run at once, for the pool has 2 workers",
        why: "The limit is a promise to somebody: a site that bans whoever opens more connections than it allows.",
      });
    }, options));

  it("1.2 all workers run when there is work for all", () =>
    simulate(async (sim) => {
      const pool = createPool(sim, { workers: 4, queueLimit: 4 });
      const { submitted, allRun } = submitMeeting(sim, pool, 4);
      await submitted;
      await allRun;

      const parent = await pool.submit(async () => {
        const child = await pool.submit(() => "the child's page"); // The moment that it begins, before any await.
        return await child.result;
      });
      await sim.waitFor("a job that waits for a job which it submitted as it began", parent.result, () => ({
        happened: "a job submitted another as it began; three workers were free, and none of them took it",
        expected: "a free worker begins it",
        why: "The pool is in the middle of something just then, and forgets to look again.",
      }));
    }, options));

  it("1.3 `submit` waits while the queue is full, and no longer", () =>
    simulate(async (sim) => {
      const pool = createPool(sim, { workers: 2, queueLimit: 3 });
      const pages = Array.from({ length: 8 }, () => Promise.withResolvers<void>());
      const tickets: Ticket<void>[] = [];
      const accepted = () => tickets.length;
      for (const page of pages) void pool.submit(() => page.promise).then((ticket) => tickets.push(ticket));

      await sim.idle();
      guarantee(accepted() <= 5, {
        happened: `${accepted()} of 8 jobs were accepted while not one had ended`,
        expected: "5 are: 2 run and 3 wait in the queue; the others wait in `submit`",
        why: "A queue without a bound takes all that it is given, until the memory is full. Waiting slows the sender down.",
      });
      guarantee(accepted() === 5, {
        happened: `only ${accepted()} of 8 jobs were accepted, and then nothing moved`,
        expected: "5 are: 2 run and 3 wait in the queue",
        why: "The queue is there so that a worker that gets free finds its next job at once.",
      });

      pages[0]?.resolve();
      await sim.idle();
      guarantee(accepted() === 6, {
        happened: `one job ended, and ${accepted() - 5} of those that waited in \`submit\` were accepted`,
        expected: "exactly one is: its worker took the first of the queue, which made one place",
        why: "Fewer and the workers run dry; more and the queue grows beyond its bound.",
      });
      for (const page of pages) page.resolve();
      await sim.idle();
      guarantee(accepted() === 8, {
        happened: `all jobs have ended, and ${8 - accepted()} calls of \`submit\` still wait`,
        expected: "every one of them gets its place in the end",
        why: "Whoever waits for a place that nobody hands over waits for ever.",
      });
    }, options));

  it("1.4 `submit` hands over a ticket, numbered from 1, without waiting for the job", () =>
    simulate(async (sim) => {
      const pool = createPool(sim, { workers: 1, queueLimit: 2 });
      const page = Promise.withResolvers<string>();
      const ticket = await sim.waitFor(
        "the ticket of a job that still runs",
        pool.submit(() => page.promise),
        () => ({
          happened: "`submit` did not resolve while its job was running",
          expected: "it resolves once the job is accepted; `result` settles with the job",
          why: "A caller that awaits `submit` would otherwise run one job after the other, however many workers there are.",
        }),
      );
      const next = await pool.submit(() => "second");
      guarantee(ticket.id === 1 && next.id === 2, {
        happened: `the first two jobs got the ids ${ticket.id} and ${next.id}`,
        expected: "the ids 1 and 2",
        why: "Everything that is told about a job later, is told by its id.",
      });
      page.resolve("the page");
      const value = await sim.waitFor("the result of the first job", ticket.result);
      guarantee(value === "the page", {
        happened: `the job gave "the page", and its result was ${JSON.stringify(value)}`,
        expected: "`result` resolves to what the job returned",
        why: "That value is what the caller came for.",
      });
    }, options));

  it("1.5 jobs begin in the order in which they were submitted", async () => {
    await simulate(beginningTogether, options);
    await explore(async (sim) => {
      const pool = createPool(sim, { workers: 2, queueLimit: 2 });
      const submitted: number[] = [];
      const begun: number[] = [];
      const late: Promise<void>[] = [];
      const submit = async (page: number) => {
        submitted.push(page);
        const { result } = await pool.submit(() =>
          sim.as(`page ${page}`, () => {
            begun.push(page);
            if (page === 1) late.push(submit(9)); // A job that finds another page, and does not wait for it.
            return sim.io("arrives");
          }),
        );
        await sim.waitFor(`page ${page}`, result);
      };
      const crowd = Promise.all([1, 2, 3, 4, 5].map(submit));
      const newcomer = sim.spawn("newcomer", () => submit(6));
      const regular = submit(7).then(() => submit(8)); // Comes back the moment that its first page has arrived.
      await Promise.all([crowd, newcomer, regular]);
      await Promise.all(late);
      guarantee(begun.join() === submitted.join(), {
        happened: `submitted as ${submitted.join(", ")}, the jobs began as ${begun.join(", ")}`,
        expected: "first come, first served, in the queue and in front of it",
        why: "Whoever is overtaken again and again never gets served: that is starvation.",
      });
    }, options);
  });

  it("1.6 a job that fails, in whatever way, fails alone", () =>
    explore(async (sim) => {
      const pool = createPool(sim, { workers: 2, queueLimit: 3 });
      const broken = new Error("503");
      const throwsAtOnce = () => {
        throw broken;
      };
      const rejects = () => sim.as("bad page", () => sim.io("fails", throwsAtOnce));
      const failures = [
        await pool.submit(throwsAtOnce),
        await pool.submit(rejects),
        await pool.submit(throwsAtOnce),
      ];
      for (const { id, result } of failures) {
        const outcome = await sim.waitFor(
          `the result of job ${id}`,
          result.then(String, (error: unknown) => error),
        );
        guarantee(outcome === broken, {
          happened: `job ${id} failed with "503", and its result gave ${String(outcome)}`,
          expected: "`result` rejects with the very error that the job threw",
          why: "The caller decides by it what to do next.",
        });
      }
      const { submitted, allRun } = submitMeeting(sim, pool, 2, "after three failed jobs");
      await submitted;
      await allRun;
    }, options));

  it("1.7 a failed job whose result nobody looks at harms nobody", () =>
    simulate(async (sim) => {
      const pool = createPool(sim, { workers: 1, queueLimit: 1 });
      const { result } = await pool.submit(() =>
        sim.io("fails", () => Promise.reject(new Error("nobody looks at this"))),
      );
      await sim.idle();
      const outcome = await outcomeOf(result); // Looked at when it has failed long ago.
      guarantee(outcome !== undefined && "error" in outcome, {
        happened: `the job failed, and its result, looked at later, ${describeOutcome(outcome)}`,
        expected: "it rejects, and was no unhandled rejection meanwhile",
        why: "An unhandled rejection ends the process, with all the other jobs in it.",
      });
    }, options));

  it("1.8 an abort while `submit` waits for a place ends the waiting, and the job never runs", async () => {
    await simulate(abortWithoutRoom, options);
    await explore(async (sim) => {
      const pool = createPool(sim, { workers: 1, queueLimit: 1 });
      const reason = { why: "changed my mind" };
      const controller = new AbortController();
      const page = (name: string) => () => sim.as(name, () => sim.io("arrives"));
      let ranAfterRefusal = false;
      let refusedWith: unknown = "nothing";
      const first = await pool.submit(page("page 1"));
      const second = await sim.waitFor("a place in the queue", pool.submit(page("page 2")));
      const quitter = pool.submit(
        () => {
          ranAfterRefusal = refusedWith !== "nothing";
        },
        { signal: controller.signal },
      );
      const patient = pool.submit(page("page 4"));
      sim.anytime("abort", () => controller.abort(reason));

      await sim.waitFor(
        "submit, after the abort or with a place",
        quitter.then(
          (ticket) => ticket.result,
          (error: unknown) => {
            refusedWith = error;
          },
        ),
      );
      guarantee(refusedWith === "nothing" || refusedWith === reason, {
        happened: `\`submit\` rejected with ${String(refusedWith)}`,
        expected: "it rejects with the signal's own `reason`, the identical object",
        why: "By the reason the caller tells a shutdown from a timeout.",
      });
      for (const ticket of [first, second, await sim.waitFor("a place after the quitter", patient)]) {
        await sim.waitFor("the other jobs", ticket.result);
      }
      guarantee(!ranAfterRefusal, {
        happened: "a job ran although its `submit` had been aborted",
        expected: "it is forgotten",
        why: "Whoever was told that it will not run may do it elsewhere; then it is done twice.",
      });
      const left = getEventListeners(controller.signal, "abort").length;
      guarantee(left === 0, {
        happened: `${left} abort listeners are still on the caller's signal`,
        expected: "none is, whichever way the waiting ended",
        why: "Such a signal lives as long as the service. Listeners that stay are a leak that grows with each job.",
      });
    }, options);
  });

  it("1.9 with an aborted signal nothing is accepted, even when there is room", () =>
    simulate(async (sim) => {
      const pool = createPool(sim, { workers: 1, queueLimit: 1 });
      const reason = new Error("too late");
      let ran = false;
      const job = () => {
        ran = true;
      };
      const outcome = await pool.submit(job, { signal: AbortSignal.abort(reason) }).catch((error) => error);
      guarantee(outcome === reason && !ran, {
        happened: outcome === reason ? "the job ran" : "the job was accepted",
        expected: "`submit` rejects with the signal's `reason`",
        why: "Work that was cancelled must not begin.",
      });
    }, options));

  it("1.10 options out of range are refused at once, by name", () => {
    for (const name of ["workers", "queueLimit"] as const) {
      expectRefused(
        name,
        [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY],
        "A pool with no worker looks alive and does nothing; that is found out at night.",
      );
    }
  });
});

/** Submits jobs that end only once all of them run at the same time. */
function submitMeeting(sim: Sim, pool: Pool, size: number, when = "") {
  const all = Promise.withResolvers<void>();
  const gauge = new Gauge();
  const broken = () => ({
    happened: `${size} jobs were submitted to ${size} workers${when && ` ${when}`}, and only ${gauge.peak} ran at once`,
    expected: `all ${size} run at the same time`,
    why: "A pool that does one thing after the other is slow, and one whose workers die gets slower by the day.",
  });
  const meet = (n: number) => () =>
    sim.as(`job ${n}`, () =>
      gauge.during(() => {
        if (gauge.running === size) all.resolve();
        return sim.waitFor(`all ${size} jobs to run at once`, all.promise, broken);
      }),
    );
  const submitted = Promise.all(Array.from({ length: size }, (_, i) => pool.submit(meet(i + 1))));
  const allRun = submitted
    .then((tickets) => Promise.all(tickets.map(({ result }) => result)))
    .then(() => guarantee(gauge.peak === size, broken()));
  return { submitted: sim.waitFor("the tickets", submitted), allRun: sim.waitFor("the jobs", allRun) };
}

/** Two jobs end at the same moment, so two places become free at once; and a job that begins just then submits one more. */
async function beginningTogether(sim: Sim): Promise<void> {
  const pool = createPool(sim, { workers: 2, queueLimit: 2 });
  const gate = Promise.withResolvers<void>();
  const begun: number[] = [];
  const submit = (page: number): Promise<unknown> =>
    pool.submit(() => {
      begun.push(page);
      if (page === 4) void submit(6);
      return page <= 2 ? gate.promise : sim.as(`page ${page}`, () => sim.io("arrives"));
    });
  for (let page = 1; page <= 5; page += 1) void submit(page);
  await sim.idle();
  gate.resolve();
  await sim.idle();
  guarantee(begun.join() === "1,2,3,4,5,6", {
    happened: `1 and 2 ended at the same moment, 4 submitted 6 as it began, 5 was waiting for a place; they began as ${begun.join(", ")}`,
    expected: "1, 2, 3, 4, 5, 6: whoever waits for a place comes before whoever comes later",
    why: "A place that is promised but not yet taken is a gap through which a newcomer slips.",
  });
}

/** Nobody makes room: only the abort can end the waiting. */
async function abortWithoutRoom(sim: Sim): Promise<void> {
  const pool = createPool(sim, { workers: 1, queueLimit: 1 });
  const page = Promise.withResolvers<void>();
  await pool.submit(() => page.promise);
  await sim.waitFor(
    "a place in the queue",
    pool.submit(() => {}),
  );
  const reason = { why: "changed my mind" };
  const controller = new AbortController();
  let ran = false;
  const quitter = pool.submit(
    () => {
      ran = true;
    },
    { signal: controller.signal },
  );
  await sim.idle();
  controller.abort(reason);
  const outcome = await outcomeOf(quitter);
  page.resolve();
  await sim.idle();
  guarantee(outcome !== undefined && "error" in outcome && outcome.error === reason && !ran, {
    happened: `while \`submit\` waited for a place its signal was aborted; it ${describeOutcome(outcome)}${ran ? ", and the job ran later" : ""}`,
    expected: "it rejects at once with the signal's own `reason`, and the job never runs",
    why: "The caller has gone, and does not come back to see whether a place became free.",
  });
}
