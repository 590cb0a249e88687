import { explore, Gauge, guarantee, type Sim, simulate } from "@pattern-labs/testkit";
import { describe, it } from "vitest";
import type { Pool, Ticket } from "../contract.ts";
import { describeOutcome, fetchPage, outcomeOf } from "./pages.ts";
import { createPool } from "./recorded-pool.ts";

const REASON = { why: "Ctrl-C" };

describe("Step 2: close and abort", () => {
  it("2.1 `close` waits until every accepted job has run to its end", () =>
    explore(
      async (sim) => {
        const pool = createPool(sim, { workers: 2, queueLimit: 2 });
        const { tickets, client } = keepSubmitting(sim, pool, 5);
        let closed = false;
        const owner = sim.spawn("owner", async () => {
          await sim.waitFor("close", pool.close());
          closed = true;
          for (const ticket of tickets) {
            const outcome = await outcomeOf(ticket.result);
            guarantee(outcome !== undefined && "value" in outcome, {
              happened: `\`close\` resolved, and the result of job ${ticket.id} had ${describeOutcome(outcome)}`,
              expected: "every job that was accepted has run to its end by then",
              why: "After `close` the process ends. What was accepted and not done is lost, and nobody knows.",
            });
          }
        });
        await Promise.all([client, owner]);
        guarantee(closed, {
          happened: "close did not resolve",
          expected: "it does",
          why: "The process waits for it.",
        });
      },
      { leaks: false },
    ));

  it("2.2 once `close` is called, `submit` rejects with a PoolClosedError, for those who wait as well", () =>
    simulate(
      async (sim) => {
        const pool = createPool(sim, { workers: 1, queueLimit: 1 });
        const page = Promise.withResolvers<void>();
        let ran = 0;
        const job = () => {
          ran += 1;
          return page.promise;
        };
        await pool.submit(job);
        await sim.waitFor("a place in the queue", pool.submit(job));
        const waiting = pool.submit(job);
        await sim.idle();
        const closing = pool.close();
        for (const [who, submit] of [
          ["waited at that moment", waiting],
          ["came later", pool.submit(job)],
        ] as const) {
          const outcome = await outcomeOf(submit);
          guarantee(
            outcome !== undefined && "error" in outcome && nameOf(outcome.error) === "PoolClosedError",
            {
              happened: `a \`submit\` that ${who} ${describeOutcome(outcome)}`,
              expected: "it rejects with a PoolClosedError",
              why: "Its job was not accepted. Whoever is told so can give it to somebody else.",
            },
          );
        }
        page.resolve();
        await sim.waitFor("close", closing);
        guarantee(ran === 2, {
          happened: `${ran} jobs ran; 2 had been accepted when the pool was closed`,
          expected: "the accepted ones run, the refused ones never do",
          why: "A job that is refused and runs all the same is done twice by a careful caller.",
        });
      },
      { leaks: false },
    ));

  it("2.3 what is not done at the deadline of `close` is aborted with a DeadlineError", async () => {
    await simulate(twoDeadlines, { leaks: false });
    await simulate(
      async (sim) => {
        const pool = createPool(sim, { workers: 1, queueLimit: 1 });
        const fast = await pool.submit((context) => fetchPage(sim, "fast page", { ...context, ms: 300 }));
        const slow = await sim.waitFor(
          "a place",
          pool.submit((context) => fetchPage(sim, "slow page", { ...context, ms: 2_000 })),
        );
        const waiting = await sim.waitFor(
          "a place",
          pool.submit((context) => fetchPage(sim, "third page", { ...context, ms: 1 })),
        );
        const calledAt = sim.now();
        await sim.waitFor("close with a deadline", pool.close({ deadlineMs: 500 }));
        const took = sim.now() - calledAt;
        guarantee(took === 500, {
          happened: `\`close({ deadlineMs: 500 })\` took ${took} ms, with a job that needs 2,000 ms and ends when aborted`,
          expected: "500 ms",
          why: "Whoever stops the process allows it only so long, and then kills it.",
        });
        const outcomes = await Promise.all([fast, slow, waiting].map(({ result }) => outcomeOf(result)));
        const [first, ...cut] = outcomes;
        guarantee(first !== undefined && "value" in first, {
          happened: `the job that was done before the deadline ${describeOutcome(first)}`,
          expected: "it resolves",
          why: "What was done is done.",
        });
        for (const outcome of cut) {
          guarantee(
            outcome !== undefined && "error" in outcome && nameOf(outcome.error) === "DeadlineError",
            {
              happened: `a job that was not done at the deadline ${describeOutcome(outcome)}`,
              expected: "its result rejects with a DeadlineError",
              why: "The reason tells that it was for lack of time, not by a fault of the job.",
            },
          );
        }
      },
      { leaks: false },
    );
  });

  it("2.4 `abort` ends running jobs through their signal, begins no other, and every ticket tells the reason", () =>
    explore(
      async (sim) => {
        const pool = createPool(sim, { workers: 2, queueLimit: 2 });
        let aborted = false;
        const begunTooLate: number[] = [];
        const { tickets, client, running } = keepSubmitting(sim, pool, 5, (page) => {
          if (aborted) begunTooLate.push(page);
        });
        const owner = sim.spawn("owner", async () => {
          const stopping = pool.abort(REASON);
          aborted = true;
          await outcomeOf(stopping);
          for (const [page, signal] of running) {
            guarantee(signal.aborted && signal.reason === REASON, {
              happened: signal.aborted
                ? `the signal of page ${page}, which was running, was aborted with ${String(signal.reason)}`
                : `page ${page} was running, and its signal was not aborted`,
              expected:
                "`abort` aborts the signal of each running job at once, with the very reason it was given",
              why: "The signal is the only way to stop a job: without it the pool can only wait.",
            });
          }
          await sim.waitFor("abort", stopping);
          for (const ticket of tickets) {
            const outcome = await outcomeOf(ticket.result);
            guarantee(outcome !== undefined, {
              happened: `\`abort\` resolved, and the result of job ${ticket.id} never settled`,
              expected: "every ticket settles before `abort` resolves",
              why: "Whoever awaits that result waits for ever: work is lost without a trace.",
            });
            guarantee("value" in outcome || outcome.error === REASON, {
              happened: `the result of job ${ticket.id} ${describeOutcome(outcome)}`,
              expected: "a job that did not finish rejects with the very reason that was given to `abort`",
              why: "By the reason the caller tells a shutdown from a failure.",
            });
          }
        });
        await Promise.all([client, owner]);
        guarantee(begunTooLate.length === 0, {
          happened: `page ${begunTooLate.join(", ")} was begun after \`abort\` had been called`,
          expected: "nothing begins any more",
          why: "An abort that goes on sending requests is none.",
        });
      },
      { leaks: false },
    ));

  it("2.5 `abort` resolves to the ids that were never begun, once the running jobs have put their things away", () =>
    explore(
      async (sim) => {
        const pool = createPool(sim, { workers: 2, queueLimit: 3 });
        const gauge = new Gauge();
        const begun = new Set<number>();
        const tidy =
          (page: number) =>
          ({ signal }: { readonly signal: AbortSignal }) =>
            gauge.during(async () => {
              begun.add(page);
              try {
                return await fetchPage(sim, `page ${page}`, { signal });
              } finally {
                await sim.as(`page ${page}`, () => sim.io("closes its connection"));
              }
            });
        const ids = [1, 2, 3, 4, 5];
        const accepted = await sim.waitFor("places", Promise.all(ids.map((page) => pool.submit(tidy(page)))));
        let neverBegun: readonly number[] = [];
        let stillRunning = 0;
        await sim.spawn("owner", async () => {
          neverBegun = await sim.waitFor("abort", pool.abort(REASON));
          stillRunning = gauge.running;
        });
        guarantee(stillRunning === 0, {
          happened: `${stillRunning} jobs were still putting their things away when \`abort\` resolved`,
          expected: "it waits for the jobs that run",
          why: "What goes on after the end uses what the end has already closed: files, connections, the process.",
        });
        const expected = accepted.map(({ id }) => id).filter((id) => !begun.has(id));
        guarantee(neverBegun.join() === expected.join(), {
          happened: `of 5 accepted jobs ${list(begun)} had begun, and \`abort\` gave ${list(neverBegun)} as never begun`,
          expected: list(expected),
          why: "These can be handed back to the queue they came from, without being done twice; so none may be missing.",
        });
      },
      { leaks: false },
    ));

  it("2.6 at whatever moment it is aborted, no job is lost and none is counted twice", () =>
    explore(
      async (sim) => {
        const pool = createPool(sim, { workers: 2, queueLimit: 1 });
        const { tickets, client, begun } = keepSubmitting(sim, pool, 4);
        const done = Promise.withResolvers<readonly number[]>();
        sim.anytime("abort", () => pool.abort(REASON).then(done.resolve));
        await client;
        const neverBegun = await sim.waitFor("abort", done.promise);
        const outcomes = await Promise.all(tickets.map(({ result }) => outcomeOf(result)));
        const settled = outcomes.filter((outcome) => outcome !== undefined).length;
        guarantee(settled === tickets.length, {
          happened: `jobs accepted: ${tickets.length}, tickets settled: ${settled}`,
          expected: "each ticket settles",
          why: "Accepted means: somebody will hear of it.",
        });
        guarantee(neverBegun.length + begun.size === tickets.length, {
          happened: `${tickets.length} jobs were accepted: ${begun.size} were begun, and ${neverBegun.length} are given as never begun`,
          expected: "the two add up",
          why: "A job in neither list is lost; a job in both is done twice.",
        });
      },
      { leaks: false, squeeze: 3 },
    ));

  it("2.7 a pool that has ended leaves nothing behind: no parked worker, no timer, no listener", () =>
    explore(
      async (sim) => {
        const service = new AbortController(); // Its signal outlives the pool by far.
        const pool = createPool(sim, { workers: 2, queueLimit: 1 });
        const submit = (page: number) =>
          pool.submit((context) => fetchPage(sim, `page ${page}`, context), { signal: service.signal });
        const client = sim.spawn("client", () => Promise.allSettled([1, 2, 3, 4].map(submit)));
        const end = sim.choose("ends by", ["close", "close with a deadline", "abort"]);
        await sim.spawn("owner", async () => {
          if (end === "abort") await sim.waitFor("abort", pool.abort(REASON));
          else await sim.waitFor("close", pool.close(end === "close" ? {} : { deadlineMs: 60_000 }));
        });
        await client;
      },
      { leaks: 40 },
    ));

  it("2.8 ending twice is harmless, and an `abort` cuts a `close` short", () =>
    explore(
      async (sim) => {
        const pool = createPool(sim, { workers: 1, queueLimit: 2 });
        const tickets = await sim.waitFor(
          "places",
          Promise.all(
            [1, 2].map((page) =>
              pool.submit(async (context) => {
                try {
                  return await fetchPage(sim, `page ${page}`, context);
                } finally {
                  await new Promise((resolve) => setTimeout(resolve, 500)); // Longer than the deadline.
                }
              }),
            ),
          ),
        );
        const closing = [pool.close(), pool.close({ deadlineMs: 100 })];
        let abortedAt = 0;
        const lists = await sim.spawn("owner", () => {
          abortedAt = sim.now();
          return sim.waitFor("abort, called twice", Promise.all([pool.abort(REASON), pool.abort("again")]));
        });
        await sim.waitFor("close, called twice and then again", Promise.all([...closing, pool.close()]));
        guarantee(lists[0].join() === lists[1].join(), {
          happened: `the first \`abort\` gave ${list(lists[0])}, the second ${list(lists[1])}`,
          expected: "the same list",
          why: "Signals come twice, people press Ctrl-C twice; the second time must not change what is true.",
        });
        for (const { id, result } of tickets) {
          const outcome = await outcomeOf(result);
          const late = abortedAt >= 100 && outcome !== undefined && "error" in outcome;
          const byDeadline = late && nameOf(outcome.error) === "DeadlineError";
          const byReason = outcome !== undefined && ("value" in outcome || outcome.error === REASON);
          guarantee(byReason || byDeadline, {
            happened: `close, close with a deadline of 100 ms, abort at ${abortedAt} ms, abort again: the result of job ${id} ${describeOutcome(outcome)}`,
            expected: "it resolves, or rejects with the reason of whichever came first",
            why: "What has ended a pool stays the reason: a deadline that rings later, or a second Ctrl-C, does not rewrite it.",
          });
        }
      },
      { leaks: false },
    ));

  it("2.9 a deadline out of range is refused by name, and the pool stays as it is", () =>
    simulate(
      async (sim) => {
        const pool = createPool(sim, { workers: 1, queueLimit: 1 });
        for (const deadlineMs of [-1, Number.NaN, 2 ** 31]) {
          const outcome = await outcomeOf(Promise.try(() => pool.close({ deadlineMs })));
          guarantee(
            outcome !== undefined &&
              "error" in outcome &&
              outcome.error instanceof RangeError &&
              String(outcome.error).includes("deadlineMs"),
            {
              happened: `close({ deadlineMs: ${deadlineMs} }) ${describeOutcome(outcome)}`,
              expected:
                "a RangeError that names deadlineMs and the value; the longest that a timer can wait is 2,147,483,647 ms",
              why: "Given more than that, setTimeout fires at once: a generous deadline would end everything immediately.",
            },
          );
        }
        const ticket = await sim.waitFor(
          "a ticket from the pool that is still open",
          pool.submit(() => "page"),
        );
        await ticket.result;
        await pool.close();
      },
      { leaks: false },
    ));
});

