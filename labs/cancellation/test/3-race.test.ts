import { explore as exploreOrders, guarantee } from "@pattern-labs/testkit";
import { describe, it } from "vitest";
import type { Task } from "../contract.ts";
import { LongLived } from "./long-lived.ts";
import { expectRejected } from "./out-of-range.ts";
import { describeOutcome, endOf, failedWith, type Outcome, outcomeOf, show } from "./outcome.ts";
import { explore, simulate } from "./runs.ts";
import { lab } from "./subject.ts";
import { pause, Work } from "./work.ts";

const REASON = { why: "the client left" };

describe("Step 3: race", () => {
  it("3.1 a task that ends in time settles `withTimeout` as itself, and leaves nothing", () =>
    simulate(async (sim) => {
      const service = new LongLived();
      const work = new Work(sim);
      const fault = new Error("no such table");
      const options = { ms: 100, signal: service.signal };
      const good = await outcomeOf(lab.withTimeout(async () => "rows", options));
      const bad = await outcomeOf(lab.withTimeout(() => Promise.reject(fault), options));
      const thrown = await outcomeOf(
        lab.withTimeout(() => {
          throw fault;
        }, options),
      );
      const slow = await sim.waitFor(
        "a task of 99 ms",
        endOf(lab.withTimeout(work.task("slow", { ms: 99 }), options)),
      );
      guarantee(
        isValue(good, "rows") && failedWith(bad, fault) && failedWith(thrown, fault) && isValue(slow, "slow"),
        {
          happened: `tasks that resolved, rejected, threw, and took 99 of 100 ms: ${[good, bad, thrown, slow].map(describeOutcome).join("; ")}`,
          expected: "each settles as its task does, with the very value or error",
          why: "A limit that is not reached changes nothing.",
        },
      );
      service.expectBare("`withTimeout`"); // That a timer is left shows when the scenario ends.
    }));

  it("3.2 when the time is up the task is told, with a TimeoutError; `withTimeout` waits for its end and then rejects with it", () =>
    simulate(async (sim) => {
      for (const [what, late] of [
        ["returned a value", async () => "too late"],
        ["failed with an error of its own", () => Promise.reject(new Error("connection closed"))],
        ["rejected with the reason", (signal: AbortSignal) => Promise.reject(signal.reason)],
      ] as const) {
        const service = new LongLived();
        const calledAt = sim.now();
        let told: { at: number; reason: unknown } | undefined;
        let endedAt = -1;
        const stubborn: Task<string> = ({ signal }) =>
          sim.as("task", async () => {
            signal.addEventListener("abort", () => {
              told = { at: sim.now() - calledAt, reason: signal.reason };
            });
            await pause(130); // It puts its things away until then.
            endedAt = sim.now() - calledAt;
            return await late(signal);
          });
        const running = lab.withTimeout(stubborn, { ms: 100, signal: service.signal });
        const outcome = await sim.waitFor("withTimeout", endOf(running));
        const took = sim.now() - calledAt;
        guarantee(told?.at === 100 && isTimeout(told.reason), {
          happened:
            told === undefined
              ? "the signal of the task did not abort"
              : `the signal of the task aborted after ${told.at} ms with ${show(told.reason)}`,
          expected: "it aborts after 100 ms with a TimeoutError",
          why: "A task that is not told goes on, and holds its connection.",
        });
        guarantee(endedAt === 130 && took === 130, {
          happened: `\`withTimeout\` settled after ${took} ms; the task ${endedAt === -1 ? "was still running" : `had ended after ${endedAt} ms`}`,
          expected: "it cancels, it does not abandon: it waits for the end of the task",
          why: "A retry would meet the first try still at work, and both would write.",
        });
        guarantee(failedWith(outcome, told?.reason), {
          happened: `the time was up, the task ${what}, and \`withTimeout\` ${describeOutcome(outcome)}`,
          expected: `it rejects with the reason of the task's signal: ${show(told?.reason)}`,
          why: "Too late is too late: whoever asked has been promised an answer, or a TimeoutError, and the same one every time.",
        });
        service.expectBare("a timeout");
      }
    }));

  it("3.3 an abort of its signal reaches the task of `withTimeout` with the reason, and is what it rejects with when the task has ended", () =>
    explore(
      async (sim) => {
        const service = new LongLived();
        const work = new Work(sim);
        const reason = sim.choose("the reason", [REASON, null]); // Any value is a reason.
        let came = "never" as "before" | "after" | "never";
        sim.anytime("abort", () => {
          came = work.ended.length === 0 ? "before" : "after";
          service.abort(reason);
        });
        const stops = () => sim.io("closes its connection");
        const task = work.task("query", { ms: 50, stops });
        const ignores = sim.choose("the task", [false, true]);
        const deaf = work.task("query", { ms: 50, ignoresSignal: true });
        const running = lab.withTimeout(ignores ? deaf : task, { ms: 100, signal: service.signal });
        const outcome = await sim.waitFor("withTimeout", endOf(running));
        guarantee(work.running === 0, {
          happened: "`withTimeout` was aborted and settled while its task was still putting its things away",
          expected: "it waits for the task",
          why: "What it holds is not free yet.",
        });
        const met = work.stoppedWith.get("query");
        guarantee(came !== "before" || (failedWith(outcome, reason) && (ignores || met === reason)), {
          happened: `the signal aborted with ${show(reason)}; the task met ${show(met)}, and \`withTimeout\` ${describeOutcome(outcome)}`,
          expected: "both get the very reason",
          why: "It was not the time that was up.",
        });
        guarantee(came === "before" || isValue(outcome, "query"), {
          happened: `nobody had aborted, and \`withTimeout\` ${describeOutcome(outcome)}`,
          expected: "the value of its task",
          why: "The time was not up.",
        });
        service.expectBare("`withTimeout`");
      },
      { maxSchedules: 100 },
    ));

  it("3.4 `firstOf` calls all tasks before it returns, and resolves to the first success, whatever failed before", () =>
    explore(
      async (sim) => {
        const work = new Work(sim);
        const service = new LongLived();
        const tasks = [work.task("broken", { fails: new Error("broken") }), work.task("a"), work.task("b")];
        const throwing: Task<string> = () => {
          throw new Error("at once");
        };
        const racing = lab.firstOf([throwing, ...tasks], { signal: service.signal });
        const begun = work.begun.length;
        guarantee(begun === 3, {
          happened: `\`firstOf\` had returned, and ${begun} of 3 tasks had been called`,
          expected: "all of them",
          why: "Who is asked only when another has answered takes part in no race.",
        });
        const outcome = await sim.waitFor("firstOf", endOf(racing));
        guarantee("value" in outcome && outcome.value === work.succeeded[0], {
          happened: `${work.succeeded[0]} was the first to succeed, and \`firstOf\` ${describeOutcome(outcome)}`,
          expected: `it resolves to ${show(work.succeeded[0])}`,
          why: "A mirror that is down is quick to say so; it must not decide for those that work.",
        });
        service.expectBare("a race");
      },
      { maxSchedules: 100 },
    ));

  it("3.5 with the first success the signals of the others abort, and `firstOf` waits until they have ended", () =>
    explore(
      async (sim) => {
        const work = new Work(sim);
        const stops = () => sim.io("closes its connection");
        const tasks = ["a", "b", "c"].map((name) => work.task(name, { stops }));
        const outcome = await sim.waitFor("firstOf", endOf(lab.firstOf(tasks)));
        const [winner] = work.succeeded;
        guarantee("value" in outcome && outcome.value === winner, {
          happened: `${winner} succeeded, and \`firstOf\` ${describeOutcome(outcome)}`,
          expected: `it resolves to ${show(winner)}`,
          why: "Nothing else happened.",
        });
        guarantee(work.stoppedWith.size === 2, {
          happened: `${winner} had succeeded, and of the two others ${work.stoppedWith.size} were stopped`,
          expected: "both, through their signals",
          why: "A request whose answer nobody wants still costs the other side as much.",
        });
        guarantee(work.running === 0, {
          happened: `\`firstOf\` resolved while ${work.running} losers were still putting their things away`,
          expected: "it waits until they have ended",
          why: "Abandoned work goes on with nobody to see its errors, and holds connections that the next race needs.",
        });
      },
      { maxSchedules: 150 },
    ));

  it("3.6 if no task succeeds, `firstOf` rejects with an AggregateError of all errors, in the order of the tasks", async () => {
    await explore(
      async (sim) => {
        const work = new Work(sim);
        const errors = ["a", "b", "c"].map((name) => new Error(name));
        const tasks = errors.map((fails) => work.task(fails.message, { fails }));
        const outcome = await sim.waitFor("firstOf", endOf(lab.firstOf(tasks)));
        const found = errorsOf(outcome);
        guarantee(
          found !== undefined && found.length === 3 && found.every((error, n) => error === errors[n]),
          {
            happened: `three tasks failed, and \`firstOf\` ${describeOutcome(outcome)}${found ? ` of ${found.map(show).join(", ")}` : ""}`,
            expected:
              "an AggregateError whose `errors` are the very errors of task 1, 2 and 3, whichever came first",
            why: "Whoever reads it wants to know which mirror had which fault.",
          },
        );
      },
      { maxSchedules: 30 },
    );
    await simulate(async () => {
      const outcome = await outcomeOf(lab.firstOf([]));
      guarantee(errorsOf(outcome)?.length === 0, {
        happened: `\`firstOf\` of no tasks ${describeOutcome(outcome)}`,
        expected: "an AggregateError without errors",
        why: "`Promise.race([])` waits for ever.",
      });
    });
  });

  it("3.7 an abort cancels every task of `firstOf`, and is thrown when they have ended; after a success it comes too late", () =>
    explore(
      async (sim) => {
        const work = new Work(sim);
        const reason = sim.choose("the reason", [REASON, null]);
        const service = new LongLived();
        let successes = 0;
        let came = "never" as "before" | "after" | "never";
        sim.anytime("abort", () => {
          const over = successes > 0 || work.ended.length === 3;
          came = over ? "after" : "before";
          service.abort(reason);
        });
        const stops = () => sim.io("closes its connection");
        const counted =
          (task: Task<string>): Task<string> =>
          async (told) => {
            const value = await task(told);
            successes += 1;
            return value;
          };
        const tasks = [
          counted(work.task("a", { stops })),
          counted(work.task("deaf", { ignoresSignal: true })),
          work.task("broken", { fails: new Error("broken"), stops }),
        ];
        const outcome = await sim.waitFor("firstOf", endOf(lab.firstOf(tasks, { signal: service.signal })));
        guarantee(work.running === 0, {
          happened: `\`firstOf\` settled while ${work.running} tasks were still running`,
          expected: "it waits for all",
          why: "What they hold is not free yet.",
        });
        guarantee(came !== "before" || failedWith(outcome, reason), {
          happened: `it was aborted before any task had succeeded, and ${describeOutcome(outcome)}`,
          expected: `it rejects with the very reason: ${show(reason)}`,
          why: "The answer of a task that did not heed its signal is for nobody.",
        });
        guarantee(came === "before" || (outcome !== undefined && "value" in outcome), {
          happened: `a task had succeeded before anybody aborted, and \`firstOf\` ${describeOutcome(outcome)}`,
          expected: "its value: the abort came too late",
          why: "What was done is done.",
        });
        service.expectBare("a race");
      },
      { maxSchedules: 300 },
    ));

  it("3.8 under an aborted signal no task is called, not even the second, if the first aborts it as it begins", () =>
    simulate(async (sim) => {
      const work = new Work(sim);
      const over = new LongLived();
      over.abort(REASON);
      const leaving = new LongLived();
      const first: Task<string> = async ({ signal }) => {
        leaving.abort(REASON);
        signal.throwIfAborted();
        return "first";
      };
      const calls = [
        ["withTimeout", lab.withTimeout(work.task("limited"), { ms: 10, signal: over.signal })],
        ["firstOf", lab.firstOf([work.task("a"), work.task("b")], { signal: over.signal })],
        [
          "firstOf, whose first task aborted it,",
          lab.firstOf([first, work.task("second")], { signal: leaving.signal }),
        ],
      ] as const;
      for (const [what, call] of calls) {
        const outcome = await outcomeOf(call);
        guarantee(failedWith(outcome, REASON) && work.begun.length === 0, {
          happened: `${what} ${describeOutcome(outcome)} under an aborted signal${work.begun.length > 0 ? `, and called ${work.begun.join(", ")}` : ""}`,
          expected: `it calls nothing, and rejects with the very reason: ${show(REASON)}`,
          why: "Work for somebody who has gone must not begin.",
        });
      }
      over.expectBare("calls under an aborted signal");
    }));

  it("3.9 at whatever moment they are aborted, `withTimeout` and `firstOf` leave no task, no listener and no timer", () =>
    exploreOrders(
      async (sim) => {
        const service = new LongLived();
        const work = new Work(sim);
        const { signal } = service;
        sim.anytime("abort", () => service.abort(REASON));
        const stops = () => sim.io("closes its connection");
        const limited: Task<string> = (told) =>
          lab.withTimeout(work.task("limited", { stops }), { ms: 20, ...told });
        await sim.waitFor(
          "the race",
          endOf(lab.firstOf([limited, work.task("other", { stops })], { signal })),
        );
        guarantee(work.running === 0, {
          happened: `the race was over, and ${work.running} tasks were still running`,
          expected: "none",
          why: "Nobody would ever wait for them.",
        });
        service.expectBare("the race");
      },
      { squeeze: 3, maxSchedules: 250, leaks: 3 },
    ));

  it("3.10 an `ms` out of range is a RangeError, and the task is not called", () =>
    simulate(async (sim) => {
      const work = new Work(sim);
      await expectRejected("ms", (ms) => lab.withTimeout(work.task("never"), { ms }));
      guarantee(work.begun.length === 0, {
        happened: "the task was called all the same",
        expected: "it is not",
        why: "What is refused must not have begun.",
      });
    }));
});

const isTimeout = (reason: unknown) => reason instanceof Error && reason.name === "TimeoutError";

const isValue = (outcome: Outcome, value: unknown) =>
  outcome !== undefined && "value" in outcome && outcome.value === value;

function errorsOf(outcome: Outcome): readonly unknown[] | undefined {
  if (outcome === undefined || "value" in outcome) return undefined;
  return outcome.error instanceof AggregateError ? outcome.error.errors : undefined;
}
