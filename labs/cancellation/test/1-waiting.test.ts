import { type Broken, guarantee, LongLived, type Sim } from "@pattern-labs/testkit";
import { describeOutcome, endOf, failedWith, outcomeOf, show } from "@pattern-labs/testkit/outcome";
import { explore, simulate } from "@pattern-labs/testkit/without-leaks";
import { describe, it } from "vitest";
import { Feed } from "./feed.ts";
import { lab } from "./subject.ts";
import { pause } from "./work.ts";

const REASON = { why: "the client left" };
/** Any value is a reason. */
const REASONS = [REASON, new Error("shutdown"), "text", null, 0];

describe("Step 1: waiting", () => {
  it("1.1 `sleep` resolves when its time has passed, and not before; an abort ends it at once, with the identical reason", async () => {
    await simulate(async (sim) => {
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
    });
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

  it("1.2 `underSignal` settles as the work does; an abort ends it at once, with the identical reason", async () => {
    await explore(
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
    );
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

  it("1.3 under a signal that has aborted already nothing begins", () =>
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

  it("1.4 `orDone` gives the values of its source, and then its end or its very error", () =>
    explore(
      async (sim) => {
        const fault = new Error("the connection broke");
        const service = new LongLived();
        for (const end of ["ends", "fails"] as const) {
          const values = ["a", undefined, "c"];
          const feed = new Feed(values, end === "fails" ? { sim, throws: { error: fault } } : { sim });
          const taken: unknown[] = [];
          const loop = async () => {
            for await (const value of lab.orDone(feed, service.signal)) {
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
        }
        service.expectBare("loops that have ended");
      },
      { maxSchedules: 30 },
    ));

  it("1.5 an abort ends `orDone` at once, with the identical reason, even while the source is stuck; nothing more is read", async () => {
    await explore(
      async (sim) => {
        const service = new LongLived();
        const feed = new Feed(["a", "b", "c"], { sim, stuckAtClose: true });
        let askedThen = -1;
        sim.anytime("abort", () => {
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
            await sim.io("handles the value");
          }
        };
        const outcome = await sim.waitFor("the loop", endOf(loop()), stuck);
        if (askedThen === -1) return;
        if (feed.ended && "value" in outcome) return; // It came when everything had been read.
        expectReason(outcome, REASON, "a loop over orDone that was aborted");
        guarantee(feed.asked === askedThen, {
          happened: `${askedThen} values had been asked for when it was aborted, and ${feed.asked} in the end`,
          expected: "none is asked for any more",
          why: "A value that is read now is lost: nobody will ever get it.",
        });
        service.expectBare("a loop that was aborted");
      },
      { maxSchedules: 200 },
    );
    await simulate(async (sim) => {
      for (const [when, cameLate] of [
        ["while it waited for the source,", false],
        ["by its own source, as that was asked for a value,", true],
      ] as const) {
        const service = new LongLived();
        const late = Promise.withResolvers<never>();
        const afterwards = () => {
          if (cameLate) service.abort(REASON);
          return late.promise;
        };
        const reading = lab.orDone(new Feed(["a"], { afterwards }), service.signal)[Symbol.asyncIterator]();
        await reading.next();
        const waiting = reading.next();
        waiting.catch(() => {});
        await sim.idle();
        if (!cameLate) service.abort(REASON);
        expectReason(await outcomeOf(waiting), REASON, `the \`next\` that was aborted ${when}`);
        late.reject(new Error("late and unwanted")); // Must not become an unhandled rejection.
        await sim.idle();
        service.expectBare("an abort while the source was stuck");
      }
    });
  });

  it("1.6 an abort closes the source of `orDone`, and so does leaving the loop", async () => {
    await explore(
      async (sim) => {
        const service = new LongLived();
        const ending = sim.choose("the loop", ["is aborted", "is left after the abort"]);
        const feed = new Feed(["a", "b", "c"], { sim, stuckAtClose: ending === "is aborted" });
        sim.anytime("abort", () => service.abort(REASON));
        const loop = async () => {
          for await (const _ of lab.orDone(feed, service.signal)) {
            await sim.io("handles the value");
            if (service.signal.aborted && ending === "is left after the abort") break;
          }
        };
        await sim.waitFor("the loop", endOf(loop()), stuck);
        guarantee(feed.opened === 0 || feed.ended || feed.closed > 0, {
          happened: "the loop was aborted and has ended, and nobody had closed its source",
          expected: "its `return` is called",
          why: "A source that nobody closes keeps its file or connection open for ever.",
        });
      },
      { maxSchedules: 150 },
    );
    await simulate(async (sim) => {
      const { signal } = new AbortController();
      const feed = new Feed(["a", "b", "c"], { sim });
      const loop = async () => {
        for await (const value of lab.orDone(feed, signal)) if (value === "b") break;
      };
      await sim.waitFor("the loop", loop());
      guarantee(feed.closed > 0 && feed.asked === 2, {
        happened: `the loop was left after 2 values; ${feed.asked} had been asked for, and the source was closed ${feed.closed} times`,
        expected: "2 values, and it is closed",
        why: "Whichever way the loop ends: who opened it closes it.",
      });
      const bare = {
        [Symbol.asyncIterator]: () => ({ next: async () => ({ done: false, value: 1 }) as const }),
      };
      const noReturn = async () => {
        for await (const _ of lab.orDone(bare, signal)) break;
      };
      const outcome = await sim.waitFor("the loop", endOf(noReturn()));
      guarantee("value" in outcome, {
        happened: `the loop over an iterator without \`return\` ${describeOutcome(outcome)} when it was left`,
        expected: "it ends",
        why: "An iterator need not have a `return`: then there is nothing to close.",
      });
    });
  });

  it("1.7 ten thousand calls on one long-lived signal leave no listener on it, and no timer", () =>
    simulate(tenThousandCalls, { maxEvents: 20_000 }));
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
