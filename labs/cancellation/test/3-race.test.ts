import { guarantee, LongLived, type Sim } from "@pattern-labs/testkit";
import {
  describeOutcome,
  endOf,
  failedWith,
  type Outcome,
  outcomeOf,
  show,
} from "@pattern-labs/testkit/outcome";
import { explore, simulate } from "@pattern-labs/testkit/without-leaks";
import { describe, it } from "vitest";
import type { Task } from "../contract.ts";
import { lab } from "./subject.ts";
import { pause, Work } from "./work.ts";

const REASON = { why: "the client left" };

describe("Step 3: race", () => {
  it("3.1 a task that ends in time settles `withTimeout` as itself", () =>
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

  it("3.2 when the time is up the task is told; `withTimeout` waits for its end, and rejects with that very TimeoutError", () =>
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

  it("3.3 an abort reaches the task of `withTimeout`, and its reason is thrown when that has ended; what comes second changes nothing", async () => {
    await explore(
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
    );
    await simulate(async (sim) => {
      const service = new LongLived();
      service.abort(REASON);
      const work = new Work(sim);
      const refused = await outcomeOf(
        lab.withTimeout(work.task("never"), { ms: 10, signal: service.signal }),
      );
      guarantee(failedWith(refused, REASON) && work.begun.length === 0, {
        happened: `under an aborted signal \`withTimeout\` ${describeOutcome(refused)}${work.begun.length > 0 ? ", and called its task" : ""}`,
        expected: "it calls nothing, and rejects with the very reason",
        why: "Work for somebody who has gone must not begin.",
      });
      for (const first of ["the abort", "the deadline"] as const) await bothCome(sim, first);
    });
  });

  it("3.4 `firstOf` calls all tasks, and resolves to the first success, whatever failed before", () =>
    explore(
      async (sim) => {
        const work = new Work(sim);
        const service = new LongLived();
        const tasks = [work.task("broken", { fails: new Error("broken") }), work.task("a"), work.task("b")];
        let hasThrown = false;
        const throwing: Task<string> = () => {
          hasThrown = true;
          throw new Error("at once");
        };
        const racing = lab.firstOf([throwing, ...tasks], { signal: service.signal });
        await outcomeOf(racing); // None yet; a task need not be called at once, but after this it has been.
        const called = work.begun.length + Number(hasThrown);
        guarantee(called === 4, {
          happened: `nothing else had happened yet, and \`firstOf\` had called ${called} of 4 tasks`,
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

  it("3.5 with the first success the others are told, and `firstOf` waits until they have ended", () =>
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

  it("3.6 if no task succeeds, `firstOf` rejects with all errors, in the order of the tasks", async () => {
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

  it("3.7 an abort before the first success reaches every task of `firstOf`, and is thrown when they have ended", async () => {
    await explore(
      async (sim) => {
        const work = new Work(sim);
        const reason = sim.choose("the reason", [REASON, null]);
        const service = new LongLived();
        let successes = 0;
        let cameInTime = false;
        sim.anytime("abort", () => {
          cameInTime = successes === 0 && work.ended.length < 3;
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
        guarantee(!cameInTime || failedWith(outcome, reason), {
          happened: `it was aborted before any task had succeeded, and ${describeOutcome(outcome)}`,
          expected: `it rejects with the very reason: ${show(reason)}`,
          why: "The answer of a task that did not heed its signal is for nobody.",
        });
        service.expectBare("a race");
      },
      { maxSchedules: 300 },
    );
    await simulate(async (sim) => {
      const service = new LongLived();
      service.abort(REASON);
      const work = new Work(sim);
      const tasks = [work.task("a"), work.task("b")];
      const outcome = await outcomeOf(lab.firstOf(tasks, { signal: service.signal }));
      guarantee(failedWith(outcome, REASON) && work.begun.length === 0, {
        happened: `under an aborted signal \`firstOf\` ${describeOutcome(outcome)}, and called ${work.begun.length} tasks`,
        expected: "it calls nothing, and rejects with the very reason",
        why: "Work for somebody who has gone must not begin.",
      });
    });
  });
});

/** The time is up and the signal aborts, one after the other, while the task puts its things away. */
async function bothCome(sim: Sim, first: "the abort" | "the deadline"): Promise<void> {
  const service = new LongLived();
  setTimeout(() => service.abort(REASON), first === "the abort" ? 50 : 110);
  let told: unknown;
  const task: Task<void> = async ({ signal }) => {
    signal.addEventListener("abort", () => {
      told = signal.reason;
    });
    await pause(130);
  };
  const running = lab.withTimeout(task, { ms: 100, signal: service.signal });
  const outcome = await sim.waitFor("withTimeout", endOf(running));
  const isRight = first === "the abort" ? told === REASON : isTimeout(told);
  guarantee(isRight && failedWith(outcome, told), {
    happened: `${first} came first, then ${first === "the abort" ? "the deadline" : "the abort"}, then the task ended: it had been told ${show(told)}, and \`withTimeout\` ${describeOutcome(outcome)}`,
    expected: `both get the reason of ${first}`,
    why: "What cancelled the task was what came first: a deadline is a 504, a client that left needs no answer.",
  });
}

const isTimeout = (reason: unknown) => reason instanceof Error && reason.name === "TimeoutError";

const isValue = (outcome: Outcome, value: unknown) =>
  outcome !== undefined && "value" in outcome && outcome.value === value;

function errorsOf(outcome: Outcome): readonly unknown[] | undefined {
  if (outcome === undefined || "value" in outcome) return undefined;
  return outcome.error instanceof AggregateError ? outcome.error.errors : undefined;
}
