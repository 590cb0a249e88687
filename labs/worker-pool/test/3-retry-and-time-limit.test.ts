import { explore, guarantee, type Sim, simulate } from "@pattern-labs/testkit";
import { describe, it } from "vitest";
import type { Job, Ticket } from "../contract.ts";
import { expectRefused } from "./out-of-range.ts";
import { describeOutcome, fetchPage, outcomeOf } from "./pages.ts";
import { createPool } from "./recorded-pool.ts";

describe("Step 3: retry and time limit", () => {
  it("3.1 a failed job is tried again up to `retries` times, and then fails with its last error", () =>
    simulate(
      async (sim) => {
        const pool = createPool(sim, {
          workers: 1,
          queueLimit: 1,
          retries: 3,
          baseDelayMs: 10,
          random: () => 0.5,
        });
        const attempts: number[] = [];
        const failing = await pool.submit(({ attempt }) => {
          attempts.push(attempt);
          throw new Error(`failure ${attempts.length}`);
        });
        const outcome = await sim.waitFor("the job to fail for good", settled(failing));
        guarantee(attempts.join() === "1,2,3,4", {
          happened: `with retries: 3 a job that always fails was called ${attempts.length} times, with attempt = ${attempts.join(", ")}`,
          expected: "4 times, with attempt = 1, 2, 3, 4: one try and three retries",
          why: "Who counts the first try among the retries gives up one too early, just when the site would have recovered.",
        });
        guarantee(
          outcome !== undefined && "error" in outcome && String(outcome.error).includes("failure 4"),
          {
            happened: `the result ${describeOutcome(outcome)}`,
            expected: "it rejects with what the last attempt threw: failure 4",
            why: "The last error is the one that still holds.",
          },
        );
        const recovering = await pool.submit(({ attempt }) =>
          attempt < 3 ? Promise.reject(new Error("503")) : "the page",
        );
        const recovered = await sim.waitFor("the job to succeed at its third attempt", settled(recovering));
        guarantee(recovered !== undefined && "value" in recovered && recovered.value === "the page", {
          happened: `a job that succeeds at its third attempt ${describeOutcome(recovered)}`,
          expected: "it resolves to what that attempt returned",
          why: "This is what retries are for.",
        });
        await pool.close();
      },
      { leaks: false },
    ));

  it("3.2 before each retry it waits `random()` times a bound that doubles up to `maxDelayMs`", () =>
    simulate(
      async (sim) => {
        const chances = [0.5, 0.25, 0.5, 0.1];
        let asked = 0;
        const random = () => chances[asked++] ?? 0;
        const pool = createPool(sim, {
          workers: 1,
          queueLimit: 1,
          retries: 4,
          baseDelayMs: 100,
          maxDelayMs: 300,
          random,
        });
        const begunAt: number[] = [];
        const ticket = await pool.submit(() => {
          begunAt.push(sim.now());
          throw new Error("503");
        });
        await sim.waitFor("the job to fail for good", settled(ticket));
        const waits = begunAt.slice(1).map((at, i) => at - (begunAt[i] ?? 0));
        guarantee(waits.join() === "50,50,150,30", {
          happened: `with baseDelayMs: 100, maxDelayMs: 300 and chances of 0.5, 0.25, 0.5, 0.1 it waited ${waits.join(", ")} ms`,
          expected: "0.5 × 100, 0.25 × 200, 0.5 × 300 and 0.1 × 300: 50, 50, 150 and 30 ms",
          why: "Clients that fail together and wait equally long come back together, and knock the site over again.",
        });
        guarantee(asked === 4, {
          happened: `\`random\` was called ${asked} times for 4 waits`,
          expected: "once for each wait",
          why: "Chance that comes in from outside is what makes such a run repeatable.",
        });
        await pool.close();
      },
      { leaks: false },
    ));

  it("3.3 a permanent error is not retried", () =>
    simulate(
      async (sim) => {
        const notFound = new Error("404");
        const pool = createPool(sim, {
          workers: 1,
          queueLimit: 1,
          retries: 3,
          isPermanent: (error) => error === notFound,
        });
        let calls = 0;
        const ticket = await pool.submit(() => {
          calls += 1;
          throw notFound;
        });
        const outcome = await sim.waitFor("the job to fail", settled(ticket));
        guarantee(calls === 1 && outcome !== undefined && "error" in outcome && outcome.error === notFound, {
          happened: `a job that failed with a permanent error was called ${calls} times, and ${describeOutcome(outcome)}`,
          expected: "it is called once, and rejects with that error",
          why: "A page that does not exist will not exist in a second; asking again only costs everybody time.",
        });
        await pool.close();
      },
      { leaks: false },
    ));

  it("3.4 a job that waits for its retry holds no worker", () =>
    simulate(
      async (sim) => {
        const pool = createPool(sim, {
          workers: 1,
          queueLimit: 2,
          retries: 1,
          baseDelayMs: 10_000,
          random: () => 0.5,
        });
        const failing = await pool.submit(({ attempt }) =>
          attempt === 1 ? Promise.reject(new Error("503")) : "late page",
        );
        const next = await sim.waitFor(
          "a place",
          pool.submit(() => "page"),
        );
        await sim.waitFor("the job behind the failed one", next.result);
        const waited = sim.now();
        guarantee(waited < 5_000, {
          happened: `the only worker took ${waited} ms to come to the next job: it slept while the failed one waited for its retry`,
          expected: "the next job begins at once",
          why: "When a site is down, workers that sleep with failed jobs are soon all of them, and the healthy jobs starve.",
        });
        await sim.waitFor("the retry", failing.result);
        await pool.close();
      },
      { leaks: false },
    ));

  it("3.5 jobs that wait for a retry count against `queueLimit`", async () => {
    await simulate(retryFallsDue, { leaks: false });
    await simulate(
      async (sim) => {
        const pool = createPool(sim, {
          workers: 1,
          queueLimit: 3,
          retries: 1,
          baseDelayMs: 60_000,
          random: () => 0.5,
        });
        const tickets: Ticket<string>[] = [];
        const down: Job<string> = ({ attempt }) =>
          attempt === 1 ? Promise.reject(new Error("503")) : "page";
        const submitted = Array.from({ length: 12 }, async () => tickets.push(await pool.submit(down)));
        await sim.idle();
        guarantee(sim.now() === 0 && tickets.length <= 4, {
          happened: `while the site was down, ${tickets.length} of 12 jobs were accepted; not one could be done`,
          expected: "at most 4: queueLimit is 3, and 1 more can be with the worker",
          why: "Otherwise an outage fills the memory with failed jobs, behind a queue that looks as short as ever.",
        });
        await sim.waitFor("places for all, once the site is up again", Promise.all(submitted));
        await sim.waitFor("all pages", Promise.all(tickets.map(({ result }) => result)));
        await pool.close();
      },
      { leaks: false },
    );
  });

  it("3.6 an attempt that takes longer than `timeLimitMs` is told to stop, and counts as failed", async () => {
    await simulate(contextOfEachAttempt, { leaks: false });
    await simulate(answersWhenTold, { leaks: false });
    await simulate(
      async (sim) => {
        const pool = createPool(sim, {
          workers: 1,
          queueLimit: 1,
          retries: 1,
          baseDelayMs: 10,
          random: () => 0.5,
          timeLimitMs: 1_000,
        });
        const signals: AbortSignal[] = [];
        const abortedAtStart: boolean[] = [];
        const slow =
          (msByAttempt: readonly number[]): Job<string> =>
          ({ signal, attempt }) => {
            signals.push(signal);
            abortedAtStart.push(signal.aborted);
            return fetchPage(sim, `attempt ${attempt}`, { signal, ms: msByAttempt[attempt - 1] ?? 0 });
          };
        const ticket = await pool.submit(slow([5_000, 400]));
        const outcome = await sim.waitFor("the second attempt", settled(ticket));
        const [first] = signals;
        guarantee(first?.aborted === true && nameOf(first.reason) === "TimeoutError", {
          happened:
            first?.aborted === true
              ? `the signal of the slow attempt was aborted with ${String(first.reason)}`
              : "the signal of an attempt that took 5,000 ms was not aborted",
          expected: "its signal is aborted after 1,000 ms with a TimeoutError",
          why: "A request that nobody waits for still holds a connection, here and on the other side.",
        });
        guarantee(
          outcome !== undefined && "value" in outcome && sim.now() === 1_405 && abortedAtStart[1] === false,
          {
            happened: `with attempts of 5,000 and 400 ms and a retry after 5 ms, the job ${describeOutcome(outcome)} after ${sim.now()} ms`,
            expected: "it resolves after 1,405 ms: the second attempt has a signal and a limit of its own",
            why: "One slow answer does not mean that the next one is slow.",
          },
        );
        const hopeless = await settled(await pool.submit(slow([5_000, 5_000])));
        guarantee(
          hopeless !== undefined && "error" in hopeless && nameOf(hopeless.error) === "TimeoutError",
          {
            happened: `a job that was too slow each time ${describeOutcome(hopeless)}`,
            expected: "it rejects with a TimeoutError",
            why: "The caller must be able to tell slow from broken.",
          },
        );
        await pool.close();
      },
      { leaks: false },
    );
  });

  it("3.7 a job that ignores its signal and its time limit holds up neither the others nor the end", () =>
    simulate(
      async (sim) => {
        for (const end of ["close", "abort"] as const) {
          const pool = createPool(sim, { workers: 1, queueLimit: 2, timeLimitMs: 1_000 });
          const deaf = await pool.submit(() => new Promise<never>(() => {}));
          const next = await sim.waitFor(
            "a place",
            pool.submit(() => "page"),
          );
          if (end === "close") {
            await sim.waitFor("the job behind one that never ends", next.result, () => ({
              happened: "a job that never ends and ignores its signal kept its worker for ever",
              expected: "its worker goes on to the next job when its time limit is over",
              why: "With one such job for each worker the whole pool stands still, until somebody restarts it at night.",
            }));
          }
          await sim.idle();
          const ended: Promise<unknown> = end === "close" ? pool.close() : pool.abort("enough");
          await sim.waitFor(end, ended, () => ({
            happened: `\`${end}\` waited for ever for a job that never ends`,
            expected: "it waits no longer than that job's time limit",
            why: "A process that cannot end is killed, with all that was not put away.",
          }));
          const outcome = await outcomeOf(deaf.result);
          guarantee(outcome !== undefined && "error" in outcome, {
            happened: `the job that never ends ${describeOutcome(outcome)}`,
            expected: "its result rejects",
            why: "Every ticket settles.",
          });
        }
      },
      { leaks: false },
    ));

  it("3.8 a job that ends after its time limit changes nothing any more", () =>
    simulate(
      async (sim) => {
        for (const lateMs of [50, 120, 170]) {
          const pool = createPool(sim, {
            workers: 1,
            queueLimit: 2,
            retries: 1,
            baseDelayMs: 2,
            random: () => 0.5,
            timeLimitMs: 100,
          });
          let heeding = 0; // Jobs within their limit: the late one is not counted.
          let peak = 0;
          const counted = async (ms: number) => {
            heeding += 1;
            peak = Math.max(peak, heeding);
            await pause(ms);
            heeding -= 1;
          };
          const deaf = await pool.submit(async ({ attempt }) => {
            if (attempt > 1) return await counted(80).then(() => "the retry");
            await pause(100 + lateMs);
            return "too late";
          });
          await pause(110); // Now the retry runs, and the next job waits.
          const next = await sim.waitFor(
            "a place",
            pool.submit(() => counted(80)),
          );
          const value = await sim.waitFor("the retry", deaf.result);
          await sim.waitFor("the next job", next.result);
          await pause(1_000);
          guarantee(peak === 1 && value === "the retry", {
            happened: `an attempt ended ${lateMs} ms after its limit, while others ran: ${peak} jobs ran on the only worker, and the result was ${JSON.stringify(value)}`,
            expected: "1 job at a time, and the result of the retry",
            why: "Whoever was given up must not give back, settle or free anything: by then it belongs to somebody else.",
          });
          await pool.close();
        }
      },
      { leaks: false },
    ));

  it("3.9 `close` waits for the retries, too", () =>
    explore(
      async (sim) => {
        const pool = createPool(sim, {
          workers: 2,
          queueLimit: 2,
          retries: 2,
          baseDelayMs: 100,
          random: () => 0.5,
        });
        const tickets: Ticket<string>[] = [];
        const client = sim.spawn("client", async () => {
          for (const page of [1, 2, 3]) {
            const submit = pool.submit(unreliable(sim, page));
            const ticket = await sim.waitFor("a place", submit).catch(unlessClosed);
            if (ticket === undefined) return;
            tickets.push(ticket);
          }
        });
        const owner = sim.spawn("owner", async () => {
          await sim.waitFor("close", pool.close());
          for (const { id, result } of tickets) {
            const outcome = await outcomeOf(result);
            guarantee(outcome !== undefined && "value" in outcome, {
              happened: `job ${id} failed once and would have succeeded at its retry; when \`close\` resolved, its result had ${describeOutcome(outcome)}`,
              expected:
                "a job that waits for its retry is accepted work: `close` waits until it has run to its end",
              why: "It is in no queue and in no worker just then, and so it is the one that is forgotten.",
            });
          }
        });
        await Promise.all([client, owner]);
      },
      { leaks: false },
    ));

  it("3.10 `abort` ends the waiting for retries, from wherever it comes, loses nothing, and leaves nothing behind", async () => {
    await simulate(abortFromWithin);
    await explore(
      async (sim) => {
        const pool = createPool(sim, {
          workers: 2,
          queueLimit: 2,
          retries: 2,
          baseDelayMs: 100,
          random: () => 0.5,
          timeLimitMs: 1_000,
        });
        const reason = new Error("Ctrl-C");
        const done = Promise.withResolvers<readonly number[]>();
        const begun = new Set<number>();
        let lateCalls = 0;
        let aborted = false;
        sim.anytime("abort", () => {
          pool.abort(reason).then(done.resolve);
          aborted = true;
        });
        const tickets = await sim.waitFor(
          "places",
          Promise.all(
            [1, 2, 3].map((page) => {
              const job = unreliable(sim, page);
              return pool
                .submit((context) => {
                  begun.add(page);
                  if (aborted) lateCalls += 1;
                  return job(context);
                })
                .catch(unlessClosed);
            }),
          ),
        );
        const neverBegun = await sim.waitFor("abort", done.promise);
        const accepted = tickets.filter((ticket) => ticket !== undefined);
        for (const { id, result } of accepted) {
          const outcome = await outcomeOf(result);
          const inTime = outcome !== undefined && ("value" in outcome || outcome.error === reason);
          guarantee(inTime || (outcome !== undefined && nameOf(outcome.error) === "TimeoutError"), {
            happened: `the result of job ${id} ${describeOutcome(outcome)}`,
            expected:
              "it resolves if it was done, rejects with a TimeoutError if it was out of retries, and else with the reason of the abort",
            why: "A job that waited for its retry belongs to somebody, too.",
          });
        }
        guarantee(lateCalls === 0 && neverBegun.length + begun.size === accepted.length, {
          happened: `of ${accepted.length} accepted jobs ${begun.size} were begun, ${neverBegun.length} are given as never begun, and ${lateCalls} were called after the abort`,
          expected: "begun and never begun add up, and nothing is called any more",
          why: "A retry that comes after the end works with what is already closed.",
        });
      },
      { leaks: 20 },
    );
  });

  it("3.11 options out of range are refused at once, by name", () => {
    expectRefused(
      "retries",
      [-1, 1.5, Number.NaN],
      "A count that is no number is compared with, and never reached.",
    );
    for (const name of ["baseDelayMs", "maxDelayMs", "timeLimitMs"] as const) {
      expectRefused(
        name,
        [-1, Number.NaN, 2 ** 31],
        "setTimeout takes NaN, negative and too long waits for 1 ms: retries without a pause, limits nobody can keep.",
      );
    }
  });
});

