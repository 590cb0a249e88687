import { type Broken, guarantee, type Sim } from "@pattern-labs/testkit";
import { describe, it } from "vitest";
import { Feed } from "./feed.ts";
import { LongLived } from "./long-lived.ts";
import { expectRejected } from "./out-of-range.ts";
import { describeOutcome, endOf, failedWith, outcomeOf, show } from "./outcome.ts";
import { explore, simulate } from "./runs.ts";
import { lab } from "./subject.ts";
import { pause } from "./work.ts";

const REASON = { why: "the client left" };
/** Any value is a reason; the signal turns only `undefined` into an error of its own. */
const REASONS = [REASON, new Error("shutdown"), "text", null, 0, undefined];

describe("Step 1: waiting", () => {
  it("1.1 `sleep` resolves when `ms` have passed, and not before", () =>
    simulate(async (sim) => {
      for (const ms of [0, 1, 250, 86_400_000]) {
        const calledAt = sim.now();
        await sim.waitFor(`a sleep of ${ms} ms`, lab.sleep(ms, { signal: new AbortController().signal }));
        await sim.waitFor(`a sleep of ${ms} ms without signal`, lab.sleep(ms));
        const took = sim.now() - calledAt;
        // A timer of 0 ms is one of 1 ms in Node.
        guarantee(took >= 2 * ms && took <= 2 * Math.max(ms, 1), {
          happened: `two sleeps of ${ms} ms took ${took} ms`,
          expected: `${2 * ms} ms`,
          why: "It is all that it is for.",
        });
      }
    }));

  it("1.2 an abort ends `sleep` at once, with the identical reason, and leaves neither listener nor timer", async () => {
    for (const reason of REASONS) {
      await explore(
        async (sim) => {
          const service = new LongLived();
          let outcome: Awaited<ReturnType<typeof endOf>> | undefined;
          sim.anytime("abort", () => service.abort(reason));
          const sleeping = lab.sleep(1_000, { signal: service.signal });
          outcome = await sim.waitFor("the sleep", endOf(sleeping));
          if (service.signal.aborted && sim.now() < 1_000) {
            expectReason(outcome, service.signal.reason, "`sleep` that was aborted");
          } else guarantee("value" in outcome, alsoWithoutAbort(outcome));
          service.expectBare("`sleep`");
        },
        { maxSchedules: 20 },
      );
    }
    await simulate(async (sim) => {
      const service = new LongLived();
      const sleeping = lab.sleep(60_000, { signal: service.signal });
      sleeping.catch(() => {});
      await pause(5);
      service.abort(REASON);
      const outcome = await outcomeOf(sleeping);
      guarantee(failedWith(outcome, REASON) && sim.now() === 5, {
        happened: `5 ms after the call it was aborted, and the sleep ${describeOutcome(outcome)}`,
        expected: `it rejects in the same instant, with the very reason: ${show(REASON)}`,
        why: "Whoever waits for it has nobody to wait for any more.",
      });
    });
  });

  it("1.3 `underSignal` settles as the work does, with the very value or error", () =>
    explore(
      async (sim) => {
        const service = new LongLived();
        const value = { rows: 3 };
        const fault = new Error("no such table");
        const good = lab.underSignal(
          sim.io("answers", () => value),
          service.signal,
        );
        const bad = lab.underSignal(
          sim.io("fails", () => {
            throw fault;
          }),
          service.signal,
        );
        const [first, second] = await sim.waitFor("the work", Promise.all([endOf(good), endOf(bad)]));
        guarantee("value" in first && first.value === value, {
          happened: `work that resolved to ${show(value)} ${describeOutcome(first)} under a signal`,
          expected: "its very value",
          why: "A signal that does not abort changes nothing.",
        });
        guarantee(failedWith(second, fault), {
          happened: `work that failed with ${show(fault)} ${describeOutcome(second)} under a signal`,
          expected: "its very error",
          why: "The error says what is wrong.",
        });
        service.expectBare("work that has settled");
      },
      { leaks: 2 },
    ));

  it("1.4 an abort ends `underSignal` at once, with the identical reason; what the work does later is dropped", async () => {
    for (const reason of REASONS) {
      await explore(
        async (sim) => {
          const service = new LongLived();
          const fails = sim.choose("the work", [false, true]);
          let workSettled = false;
          const work = sim.io("settles", () => {
            workSettled = true;
            if (fails) throw new Error("late and unwanted");
          });
          const aborted = Promise.withResolvers<void>();
          let cameInTime = false;
          sim.anytime("abort", () => {
            cameInTime = !workSettled;
            service.abort(reason);
            aborted.resolve();
          });
          const under = lab.underSignal(work, service.signal);
          under.catch(() => {});
          await Promise.race([aborted.promise, sim.idle()]);
          if (cameInTime) {
            expectReason(await outcomeOf(under), service.signal.reason, "work under a signal that aborted");
          }
          await endOf(work); // A late failure must not become an unhandled rejection.
          await outcomeOf(under);
          service.expectBare("`underSignal`");
        },
        { maxSchedules: 30 },
      );
    }
  });

  it("1.5 a signal is looked at first: where it has aborted already, nothing begins", () =>
    simulate(async () => {
      const service = new LongLived();
      service.abort(REASON);
      const feed = new Feed(["a", "b"]);
      const outcomes = [
        ["sleep(0)", await outcomeOf(lab.sleep(0, { signal: service.signal }))],
        [
          "underSignal(work that is done)",
          await outcomeOf(lab.underSignal(Promise.resolve("done"), service.signal)),
        ],
        [
          "underSignal(work that has failed)",
          await outcomeOf(lab.underSignal(Promise.reject(new Error("failed")), service.signal)),
        ],
        [
          "the first `next` of orDone",
          await outcomeOf(lab.orDone(feed, service.signal)[Symbol.asyncIterator]().next()),
        ],
      ] as const;
      for (const [what, outcome] of outcomes) expectReason(outcome, REASON, what);
      guarantee(feed.opened === 0 && feed.asked === 0, {
        happened: `with a signal that had aborted, orDone opened its source ${feed.opened} times and asked for ${feed.asked} values`,
        expected: "neither",
        why: "Cancelled work must not begin: a value that is read and dropped is lost.",
      });
      service.expectBare("calls with an aborted signal");
    }));

  it("1.6 `orDone` gives the values of its source, one for each that is asked for, and its end or its error", () =>
    explore(
      async (sim) => {
        const fault = new Error("the connection broke");
        const service = new LongLived();
        for (const end of ["ends", "fails"] as const) {
          const values = ["a", undefined, "c"];
          const feed = new Feed(values, end === "fails" ? { sim, throws: { error: fault } } : { sim });
          const taken: unknown[] = [];
          const reading = lab.orDone(feed, service.signal);
          guarantee(feed.opened === 0, {
            happened: "nobody had asked for a value, and the source was opened",
            expected: "it is opened with the first value that is asked for",
            why: "Who opens what is never read leaves it open: nobody is there to close it.",
          });
          const loop = async () => {
            for await (const value of reading) {
              taken.push(value);
              guarantee(feed.asked === taken.length, {
                happened: `${taken.length} values had been taken, and ${feed.asked} were asked for`,
                expected: "one is read for each that is asked for",
                why: "What is read ahead is lost at an abort.",
              });
            }
          };
          const outcome = await sim.waitFor("the loop", endOf(loop()));
          guarantee(taken.length === 3 && taken.every((value, n) => value === values[n]), {
            happened: `a source of ${show(values)} gave ${show(taken)}`,
            expected: "each value once, in its order",
            why: "Nothing is cancelled, so nothing may be missing.",
          });
          guarantee(end === "fails" ? failedWith(outcome, fault) : "value" in outcome, {
            happened: `the source ${end}, and the loop ${describeOutcome(outcome)}`,
            expected: end === "fails" ? "the very error of the source" : "it ends as well",
            why: "Otherwise a source that broke looks like one that was read to its end.",
          });
          guarantee(feed.closed === 0, {
            happened: `a source that ${end} by itself was closed ${feed.closed} times`,
            expected: "it is closed already",
            why: "`for await` does not do it either, and a source need not stand it.",
          });
        }
        service.expectBare("loops that have ended");
      },
      { maxSchedules: 30 },
    ));

  it("1.7 an abort ends `orDone` at once with the identical reason, and closes the source without waiting for it", async () => {
    await explore(
      async (sim) => {
        const service = new LongLived();
        const feed = new Feed(["a", "b", "c"], { sim, stuckAtClose: true });
        let cancelledAt = -1;
        let askedThen = 0;
        const taken: string[] = [];
        sim.anytime("abort", () => {
          cancelledAt = taken.length;
          askedThen = feed.asked;
          service.abort(REASON);
        });
        const loop = async () => {
          for await (const value of lab.orDone(feed, service.signal)) {
            guarantee(!service.signal.aborted, {
              happened: `a value came after the abort: ${show(value)}`,
              expected: "the loop throws the reason",
              why: "The work on it is done for nobody.",
            });
            taken.push(value);
            await sim.io("handles the value");
          }
        };
        const outcome = await sim.waitFor("the loop", endOf(loop()), stuck);
        if (cancelledAt === -1) return;
        const wasOver = cancelledAt === 3 && feed.ended;
        if (wasOver && "value" in outcome) return; // It came when everything had been read.
        expectReason(outcome, REASON, "a loop over orDone that was aborted");
        guarantee(feed.asked === askedThen, {
          happened: `${askedThen} values had been asked for when it was aborted, and ${feed.asked} in the end`,
          expected: "none is asked for any more",
          why: "A value that is read now is lost: nobody will ever get it.",
        });
        guarantee(feed.closed === (feed.opened === 0 ? 0 : 1), {
          happened: `the loop was aborted, and its source was opened ${feed.opened} times and closed ${feed.closed} times`,
          expected: "once closed, if it was opened",
          why: "A source that nobody closes keeps its file or connection open for ever.",
        });
        service.expectBare("a loop that was aborted");
      },
      { maxSchedules: 200 },
    );
    await simulate(async (sim) => {
      const service = new LongLived();
      const late = Promise.withResolvers<never>();
      const feed = new Feed(["a"], { afterwards: () => late.promise });
      const reading = lab.orDone(feed, service.signal)[Symbol.asyncIterator]();
      await reading.next();
      const waiting = reading.next();
      waiting.catch(() => {});
      await sim.idle();
      service.abort(REASON);
      expectReason(await outcomeOf(waiting), REASON, "the `next` that waited for a source that was stuck");
      guarantee(feed.closed === 1, {
        happened: `the source was closed ${feed.closed} times when the \`next\` that waited had rejected`,
        expected: "once",
        why: "It may be stuck, but it is told.",
      });
      await sim.waitFor("`return` after the abort", Promise.resolve(reading.return?.()));
      guarantee(feed.closed === 1, {
        happened: `the loop was left as well after the abort, and the source was closed ${feed.closed} times`,
        expected: "once",
        why: "A file that is closed twice may be somebody else's the second time.",
      });
      late.reject(new Error("late and unwanted")); // Must not become an unhandled rejection.
      await sim.idle();
      service.expectBare("an abort while the source was stuck");
    });
  });

  it("1.8 leaving the loop closes the source of `orDone` once, and waits for that", () =>
    explore(
      async (sim) => {
        const service = new LongLived();
        const feed = new Feed(["a", "b", "c"], { sim });
        const loop = async () => {
          for await (const value of lab.orDone(feed, service.signal)) if (value === "b") break;
        };
        await sim.waitFor("the loop", loop());
        guarantee(feed.closed === 1 && feed.isClosed && feed.asked === 2, {
          happened: `the loop was left after 2 values; ${feed.asked} had been asked for, and the source was closed ${feed.closed} times${feed.isClosed ? "" : ", and was still closing when the loop had been left"}`,
          expected: "2 values, closed once, before the loop is left",
          why: "After the loop somebody deletes the file that is being read.",
        });
        service.expectBare("a loop that was left");
        const left = new Feed(["a", "b"]);
        const client = new LongLived();
        const leaveAfterAbort = async () => {
          for await (const _ of lab.orDone(left, client.signal)) {
            client.abort(REASON);
            break;
          }
        };
        await sim.waitFor("the loop", endOf(leaveAfterAbort()));
        guarantee(left.closed === 1, {
          happened: `the loop was aborted and then left, and the source was closed ${left.closed} times`,
          expected: "once",
          why: "Whichever way the loop ends: who opened it closes it.",
        });
        const bare = {
          [Symbol.asyncIterator]: () => ({ next: async () => ({ done: false, value: 1 }) as const }),
        };
        const noReturn = async () => {
          for await (const _ of lab.orDone(bare, service.signal)) break;
        };
        const outcome = await sim.waitFor("the loop", endOf(noReturn()));
        guarantee("value" in outcome, {
          happened: `the loop over an iterator without \`return\` ${describeOutcome(outcome)} when it was left`,
          expected: "it ends",
          why: "An iterator need not have a `return`: then there is nothing to close.",
        });
      },
      { maxSchedules: 20 },
    ));

  it("1.9 ten thousand calls on one long-lived signal leave no listener on it, and no timer", () =>
    simulate(tenThousandCalls, { maxEvents: 20_000 }));

  it("1.10 `sleep` rejects with a RangeError for a duration out of range", () =>
    simulate(async () => {
      await expectRejected("ms", (ms) => lab.sleep(ms));
      await expectRejected("ms", (ms) => lab.sleep(ms, { signal: AbortSignal.abort(REASON) }));
    }));
});