/** The later call has the shorter deadline, and yet the earlier one is reached first. */
async function twoDeadlines(sim: Sim): Promise<void> {
  const pool = createPool(sim, { workers: 1, queueLimit: 1 });
  const { result } = await pool.submit((context) => fetchPage(sim, "slow page", { ...context, ms: 120 }));
  const first = pool.close({ deadlineMs: 100 });
  await new Promise((resolve) => setTimeout(resolve, 50));
  await sim.waitFor("close, called twice", Promise.all([first, pool.close({ deadlineMs: 80 })]));
  const outcome = await outcomeOf(result);
  guarantee(outcome !== undefined && "error" in outcome && sim.now() === 100, {
    happened: `a deadline of 100 ms was given at 0 and one of 80 ms at 50: a job of 120 ms ${describeOutcome(outcome)} at ${sim.now()} ms`,
    expected: "it is aborted at 100 ms: each deadline counts",
    why: "Whoever gave the first deadline still relies on it.",
  });
}

/** A client that submits pages one after the other until the pool is closed or all are accepted. */
function keepSubmitting(sim: Sim, pool: Pool, pages: number, onBegin?: (page: number) => void) {
  const tickets: Ticket<string>[] = [];
  const begun = new Set<number>();
  const running = new Map<number, AbortSignal>();
  const client = sim.spawn("client", async () => {
    for (let page = 1; page <= pages; page += 1) {
      const submit = pool.submit(async (context) => {
        begun.add(page);
        onBegin?.(page);
        running.set(page, context.signal);
        try {
          return await fetchPage(sim, `page ${page}`, context);
        } finally {
          running.delete(page);
        }
      });
      const ticket = await sim.waitFor(`a place for page ${page}`, submit).catch(unlessClosed);
      if (ticket === undefined) return;
      tickets.push(ticket);
    }
  });
  return { tickets, begun, running, client };
}

function unlessClosed(error: unknown): undefined {
  if (nameOf(error) !== "PoolClosedError") throw error;
}

const nameOf = (error: unknown) => (error instanceof Error ? error.name : undefined);

const list = (ids: Iterable<number>) => `[${[...ids].join(", ")}]`;