/** The queue is full, the worker busy, a caller waits; and then it is time for a retry. */
async function retryFallsDue(sim: Sim): Promise<void> {
  const pool = createPool(sim, {
    workers: 1,
    queueLimit: 1,
    retries: 1,
    baseDelayMs: 100,
    random: () => 0.5,
  });
  await pool.submit(async ({ attempt }) => {
    await pause(5);
    if (attempt === 1) throw new Error("503");
  });
  await sim.waitFor(
    "a place",
    pool.submit(() => pause(1_000)),
  );
  let accepted = false;
  const third = pool
    .submit(() => {})
    .then(() => {
      accepted = true;
    });
  await pause(500);
  guarantee(!accepted, {
    happened:
      "a job waited for its retry, one ran, a third waited in `submit`; when the retry was due the third was accepted, though nothing had begun",
    expected: "the failed job keeps its place while it moves to the queue",
    why: "Between two places it is in neither for a moment, and somebody takes what is not free.",
  });
  await sim.waitFor("the third job, once the retry has begun", third);
  await pool.close();
}

/** What an attempt was given stays as it was, however late it looks at it. */
async function contextOfEachAttempt(sim: Sim): Promise<void> {
  const pool = createPool(sim, {
    workers: 1,
    queueLimit: 1,
    retries: 1,
    baseDelayMs: 10,
    random: () => 0,
    timeLimitMs: 100,
  });
  let stoppedAt = 0;
  let sawAttempt = 0;
  const { result } = await pool.submit(async (context) => {
    if (context.attempt > 1) return;
    while (!context.signal.aborted && sim.now() < 1_000) await pause(30);
    stoppedAt = sim.now();
    sawAttempt = context.attempt;
  });
  await sim.waitFor("the retry", result);
  await pause(2_000);
  guarantee(stoppedAt < 200 && sawAttempt === 1, {
    happened: `an attempt that asks context.signal every 30 ms was told to stop at 100 ms; it stopped at ${stoppedAt} ms, as attempt ${sawAttempt}`,
    expected: "it stops at 120 ms, as attempt 1: the next attempt has a context of its own",
    why: "Otherwise the signal that told it to stop has become another one by the time it looks.",
  });
  await pool.close();
}

