import { explore as exploreOrders, guarantee, LongLived, type Sim } from "@pattern-labs/testkit";
import {
  describeOutcome,
  endOf,
  errorOf,
  failedWith,
  type Outcome,
  outcomeOf,
  show,
} from "@pattern-labs/testkit/outcome";
import { explore, simulate } from "@pattern-labs/testkit/without-leaks";
import { describe, it } from "vitest";
import { expectRefused } from "./out-of-range.ts";
import { lab } from "./subject.ts";
import { pause, Work } from "./work.ts";

const REASON = { why: "the client left" };
const deadlineMs = 1_000;

describe("Step 4: clean up", () => {
  it("4.1 a clean-up is not cancelled with the work, whatever is cancelled around it and whenever", () =>
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

  it("4.2 a clean-up has a deadline of its own: there it is told, and waited for no longer", async () => {
    await simulate(async (sim) => {
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
    });
    await simulate(async (sim) => {
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
    });
  });

  it("4.3 what was deferred runs when no task of the scope runs any more, the last first, one by one, also after a cancel", () =>
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
        await sim.waitFor("leaving", endOf(request[Symbol.asyncDispose]()));
        const expected = work.begun.includes("query")
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

  it("4.4 each clean-up runs, whatever the others do; what they threw is thrown as it is, that of scopes below included", () =>
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
        const outcome = await sim.waitFor("leaving", endOf(scope[Symbol.asyncDispose]()));
        await sim.waitFor("leaving again", endOf(scope[Symbol.asyncDispose]()));
        guarantee(ran.length === cleanUps.length, {
          happened: `${cleanUps.length} clean-ups were deferred, and there were ${ran.length} calls`,
          expected: "each is called once, also when the scope is left twice",
          why: "One that failed is no reason to leave the others undone.",
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
      const inTime = await leave(slow, slow);
      guarantee(isDone(inTime), {
        happened: `two clean-ups took 60 ms each, of 100, and leaving ${describeOutcome(inTime)}`,
        expected: "it resolves: the deadline of each counts from the moment at which it is called",
        why: "Whoever comes last has done nothing wrong.",
      });
      const one = await leave(fine, fails(broken), fine);
      guarantee(failedWith(one, broken), {
        happened: `one of three clean-ups failed, and leaving ${describeOutcome(one)}`,
        expected: "its very error is thrown",
        why: "Something is still reserved: somebody has to hear of it.",
      });
      const hangs = () => new Promise<never>(() => {});
      const several = errorsOf(await leave(fails(stuck), hangs, fails(broken)));
      guarantee(several?.length === 3 && [stuck, broken].every(isIn(several)) && several.some(isTimeout), {
        happened: `of three clean-ups two failed and one hung: leaving threw ${several === undefined ? "no AggregateError" : `an AggregateError of ${several.map(show).join(", ")}`}`,
        expected: "an AggregateError of the three",
        why: "Each of them left something undone.",
      });
      const both = errorsOf(await leaveThreeLayers(sim, { deepest: stuck, request: broken }));
      guarantee(both?.length === 2 && [stuck, broken].every(isIn(both)), {
        happened: `clean-ups of a request and of a scope two below it failed, and leaving the request threw ${both === undefined ? "no AggregateError" : `an AggregateError of ${both.map(show).join(", ")}`}`,
        expected: "an AggregateError of the two very errors",
        why: "Nobody else left the scope below, so nobody else can be told.",
      });
      for (const parts of [[], [stuck], [stuck, broken]]) {
        const failure = new AggregateError(parts, "no way to give the seat back has worked");
        const outcome = await leaveThreeLayers(sim, { deepest: failure });
        guarantee(failedWith(outcome, failure), {
          happened: `a clean-up below threw an AggregateError of its own, of ${parts.length} errors, and leaving the request ${describeOutcome(outcome)}${"error" in outcome && outcome.error instanceof AggregateError ? ` of ${outcome.error.errors.length}` : ""}`,
          expected: "that very error, not taken apart",
          why: "Taken apart it says less, and one without parts is lost: the seat stays reserved, and nobody knows.",
        });
      }
    }));

  it("4.5 scopes below are left before the clean-ups of the one above run, and what theirs start on it is waited for", async () => {
    await simulate(async (sim) => {
      const log: string[] = [];
      await leaveThreeLayers(sim, {}, log);
      guarantee(log.join(", ") === "deepest, below, request", {
        happened: `a request was left, with two scopes below it, one below the other: the clean-ups ran as ${log.join(", ")}`,
        expected: "deepest, below, request: from below to above, each once",
        why: "What is below stands on what is above.",
      });
    });
    await explore(
      async (sim) => {
        const work = new Work(sim);
        const request = lab.openScope();
        const below = request.child();
        const started: Promise<unknown>[] = [];
        const log: string[] = [];
        let runningThen = -1;
        request.defer(
          async () => {
            runningThen = work.running;
            log.push("request");
          },
          { deadlineMs },
        );
        below.defer(
          async () => {
            started.push(endOf(request.start(work.task("tells the shop")))); // It is the request's: it does not wait.
            await sim.io("gives the seat back");
            log.push("below");
          },
          { deadlineMs },
        );
        void request.start(work.task("query"));
        if (
          sim.choose("the scope below is left", ["with the request", "by somebody else"]) !==
          "with the request"
        ) {
          started.push(endOf(below[Symbol.asyncDispose]()));
        }
        await sim.waitFor("leaving", endOf(request[Symbol.asyncDispose]()));
        guarantee(log.join(", ") === "below, request" || sim.now() >= deadlineMs, {
          happened: `the clean-ups of a request and of a scope below it ended in this order: ${log.join(", ")}`,
          expected: "below, request, whoever leaves the one below",
          why: "What is below stands on what is above.",
        });
        guarantee(work.succeeded.length === 2, {
          happened: `a clean-up below the request started a task on the request; ${work.succeeded.length < 2 && work.running > 0 ? "the request was left while that was running" : "it was refused, or cut short"}`,
          expected: "the request is not left yet: it takes the task, and waits for it",
          why: "What goes on afterwards uses what has been closed, and its failure is nobody's.",
        });
        guarantee(runningThen === 0, {
          happened: `the clean-up of the request ran while ${runningThen} tasks were running`,
          expected: "no task runs any more by then",
          why: "It closes the connection that the task is using.",
        });
        await Promise.all(started);
      },
      { maxSchedules: 60 },
    );
  });

  it("4.6 on a scope that is left nothing can be deferred, nor started by a clean-up", () =>
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

  it("4.7 cancelled at every moment, a request gives back all that it had reserved", () =>
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
        const outcome = await sim.waitFor("the reservation", endOf(reservation()));
        const isRight = service.signal.aborted || isDone(outcome);
        guarantee(isRight || sim.now() >= 60_000, {
          happened: `nobody had cancelled it, and the reservation ${describeOutcome(outcome)}`,
          expected: "it comes to its end",
          why: "Nothing may get lost on the ordinary way.",
        });
        guarantee(reserved === givenBack || sim.now() >= 60_000, {
          happened: `${reserved} seats were reserved, and ${givenBack} given back when the scope had been left`,
          expected: "all of them",
          why: "A seat that nobody gives back is empty on the day.",
        });
        service.expectBare("the reservation");
      },
      { squeeze: 3, maxSchedules: 200, leaks: 3 },
    ));

  it("4.8 a duration out of range is a RangeError that names it and the value, and nothing is called", () =>
    simulate(async () => {
      const called: number[] = [];
      const task = async () => void called.push(1);
      const request = lab.openScope();
      await expectRefused("ms", (ms) => lab.sleep(ms));
      await expectRefused("timeoutMs", (timeoutMs) => lab.openScope({ timeoutMs }));
      await expectRefused("timeoutMs", (timeoutMs) => request.child({ timeoutMs }));
      await expectRefused("ms", (ms) => lab.withTimeout(task, { ms }));
      await expectRefused("deadlineMs", (ms) => lab.cleanUp(task, { deadlineMs: ms }));
      await expectRefused("deadlineMs", (ms) => request.defer(task, { deadlineMs: ms }));
      await request[Symbol.asyncDispose]();
      guarantee(called.length === 0, {
        happened: `what had been refused was called ${called.length} times`,
        expected: "never",
        why: "What is refused must not have begun.",
      });
    }));
});

/** Leaves a request with two scopes below it, each with a clean-up: it takes 10 ms, and may fail. */
async function leaveThreeLayers(
  sim: Sim,
  failures: { readonly deepest?: Error; readonly request?: Error },
  log: string[] = [],
) {
  const request = lab.openScope();
  const below = request.child();
  const layers = { request, below, deepest: below.child() };
  for (const [name, scope] of Object.entries(layers)) {
    scope.defer(
      async () => {
        await pause(10);
        log.push(name);
        const failure = name === "below" ? undefined : failures[name as keyof typeof failures];
        if (failure !== undefined) throw failure;
      },
      { deadlineMs },
    );
  }
  return await sim.waitFor("leaving", endOf(request[Symbol.asyncDispose]()));
}

/** What an AggregateError is about. */
const errorsOf = (outcome: Outcome): readonly unknown[] | undefined =>
  outcome !== undefined && "error" in outcome && outcome.error instanceof AggregateError
    ? outcome.error.errors
    : undefined;

const isIn = (errors: readonly unknown[]) => (error: unknown) => errors.includes(error);
const isTimeout = (reason: unknown) => reason instanceof Error && reason.name === "TimeoutError";
const isLeft = (error: unknown) => error instanceof Error && error.name === "ScopeLeftError";
const isDone = (outcome: Outcome) => outcome !== undefined && "value" in outcome;
