import { explore as exploreOrders, guarantee } from "@pattern-labs/testkit";
import { describe, it } from "vitest";
import { LongLived } from "./long-lived.ts";
import { expectRejected, expectThrown } from "./out-of-range.ts";
import { describeOutcome, endOf, errorOf, failedWith, type Outcome, outcomeOf, show } from "./outcome.ts";
import { explore, simulate } from "./runs.ts";
import { lab } from "./subject.ts";
import { pause, Work } from "./work.ts";

const REASON = { why: "the client left" };
const deadlineMs = 1_000;

describe("Step 4: clean up", () => {
  it("4.1 a clean-up is not cancelled with the work: its signal does not abort, whatever is cancelled around it and whenever", () =>
    explore(
      async (sim) => {
        const work = new Work(sim);
        const service = new LongLived();
        const request = lab.openScope({ signal: service.signal });
        sim.anytime("the client leaves", () => service.abort(REASON));
        const reserve = request.start(async (scope) => {
          await work.task("reserves a seat")(scope);
          try {
            await work.task("pays", { fails: new Error("declined") })(scope);
          } finally {
            await lab.cleanUp(
              async (told) => void (await work.task("gives the seat back", { ms: 500 })(told)),
              { deadlineMs },
            );
          }
        });
        reserve.catch(() => {});
        await sim.waitFor("leaving", request[Symbol.asyncDispose]());
        const reserved = work.begun.includes("pays");
        guarantee(!reserved || work.succeeded.includes("gives the seat back"), {
          happened: work.stoppedWith.has("gives the seat back")
            ? `the clean-up was cut short, with ${show(work.stoppedWith.get("gives the seat back"))}`
            : `the clean-up ${work.begun.includes("gives the seat back") ? "had not come to its end when the scope was left" : "was never called"}`,
          expected: "it runs to its end, although the request was cancelled, and leaving waits for it",
          why: "The seat stays reserved for a client who has gone, and nobody will ever give it back.",
        });
        service.expectBare("a clean-up");
      },
      { maxSchedules: 100 },
    ));

  it("4.2 a clean-up that ends before its deadline settles as itself, and leaves no timer", () =>
    simulate(async (sim) => {
      const fault = new Error("the seat is gone");
      const good = await outcomeOf(lab.cleanUp(async () => {}, { deadlineMs }));
      const bad = await outcomeOf(lab.cleanUp(() => Promise.reject(fault), { deadlineMs }));
      const thrown = await outcomeOf(
        lab.cleanUp(
          () => {
            throw fault;
          },
          { deadlineMs },
        ),
      );
      const slow = await sim.waitFor("a slow one", endOf(lab.cleanUp(() => pause(999), { deadlineMs })));
      guarantee(isDone(good) && failedWith(bad, fault) && failedWith(thrown, fault) && isDone(slow), {
        happened: `clean-ups that resolved, rejected, threw, and took 999 of 1,000 ms: ${[good, bad, thrown, slow].map(describeOutcome).join("; ")}`,
        expected: "each settles as it does by itself, with the very error",
        why: "A clean-up that failed must be seen: something is still reserved.",
      });
    }));

  it("4.3 at its deadline a clean-up is told, with a TimeoutError, and is waited for no longer, whether it heeds its signal or not", () =>
    simulate(async (sim) => {
      for (const late of [
        "ends later",
        "fails later",
        "heeds its signal",
        "fails when it is told",
      ] as const) {
        const calledAt = sim.now();
        let told: unknown;
        const running = lab.cleanUp(
          async ({ signal }) => {
            signal.addEventListener("abort", () => {
              told = signal.reason;
            });
            if (late === "heeds its signal")
              return await lab.underSignal(new Promise<never>(() => {}), signal);
            if (late === "fails when it is told") {
              return await new Promise<never>((_, reject) => {
                signal.addEventListener("abort", () => reject(new Error("connection closed")));
              });
            }
            await pause(5_000);
            if (late === "fails later") throw new Error("late and unwanted"); // Must not become unhandled.
          },
          { deadlineMs },
        );
        const outcome = await sim.waitFor("the clean-up", endOf(running));
        const took = sim.now() - calledAt;
        guarantee(isTimeout(told) && failedWith(outcome, told), {
          happened: `after 1,000 ms the signal of a clean-up that ${late} ${told === undefined ? "had not aborted" : `had aborted with ${show(told)}`}, and \`cleanUp\` ${describeOutcome(outcome)}`,
          expected: "it aborts with a TimeoutError, and that very error is what `cleanUp` rejects with",
          why: "It has a deadline of its own.",
        });
        guarantee(took === deadlineMs, {
          happened: `\`cleanUp\` with a deadline of 1,000 ms settled after ${took} ms; its task ${late}`,
          expected: "after 1,000 ms",
          why: "A shutdown waits for it: a clean-up that hangs must not keep the process.",
        });
        if (late.endsWith("later")) await pause(5_000);
      }
    }));

  it("4.4 what was deferred runs when the scope is left, the last first, one after the other, also when it was cancelled", () =>
    explore(
      async (sim) => {
        const work = new Work(sim);
        const service = new LongLived();
        const request = lab.openScope({ signal: service.signal });
        const log: string[] = [];
        sim.anytime("the client leaves", () => service.abort(REASON));
        const cleanUp = (name: string) => async (told: { readonly signal: AbortSignal }) => {
          log.push(`${name} begins${work.running > 0 ? " while a task runs" : ""}`);
          await work.task(name)(told);
          log.push(`${name} ends`);
        };
        request.defer(cleanUp("first"), { deadlineMs });
        const task = request.start(async (scope) => {
          scope.defer(cleanUp("second"), { deadlineMs });
          await work.task("query", { stops: () => sim.io("closes its connection") })(scope);
        });
        task.catch(() => {});
        const began = work.begun.includes("query");
        await sim.waitFor("leaving", endOf(request[Symbol.asyncDispose]()));
        const expected = began
          ? "second begins, second ends, first begins, first ends"
          : "first begins, first ends";
        // The explorer may let a clean-up take longer than its deadline: then its end is missing.
        const inTime = sim.now() < deadlineMs;
        guarantee(!inTime || log.join(", ") === expected, {
          happened: `the clean-ups "first" and "second" were deferred, and the scope was left: ${log.join(", ") || "none ran"}`,
          expected,
          why: "The second may stand on the first: a transaction is rolled back before its connection is closed.",
        });
        service.expectBare("a scope that was left");
      },
      { maxSchedules: 150 },
    ));

  it("4.5 each clean-up runs, whatever the others do; leaving throws what they threw", () =>
    simulate(async (sim) => {
      const stuck = new Error("stuck");
      const broken = new Error("broken");
      const leave = async (...cleanUps: (() => Promise<void>)[]) => {
        const scope = lab.openScope();
        const ran: number[] = [];
        for (const [n, cleanUp] of cleanUps.entries()) {
          scope.defer(
            () => {
              ran.push(n);
              return cleanUp();
            },
            { deadlineMs: 100 },
          );
        }
        await pause(500);
        const leaving = scope[Symbol.asyncDispose]();
        const outcome = await sim.waitFor("leaving", endOf(leaving));
        const again = await outcomeOf(scope[Symbol.asyncDispose]());
        guarantee(ran.length === cleanUps.length, {
          happened: `${cleanUps.length} clean-ups were deferred, and ${ran.length} were called`,
          expected: "each of them once, also when the scope is left twice",
          why: "One that failed is no reason to leave the others undone.",
        });
        guarantee(describeOutcome(again) === describeOutcome(outcome), {
          happened: `leaving ${describeOutcome(outcome)}; leaving again ${describeOutcome(again)}`,
          expected: "the same",
          why: "Whoever asks second wants to know it, too.",
        });
        return outcome;
      };
      const fine = async () => {};
      const fails = (error: Error) => () => {
        throw error;
      };
      const none = await leave(fine, fine);
      guarantee(isDone(none), {
        happened: `two clean-ups went well, and leaving ${describeOutcome(none)}`,
        expected: "it resolves",
        why: "Nothing is wrong.",
      });
      const slow = () => pause(60);
      const inTime = await leave(slow, slow, slow);
      guarantee(isDone(inTime), {
        happened: `three clean-ups took 60 ms each, of 100, and leaving ${describeOutcome(inTime)}`,
        expected: "it resolves: the deadline of each counts from the moment at which it is its turn",
        why: "Whoever comes last has done nothing wrong.",
      });
      const one = await leave(fine, fails(broken), fine);
      guarantee(failedWith(one, broken), {
        happened: `one of three clean-ups failed, and leaving ${describeOutcome(one)}`,
        expected: "its very error is thrown",
        why: "Something is still reserved: somebody has to hear of it.",
      });
      const hangs = () => new Promise<never>(() => {});
      const several = await leave(fails(stuck), hangs, fails(broken));
      const errors =
        "error" in several && several.error instanceof AggregateError ? several.error.errors : [];
      guarantee(errors.length === 3 && errors[0] === broken && isTimeout(errors[1]) && errors[2] === stuck, {
        happened: `of three clean-ups the last failed, the second hung, and the first failed: leaving ${describeOutcome(several)} of ${errors.map(show).join(", ")}`,
        expected: "an AggregateError of the three, in the order in which they failed",
        why: "Each of them left something undone.",
      });
    }));

  it("4.6 leaving a scope leaves those below it before its own clean-ups, and theirs are not lost", () =>
    simulate(async (sim) => {
      const log: string[] = [];
      const failures = ["a", "b"].map((name) => new Error(name));
      const request = lab.openScope();
      const below = request.child();
      const deepest = below.child();
      const left = request.child();
      for (const [scope, name] of [
        [request, "request"],
        [below, "below"],
        [deepest, "deepest"],
        [left, "left already"],
      ] as const) {
        scope.defer(
          async () => {
            await pause(10);
            log.push(name);
            if (name === "deepest") throw failures[0];
            if (name === "request") throw failures[1];
          },
          { deadlineMs },
        );
      }
      await sim.waitFor("leaving the first", left[Symbol.asyncDispose]());
      const outcome = await sim.waitFor("leaving", endOf(request[Symbol.asyncDispose]()));
      guarantee(log.join(", ") === "left already, deepest, below, request", {
        happened: `one scope was left, then the request with two scopes below it: the clean-ups ran as ${log.join(", ")}`,
        expected: "left already, deepest, below, request: from below to above, each once",
        why: "What is below stands on what is above.",
      });
      const errors =
        "error" in outcome && outcome.error instanceof AggregateError ? outcome.error.errors : [];
      guarantee(errors.length === 2 && errors.every((error, n) => error === failures[n]), {
        happened: `clean-ups of "deepest" and "request" failed, and leaving the request ${describeOutcome(outcome)} of ${errors.map(show).join(", ")}`,
        expected: "an AggregateError of the two, not nested",
        why: "Nobody else left the scopes below, so nobody else can be told.",
      });
    }));

  it("4.7 on a scope that has been left nothing can be deferred, nor started by a clean-up", () =>
    simulate(async (sim) => {
      const work = new Work(sim);
      const request = lab.openScope();
      let within: readonly unknown[] = [];
      let started: Outcome;
      let cancelled = false;
      request.defer(
        async () => {
          within = [
            errorOf(() => request.defer(async () => {}, { deadlineMs })),
            errorOf(() => request.child()),
          ];
          started = await outcomeOf(request.start(work.task("late")));
          request.cancel(REASON);
          cancelled = request.signal.aborted;
        },
        { deadlineMs },
      );
      await sim.waitFor("leaving", request[Symbol.asyncDispose]());
      const afterwards = errorOf(() => request.defer(async () => {}, { deadlineMs }));
      const refused = [...within, started && "error" in started ? started.error : undefined, afterwards];
      guarantee(!cancelled && refused.length === 4 && refused.every(isLeft) && work.begun.length === 0, {
        happened: `${cancelled ? "its signal aborted while it was cleaned up; " : ""}\`defer\`, \`child\` and \`start\` in a clean-up, and \`defer\` afterwards: ${refused.map((error) => (error === undefined ? "accepted" : show(error))).join("; ")}`,
        expected: "each fails with a ScopeLeftError",
        why: "What is accepted and never run is worse than what is refused.",
      });
    }));

  it("4.8 cancelled at every moment, a request gives back all that it had reserved, and leaves no listener and no timer", () =>
    exploreOrders(
      async (sim) => {
        const service = new LongLived();
        let reserved = 0;
        let givenBack = 0;
        sim.anytime("shutdown", () => service.abort(REASON));
        const reservation = async () => {
          await using request = lab.openScope({ signal: service.signal });
          for (const seat of ["A", "B"]) {
            await request.start(async (scope) => {
              await sim.io(`reserves ${seat}`, () => {
                reserved += 1;
                scope.defer(
                  async () => {
                    await sim.io(`gives ${seat} back`);
                    givenBack += 1;
                  },
                  { deadlineMs: 60_000 },
                );
              });
              await lab.underSignal(sim.io(`pays ${seat}`), scope.signal);
            });
          }
        };
        await sim.waitFor("the reservation", endOf(reservation()));
        guarantee(reserved === givenBack || sim.now() >= 60_000, {
          happened: `${reserved} seats were reserved, and ${givenBack} given back when the scope had been left`,
          expected: "all of them",
          why: "A seat that nobody gives back is empty on the day.",
        });
        service.expectBare("the reservation");
      },
      { squeeze: 3, maxSchedules: 200, leaks: 3 },
    ));

  it("4.9 a `deadlineMs` out of range is a RangeError; nothing is called and nothing kept", () =>
    simulate(async () => {
      const called: number[] = [];
      const task = async () => void called.push(1);
      await expectRejected("deadlineMs", (ms) => lab.cleanUp(task, { deadlineMs: ms }));
      const request = lab.openScope();
      expectThrown("deadlineMs", (ms) => request.defer(task, { deadlineMs: ms }));
      await request[Symbol.asyncDispose]();
      guarantee(called.length === 0, {
        happened: `clean-ups that had been refused were called ${called.length} times`,
        expected: "never",
        why: "What is refused must not have begun.",
      });
    }));
});

const isTimeout = (reason: unknown) => reason instanceof Error && reason.name === "TimeoutError";
const isLeft = (error: unknown) => error instanceof Error && error.name === "ScopeLeftError";
const isDone = (outcome: Outcome) => outcome !== undefined && "value" in outcome;