/** A job that answers within its abort listener is too late all the same. */
async function answersWhenTold(sim: Sim): Promise<void> {
  const pool = createPool(sim, { workers: 1, queueLimit: 1, timeLimitMs: 100 });
  const ticket = await pool.submit(
    ({ signal }) =>
      new Promise((resolve) =>
        signal.addEventListener("abort", () => resolve("half a page"), { once: true }),
      ),
  );
  const outcome = await sim.waitFor("the job", settled(ticket));
  guarantee(outcome !== undefined && "error" in outcome && nameOf(outcome.error) === "TimeoutError", {
    happened: `a job that gives what it has when it is told to stop ${describeOutcome(outcome)}`,
    expected: "the attempt has failed with a TimeoutError, at once",
    why: "Half a page that passes for a page is worse than none.",
  });
  await pool.close();
}

/** The user's own functions are called in the middle of a move from one place to the next. */
async function abortFromWithin(sim: Sim): Promise<void> {
  for (const place of ["isPermanent", "random", "the job", "the job's abort listener"] as const) {
    const ended: Promise<readonly number[]>[] = [];
    const abort = (from: string) => {
      if (from === place) ended.push(pool.abort("from within"));
    };
    const pool = createPool(sim, {
      workers: 1,
      queueLimit: 2,
      retries: 1,
      baseDelayMs: 10,
      isPermanent: () => {
        abort("isPermanent");
        return false;
      },
      random: () => {
        abort("random");
        return 0.5;
      },
    });
    const submits = [
      pool.submit<unknown>(async ({ signal }) => {
        signal.addEventListener("abort", () => abort("the job's abort listener"), { once: true });
        if (place === "the job's abort listener") ended.push(pool.abort("from within"));
        abort("the job");
        await pause(1);
        throw new Error("503");
      }),
      pool.submit<unknown>(() => "page").catch(unlessClosed),
    ];
    await pause(1_000);
    const tickets = (await sim.waitFor("places", Promise.all(submits))).filter(
      (ticket) => ticket !== undefined,
    );
    const outcomes = await Promise.all(tickets.map(({ result }) => outcomeOf(result)));
    const told = outcomes.every(
      (outcome) => outcome !== undefined && "error" in outcome && outcome.error === "from within",
    );
    const lists = await Promise.all(ended.map(outcomeOf));
    guarantee(told && lists.length > 0 && lists.every((list) => list !== undefined), {
      happened: `\`abort\` was called inside ${place}: the jobs' results ${outcomes.map(describeOutcome).join(" and ")}, and \`abort\` ${lists.map(describeOutcome).join(" and ")}`,
      expected: "both results reject with its reason, and it resolves",
      why: "A job that is on its way from one place to the next just then is overlooked in both.",
    });
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Fails at its first attempt and arrives at the second. */
function unreliable(sim: Sim, page: number): Job<string> {
  return ({ signal, attempt }) => {
    const answer = fetchPage(sim, `page ${page}`, { signal });
    return attempt > 1 ? answer : answer.then(() => Promise.reject(new Error("503")));
  };
}

/** Waits until the ticket has settled, however. */
async function settled(ticket: Ticket<unknown>) {
  await ticket.result.catch(() => {});
  return await outcomeOf(ticket.result);
}

function unlessClosed(error: unknown): undefined {
  if (nameOf(error) !== "PoolClosedError") throw error;
}

const nameOf = (error: unknown) => (error as { name?: unknown } | undefined)?.name;
