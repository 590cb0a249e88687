import { challenge, explore as exploreOrders, guarantee, LongLived } from "@pattern-labs/testkit";
import { describeOutcome, endOf, failedWith, outcomeOf, show } from "@pattern-labs/testkit/outcome";
import { simulate } from "@pattern-labs/testkit/without-leaks";
import { it } from "vitest";
import type { Budget } from "../contract.ts";
import { expectRefused } from "./out-of-range.ts";
import { lab } from "./subject.ts";
import { pause, Work } from "./work.ts";

const REASON = { why: "the client left" };
const openBudget: NonNullable<typeof lab.openBudget> = (...args) => {
  if (lab.openBudget === undefined) throw new Error("TODO budget.1: openBudget is not exported");
  return lab.openBudget(...args);
};

challenge("budget", lab, () => {
  it("budget.1 a layer has what is left, or `atMostMs` if that is less, and its signal aborts with a TimeoutError when it is up", () =>
    simulate(async (sim) => {
      await using budget = openBudget({ totalMs: 500 });
      await pause(100);
      const found: number[] = [];
      await budget.spend("handler", async (handler) => {
        found.push(handler.remainingMs);
        await handler.spend("cache", async (cache) => void found.push(cache.remainingMs), { atMostMs: 20 });
        await handler.spend("database", async (database) => void found.push(database.remainingMs), {
          atMostMs: 900,
        });
      });
      guarantee(found.join() === "400,20,400", {
        happened: `at 100 of 500 ms the handler had ${found[0]} ms, the cache with at most 20 had ${found[1]}, the database with at most 900 had ${found[2]}`,
        expected: "400, 20 and 400",
        why: "A layer that is given more than there is works for a client who has been told that it failed.",
      });
      const calledAt = sim.now();
      const slow = await sim.waitFor(
        "the cache",
        endOf(budget.spend("cache", ({ signal }) => lab.sleep(1_000, { signal }), { atMostMs: 20 })),
      );
      guarantee(
        "error" in slow && isTimeout(slow.error) && sim.now() - calledAt === 20 && !budget.signal.aborted,
        {
          happened: `a layer that had 20 ms and takes 1,000 ${describeOutcome(slow)} after ${sim.now() - calledAt} ms${budget.signal.aborted ? ", and the budget was over with it" : ""}`,
          expected: "it rejects with a TimeoutError after 20 ms, and the others keep what is left",
          why: "The cache was slow; there is time to ask the database.",
        },
      );
    }));

  it("budget.2 the report tells what each layer has spent itself, without the layers below it", () =>
    simulate(async () => {
      await using budget = openBudget({ totalMs: 500 });
      await budget.spend("handler", async (handler) => {
        await pause(4);
        await handler.spend("service", async (service) => {
          await service.spend("cache", () => pause(5));
          await pause(50);
          await service.spend("database", () => pause(200));
        });
        await pause(6);
      });
      const found = budget
        .report()
        .map(({ layer, depth, ownMs, state }) => `${layer} ${depth} ${ownMs} ${state}`);
      const expected = ["handler 1 10 done", "service 2 50 done", "cache 3 5 done", "database 3 200 done"];
      guarantee(found.join(", ") === expected.join(", "), {
        happened: `the report said ${found.join(", ") || "nothing"}`,
        expected: expected.join(", "),
        why: "One wants to see at a glance where 265 ms went.",
      });
    }));

  it("budget.3 while several layers run below a layer, it spends nothing itself until the last of them has ended", () =>
    simulate(async (sim) => {
      await using budget = openBudget({ totalMs: 500 });
      await sim.waitFor(
        "the handler",
        budget.spend("handler", async (handler) => {
          await pause(10);
          const both = [handler.spend("user", () => pause(30)), handler.spend("orders", () => pause(80))];
          await pause(5);
          const soFar = ownOf(budget, "handler");
          guarantee(soFar === 10, {
            happened: `5 ms after it had begun two layers, the handler had spent ${soFar} ms itself`,
            expected: "10, those before",
            why: "It only waits.",
          });
          await Promise.all(both);
          await pause(7);
        }),
      );
      const own = ["handler", "user", "orders"].map((layer) => ownOf(budget, layer));
      guarantee(own.join() === "17,30,80", {
        happened: `a handler of 10 ms, then two layers of 30 and 80 ms at once, then 7 ms: the report said ${own.join(", ")}`,
        expected: "17, 30, 80",
        why: "Time that is counted twice makes the handler look slow.",
      });
    }));

  it("budget.4 when the budget is spent every layer is cancelled with one TimeoutError, no other begins, and the report says where it went", () =>
    simulate(async (sim) => {
      await using budget = openBudget({ totalMs: 500 });
      const met: unknown[] = [];
      const slow = (layer: Budget) =>
        layer
          .spend("database", ({ signal }) => lab.sleep(1_000, { signal }))
          .catch((error: unknown) => {
            met.push(error);
            throw error;
          });
      const outcome = await sim.waitFor("the handler", endOf(budget.spend("handler", slow)));
      const { reason } = budget.signal;
      guarantee(isTimeout(reason) && met[0] === reason && failedWith(outcome, reason) && sim.now() === 500, {
        happened: `a database of 1,000 ms under a budget of 500: it met ${show(met[0])}, the handler ${describeOutcome(outcome)}, the budget's signal says ${show(reason)}, after ${sim.now()} ms`,
        expected: "one and the same TimeoutError, after 500 ms",
        why: "It is one budget.",
      });
      const work = new Work(sim);
      const late = await outcomeOf(budget.spend("late", work.task("late")));
      guarantee(failedWith(late, reason) && work.begun.length === 0 && budget.remainingMs === 0, {
        happened: `a layer that came when all was spent ${describeOutcome(late)}${work.begun.length > 0 ? " and was called" : ""}; ${budget.remainingMs} ms were left`,
        expected: "it rejects with the same reason and is not called; 0 ms are left",
        why: "Whatever it finds out comes too late.",
      });
      const report = budget.report().map(({ layer, ownMs, state }) => `${layer} ${ownMs} ${state}`);
      guarantee(report.join(", ") === "handler 0 cancelled, database 500 cancelled", {
        happened: `the report said ${report.join(", ")}`,
        expected: "handler 0 cancelled, database 500 cancelled",
        why: "When a request fails for lack of time, this is the question.",
      });
    }));

  it("budget.5 a layer that fails by itself is reported as failed, and takes nobody along", () =>
    simulate(async () => {
      await using budget = openBudget({ totalMs: 500 });
      const fault = new Error("no such key");
      let running: string | undefined;
      const outcome = await endOf(
        budget.spend("cache", async () => {
          running = budget.report()[0]?.state;
          throw fault;
        }),
      );
      const after = await endOf(budget.spend("database", async () => "rows"));
      const states = budget.report().map(({ state }) => state);
      guarantee(
        failedWith(outcome, fault) &&
          "value" in after &&
          running === "running" &&
          states.join() === "failed,done",
        {
          happened: `a layer that was ${running} failed: \`spend\` ${describeOutcome(outcome)}; the next ${describeOutcome(after)}; the report said ${states.join(", ")}`,
          expected: "running, then failed, with the very error; the next is done",
          why: "A cache that misses is no reason to give up.",
        },
      );
    }));

  it("budget.6 an abort of its signal reaches every layer with its reason, and nothing is left on it, at whatever moment", () =>
    exploreOrders(
      async (sim) => {
        const service = new LongLived();
        const work = new Work(sim);
        sim.anytime("abort", () => service.abort(REASON));
        const request = async () => {
          await using budget = openBudget({ totalMs: 60_000, signal: service.signal });
          await budget.spend("handler", (handler) =>
            handler.spend("database", work.task("query", { stops: () => sim.io("closes") }), {
              atMostMs: 50_000,
            }),
          );
        };
        const outcome = await sim.waitFor("the request", endOf(request()));
        guarantee(!work.stoppedWith.has("query") || "error" in outcome, {
          happened: `its query was stopped, and the request ${describeOutcome(outcome)}`,
          expected: "the reason",
          why: "Half an answer is none.",
        });
        const met = work.stoppedWith.get("query");
        guarantee(met === undefined || met === REASON || isTimeout(met), {
          happened: `the query met ${show(met)}`,
          expected: `the very reason: ${show(REASON)}`,
          why: "By it the layers can tell what happened.",
        });
        guarantee(work.running === 0, {
          happened: "the budget was ended while a layer was still running",
          expected: "it waits for it",
          why: "Nobody else would.",
        });
        service.expectBare("a budget");
      },
      { maxSchedules: 100, leaks: 3 },
    ));

  it("budget.7 a `totalMs` or `atMostMs` out of range is a RangeError", () =>
    simulate(async () => {
      await expectRefused("totalMs", (totalMs) => openBudget({ totalMs }));
      await using budget = openBudget({ totalMs: 10 });
      await expectRefused("atMostMs", (atMostMs) => budget.spend("layer", async () => {}, { atMostMs }));
    }));
});

const isTimeout = (reason: unknown) => reason instanceof Error && reason.name === "TimeoutError";

const ownOf = (budget: Budget, layer: string) => budget.report().find((one) => one.layer === layer)?.ownMs;