async function tenThousandCalls(sim: Sim): Promise<void> {
  const service = new LongLived();
  const never = new Promise<never>(() => {});
  for (let round = 0; round < 25; round += 1) {
    const request = new AbortController();
    const cut = [lab.sleep(60_000, { signal: request.signal }), lab.underSignal(never, request.signal)];
    const calls = Array.from({ length: 100 }, (_, call) => [
      lab.sleep(1, { signal: service.signal }),
      lab.underSignal(Promise.resolve(call), service.signal),
      lab.underSignal(Promise.reject(new Error("failed")), service.signal).catch(() => {}),
      readOne(service.signal),
    ]);
    await sim.waitFor("400 calls", Promise.all(calls.flat()));
    service.expectBare(`${(round + 1) * 400} calls`);
    request.abort(REASON);
    for (const each of cut) expectReason(await outcomeOf(each), REASON, "a call that was aborted");
  }
}

async function readOne(signal: AbortSignal): Promise<void> {
  for await (const _ of lab.orDone(new Feed(["a", "b"]), signal)) break;
}

function expectReason(outcome: Awaited<ReturnType<typeof outcomeOf>>, reason: unknown, what: string): void {
  guarantee(failedWith(outcome, reason), {
    happened: `${what} ${describeOutcome(outcome)}`,
    expected: `it rejects at once, with the very reason that was given: ${show(reason)}`,
    why: "By the reason one tells a client that left from a deadline or a shutdown, and answers differently.",
  });
}

const alsoWithoutAbort = (outcome: Awaited<ReturnType<typeof outcomeOf>>): Broken => ({
  happened: `a sleep that nobody had aborted ${describeOutcome(outcome)}`,
  expected: "it resolves",
  why: "An abort that comes when it is over comes too late.",
});

const stuck = (): Broken => ({
  happened: "the loop was aborted and does not end: it waits for its source to be closed",
  expected: "it ends at once",
  why: "A source that is stuck is the very reason for which one wants to get away from it.",
});
