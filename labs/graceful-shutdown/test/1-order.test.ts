import { explore, guarantee, type Sim, simulate } from "@pattern-labs/testkit";
import { describeOutcome, nameOf, outcomeOf, show } from "@pattern-labs/testkit/outcome";
import { describe, it } from "vitest";
import type { Resource, StopReport } from "../contract.ts";
import { atOnce, lasting, pause, Stage, tellReport } from "./stage.ts";

describe("Step 1: order", () => {
  it("1.1 resources start in their order, each when the one before it is ready", () =>
    explore(
      async (sim) => {
        const stage = new Stage(sim);
        const lifecycle = stage.lifecycle(...["db", "queue", "http"].map((name) => stage.resource(name)));
        await sim.idle();
        guarantee(stage.log.length === 0, {
          happened: `createLifecycle alone did ${stage.story}`,
          expected: "nothing is called before `start`",
          why: "Whoever only wants to look at a service, in a test say, must not open its database.",
        });
        await sim.waitFor("start", lifecycle.start());
        const expected = "start db, db ready, start queue, queue ready, start http, http ready";
        guarantee(stage.story === expected, {
          happened: `db, queue, http: ${stage.story}, and then \`start\` resolved`,
          expected: `${expected}, and then it resolves`,
          why: "The first request comes the moment the port is open, and it needs the database.",
        });
        await lifecycle.stop();
      },
      { leaks: false },
    ));

  it("1.2 they stop in reverse order, each when the one before it has ended", () =>
    explore(
      async (sim) => {
        const stage = new Stage(sim);
        const script = { start: atOnce };
        const lifecycle = stage.lifecycle(
          ...["db", "queue", "http"].map((name) => stage.resource(name, script)),
        );
        await lifecycle.start();
        stage.log.length = 0;
        await sim.waitFor("stop", lifecycle.stop());
        const expected = "stop http, http stopped, stop queue, queue stopped, stop db, db stopped";
        guarantee(stage.story === expected, {
          happened: `db, queue, http were started, and stopped so: ${stage.story}; then \`stop\` resolved`,
          expected: `${expected}; then it resolves`,
          why: "A database that is closed before the requests that use it turns the last of them into errors.",
        });
      },
      { leaks: false },
    ));

  it("1.3 a `stop` that fails keeps no other from stopping, and is reported with its very error", () =>
    explore(
      async (sim) => {
        const stage = new Stage(sim);
        const error = sim.choose("the error", [new Error("disk full"), undefined]);
        const bad = sim.choose("who fails", ["http", "queue", "db"]);
        const fail = sim.choose("it fails by", ["rejecting", "throwing"]);
        const stop = () => {
          if (fail === "throwing") throw error;
          return Promise.reject(error);
        };
        const lifecycle = stage.lifecycle(
          ...["db", "queue", "http"].map((name) =>
            stage.resource(name, name === bad ? { start: atOnce, stop } : { start: atOnce }),
          ),
        );
        await lifecycle.start();
        const outcome = await settled(sim, "stop", lifecycle.stop());
        const report = reportOf(outcome);
        guarantee(stage.calls.endsWith("stop http, stop queue, stop db"), {
          happened: `the stop of ${bad} failed by ${fail} ${show(error)}: ${stage.calls}, and \`stop\` ${describeOutcome(outcome)}`,
          expected: "every one is stopped, in reverse order, and `stop` resolves",
          why: "One that cannot say goodbye must not keep the others from writing what they hold.",
        });
        const [failure] = report.failed;
        guarantee(report.failed.length === 1 && failure?.name === bad && failure.error === error, {
          happened: `the stop of ${bad} failed with ${show(error)}, and reported as failed is ${show(report.failed)}`,
          expected: `${bad}, with the very error`,
          why: "What nobody is told of will be so again at the next deployment.",
        });
      },
      { leaks: false },
    ));

  it("1.4 when a start fails, what was started is stopped in reverse order, and `start` says who and why", () =>
    explore(
      async (sim) => {
        const stage = new Stage(sim);
        const names = ["db", "queue", "http"] as const;
        const bad = sim.choose("who fails", [...names]);
        const fail = sim.choose("it fails by", ["rejecting", "throwing"]);
        const error = new Error("port in use");
        const start = () => {
          if (fail === "throwing") throw error;
          return sim.io("fails").then(() => Promise.reject(error));
        };
        const lifecycle = stage.lifecycle(
          ...names.map((name) => stage.resource(name, name === bad ? { start } : {})),
        );
        const outcome = await settled(sim, "start", lifecycle.start());
        const before = names.slice(0, names.indexOf(bad));
        const back = [...before].reverse();
        const expected = [
          ...before.flatMap((name) => [`start ${name}`, `${name} ready`]),
          `start ${bad}`,
          `${bad} not ready`,
          ...back.flatMap((name) => [`stop ${name}`, `${name} stopped`]),
        ].join(", ");
        guarantee(stage.story === expected, {
          happened: `the start of ${bad} failed by ${fail}: ${stage.story}; and \`start\` ${describeOutcome(outcome)}`,
          expected: `${expected}; and then \`start\` rejects`,
          why: "A process that gives up half-way with its connections open blocks the next one, which tries again in a second.",
        });
        const thrown = outcome !== undefined && "error" in outcome ? outcome.error : undefined;
        const { name, resource, cause, report } = (thrown ?? {}) as Record<string, unknown>;
        guarantee(name === "StartError" && resource === bad && cause === error, {
          happened: `the start of ${bad} failed, and \`start\` ${describeOutcome(outcome)}, with resource ${show(resource)} and cause ${show(cause)}`,
          expected: `it rejects with a StartError whose resource is "${bad}" and whose cause is the very error`,
          why: "It is read at night by somebody who did not write it.",
        });
        const told = tellReport(report as StopReport | undefined);
        const again = await sim.waitFor("stop", lifecycle.stop());
        guarantee(
          told === `stopped ${back.join(", ") || "none"} · failed none · forced none` && again === report,
          {
            happened: `the error's report was: ${told}; \`stop\` afterwards gave ${tellReport(again)}`,
            expected: `stopped ${back.join(", ") || "none"}; and \`stop\` gives the same report, for it has been done`,
            why: "What was not put away after a failed start is the reason why the next one fails, too.",
          },
        );
      },
      { leaks: false },
    ));

  it("1.5 the report has each resource that was started once, in the order in which they ended", () =>
    simulate(
      async (sim) => {
        const stage = new Stage(sim);
        const error = new Error("gone");
        const lifecycle = stage.lifecycle(
          stage.resource("log"),
          { name: "only stops", stopWithinMs: 1_000, stop: async () => void stage.log.push("stop x") },
          { name: "only starts", stopWithinMs: 1_000, start: async () => {} },
          stage.resource("broken", { stop: () => Promise.reject(error) }),
          { name: "neither", stopWithinMs: 1_000 },
          stage.resource("http"),
        );
        await sim.waitFor("start", lifecycle.start());
        const report = await sim.waitFor("stop", lifecycle.stop());
        const told = tellReport(report);
        guarantee(
          told === "stopped http, neither, only starts, only stops, log · failed broken · forced none",
          {
            happened: `log, only stops, only starts, broken, neither, http: ${told}`,
            expected:
              "stopped http, neither, only starts, only stops, log · failed broken · forced none: without a `stop`, one has stopped well when its turn comes",
            why: "If the three lists do not add up to what was started, something was forgotten.",
          },
        );
        guarantee(stage.count("stop x") === 1, {
          happened: "one without a `start` was not stopped",
          expected: "it is started at once, and stopped in its turn",
          why: "What only has to be put away, such as a log to be flushed, is a resource like any other.",
        });
      },
      { leaks: false },
    ));

  it("1.6 starting and stopping are done once, however often they are asked for", () =>
    explore(
      async (sim) => {
        const stage = new Stage(sim);
        const lifecycle = stage.lifecycle(stage.resource("db"), stage.resource("http"));
        const starts = [lifecycle.start(), lifecycle.start()];
        await sim.waitFor("start, called twice", Promise.all(starts));
        const stops = await sim.waitFor(
          "stop, called by three",
          Promise.all(["Ann", "Bob", "Eve"].map((name) => sim.spawn(name, () => lifecycle.stop()))),
        );
        stops.push(await sim.waitFor("stop, called once more", lifecycle.stop()));
        await sim.waitFor("start, called once more", lifecycle.start());
        guarantee(stage.calls === "start db, start http, stop http, stop db", {
          happened: `\`start\` was called three times and \`stop\` four times: ${stage.calls}`,
          expected: "start db, start http, stop http, stop db: each once",
          why: "Closing what is closed throws in most drivers; opening it twice leaves one open.",
        });
        guarantee(
          stops.every((report) => report === stops[0]),
          {
            happened: "some calls of `stop` resolved to a report of their own",
            expected: "all resolve to the very same report",
            why: "There was one stop; two reports of it would sooner or later say two things.",
          },
        );
      },
      { leaks: false },
    ));

  it("1.7 once `stop` has been called nobody else is started, and `start` says so", async () => {
    await simulate(stopBeforeStart, { leaks: false });
    await explore(
      async (sim) => {
        const { stage, outcome, whenTold, calledAt } = await stopDuringStart(sim);
        const startedLate = stage.log.slice(calledAt).filter((line) => line.startsWith("start "));
        guarantee(startedLate.length === 0, {
          happened: `after \`stop\` was called: ${startedLate.join(", ")} (${stage.story})`,
          expected: "nothing more is started",
          why: "A server that opens its port after it was told to go takes requests that nobody will answer.",
        });
        const wasItsTurn = stage.count("start http") > 0; // The next one's.
        guarantee(wasItsTurn || stage.count("stop cache") === 0, {
          happened: `the cache, which comes after db and has no \`start\`, was stopped although \`stop\` was called before its turn: ${stage.story}`,
          expected: "it counts as never started",
          why: "Putting away what nobody has opened fails, or worse, opens it.",
        });
        const isAllReady = stage.count("http ready") > 0;
        guarantee(isAllReady || (nameOf(outcome) === "StoppedError" && whenTold === stage.story), {
          happened: `\`stop\` was called before all were ready, and \`start\` ${describeOutcome(outcome)} after: ${whenTold}`,
          expected: "it rejects with a StoppedError, when all is stopped",
          why: "What follows it in the program, `console.log('listening')`, must not happen; nor must it hang.",
        });
      },
      { leaks: false },
    );
  });

  it("1.8 the one whose start is under way is told, and awaited: if it gets ready it is stopped", () =>
    explore(
      async (sim) => {
        const { stage, report, calledAt } = await stopDuringStart(sim);
        const before = stage.log.slice(0, calledAt);
        const wasUnderWay =
          before.includes("start db") && !before.some((line) => /^db (not )?ready/.test(line));
        const signal = stage.signals.get("start db");
        guarantee(!wasUnderWay || nameOf({ error: signal?.reason }) === "StoppedError", {
          happened: `db was being started when \`stop\` was called, and its signal ${signal?.aborted ? `aborted with ${show(signal.reason)}` : "did not abort"}`,
          expected: "its signal aborts with a StoppedError",
          why: "A database that does not answer can keep a start waiting for minutes; the orchestrator gives you thirty seconds.",
        });
        const ready = ["log", "db", "http"].filter((name) => stage.count(`${name} ready`) > 0);
        if (ready.includes("http")) ready.splice(2, 0, "cache"); // It has no start: its turn was before http's.
        const back = ready.reverse();
        const expected = back.flatMap((name) => [`stop ${name}`, `${name} stopped`]).join(", ");
        guarantee(stage.log.filter((line) => /stop/.test(line)).join(", ") === expected, {
          happened: stage.story,
          expected: `of the stopping: ${expected || "none"}; whoever got ready is stopped, in reverse order, whoever did not is not`,
          why: "The one that was just being opened is the one that is forgotten.",
        });
        guarantee(tellReport(report) === `stopped ${back.join(", ") || "none"} · failed none · forced none`, {
          happened: `got ready: ${back.join(", ") || "none"}; ${tellReport(report)}`,
          expected: "those who got ready are in the list of those that stopped, and nobody else is anywhere",
          why: "A report that leaves out the latecomer hides a leak.",
        });
      },
      { leaks: false },
    ));
});

async function stopBeforeStart(sim: Sim): Promise<void> {
  const stage = new Stage(sim);
  const lifecycle = stage.lifecycle(stage.resource("db"), stage.resource("http"));
  const report = await sim.waitFor("stop", lifecycle.stop());
  const outcome = await settled(sim, "start", lifecycle.start());
  guarantee(stage.log.length === 0 && nameOf(outcome) === "StoppedError", {
    happened: `\`stop\`, then \`start\`: ${stage.story || "nothing was called"}, and \`start\` ${describeOutcome(outcome)}`,
    expected: "nothing is called, and it rejects with a StoppedError",
    why: "A signal may come while the modules are still being loaded; it has been heard.",
  });
  guarantee(tellReport(report) === "stopped none · failed none · forced none", {
    happened: `nothing was started, and the report was: ${tellReport(report)}`,
    expected: "an empty report",
    why: "Stopping what was never opened fails, or worse, opens it.",
  });
}

/** log, db, cache and http are started; the cache has no `start`. At any moment `stop` is called. */
async function stopDuringStart(sim: Sim) {
  const stage = new Stage(sim);
  const manner = sim.choose("db, when told to stop", ["gets ready", "gives up", "fails otherwise"]);
  const startDb: Resource["start"] = async ({ signal }) => {
    await pause(100);
    if (!signal.aborted || manner === "gets ready") return;
    throw manner === "gives up" ? signal.reason : new Error("refused");
  };
  const { start: _, ...cache } = stage.resource("cache");
  const lifecycle = stage.lifecycle(
    stage.resource("log", { start: lasting(10) }),
    stage.resource("db", { start: startDb }),
    cache,
    stage.resource("http", { start: lasting(10) }),
  );
  /** How much had been noted when it was called. */
  let calledAt = Number.POSITIVE_INFINITY;
  const stop = () => {
    calledAt = Math.min(calledAt, stage.log.length);
    return lifecycle.stop();
  };
  sim.anytime("stop", () => void stop());
  const outcome = await settled(sim, "start", lifecycle.start());
  const whenTold = stage.story;
  const report = await sim.waitFor("stop", stop());
  return { stage, outcome, whenTold, report, calledAt };
}

async function settled(sim: Sim, what: string, promise: Promise<unknown>) {
  await sim.waitFor(what, Promise.allSettled([promise]));
  return await outcomeOf(promise);
}

function reportOf(outcome: Awaited<ReturnType<typeof outcomeOf>>): StopReport {
  guarantee(outcome !== undefined && "value" in outcome, {
    happened: `\`stop\` ${describeOutcome(outcome)}`,
    expected: "it resolves to a report, whatever became of the resources",
    why: "It is called where nobody is left to catch anything.",
  });
  return outcome.value as StopReport;
}
