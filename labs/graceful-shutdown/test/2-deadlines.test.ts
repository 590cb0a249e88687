import { explore, guarantee, type Sim } from "@pattern-labs/testkit";
import { describeOutcome, nameOf, outcomeOf, show } from "@pattern-labs/testkit/outcome";
import { simulate } from "@pattern-labs/testkit/without-leaks";
import { describe, it } from "vitest";
import type { StopReport } from "../contract.ts";
import { atOnce, lasting, obediently, pause, Stage, tellReport, untilTold } from "./stage.ts";

describe("Step 2: deadlines", () => {
  it("2.1 a `stop` has `stopWithinMs` of its own: then it is told, given up, and the next one is stopped", () =>
    simulate(async (sim) => {
      const stage = new Stage(sim);
      const times: string[] = [];
      const at = (name: string, stop: ReturnType<typeof lasting>) => (options: { signal: AbortSignal }) => {
        times.push(`${name} at ${sim.now()}`);
        return stop(options);
      };
      const lifecycle = stage.lifecycle(
        stage.resource("log", { start: atOnce, stop: at("log", lasting(20)), stopWithinMs: 100 }),
        stage.resource("db", { start: atOnce, stop: at("db", untilTold), stopWithinMs: 200 }),
        stage.resource("http", { start: atOnce, stop: at("http", lasting(5_000)), stopWithinMs: 100 }),
      );
      await lifecycle.start();
      const report = await sim.waitFor("stop", lifecycle.stop());
      const ended = sim.now();
      guarantee(times.join(", ") === "http at 0, db at 100, log at 300" && ended === 320, {
        happened: `http is deaf and has 100 ms, db waits until it is told and has 200, log takes 20 ms: stopped were ${times.join(", ")}, and \`stop\` resolved at ${ended} ms`,
        expected: "http at 0, db at 100, log at 300, and it resolves at 320 ms",
        why: "One that hangs must not eat up the time of the others; and each needs a time of its own, however long those before it took.",
      });
      guarantee(tellReport(report) === "stopped log · failed none · forced http, db", {
        happened: `the report: ${tellReport(report)}`,
        expected: "stopped log · failed none · forced http, db",
        why: "What was given up may have lost something; it must not be listed among those that went well.",
      });
      for (const name of ["http", "db"]) expectReason(stage, `stop ${name}`, "TimeoutError");
      await pause(10_000);
    }));

  it("2.2 at the deadline nothing is waited for: who is under way is told, the others are called with a signal that has aborted", async () => {
    await simulate(async (sim) => {
      const stage = new Stage(sim);
      const lifecycle = stage.lifecycle(
        stage.resource("log", { start: atOnce }),
        stage.resource("db", { start: atOnce, stop: untilTold }),
        stage.resource("queue", { start: atOnce, stop: lasting(5_000) }),
        stage.resource("http", { start: atOnce, stop: lasting(100) }),
      );
      await lifecycle.start();
      stage.log.length = 0;
      const report = await sim.waitFor("stop", lifecycle.stop({ deadlineMs: 500 }));
      const ended = sim.now();
      guarantee(ended === 500, {
        happened: `queue hangs, the deadline was 500 ms, and \`stop\` resolved at ${ended} ms`,
        expected: "at 500 ms",
        why: "A moment later the orchestrator sends SIGKILL, and then not even the log is flushed.",
      });
      guarantee(stage.calls === "stop http, stop queue, stop db, stop log", {
        happened: `the deadline came while queue was being stopped: ${stage.calls}`,
        expected:
          "stop http, stop queue, stop db, stop log: the rest are called at the deadline, in their order",
        why: "Every one gets its chance: much can be done at once, such as writing a last line or closing a socket.",
      });
      guarantee(tellReport(report) === "stopped http · failed none · forced queue, db, log", {
        happened: `the report: ${tellReport(report)}`,
        expected: "stopped http · failed none · forced queue, db, log",
        why: "Who was not waited for has not been seen to end.",
      });
      const reasons = ["queue", "db", "log"].map((name) =>
        expectReason(stage, `stop ${name}`, "DeadlineError"),
      );
      guarantee(
        reasons.every((reason) => reason === reasons[0]),
        { happened: "they got different errors", expected: "the same", why: "There was one deadline." },
      );
      await pause(10_000);
    });
    await simulate(toldAsItIsCalled);
  });

  it("2.3 each deadline that is given counts, whoever gave it, and whoever began the stopping", async () => {
    await simulate(async (sim) => {
      for (const { calls, expected } of [
        { calls: [[0, 500] as const, [50, 100] as const], expected: 150 },
        { calls: [[0, 100] as const, [50, 500] as const], expected: 100 },
        { calls: [[0, undefined] as const, [50, 100] as const], expected: 150 },
        { calls: [[0, 300] as const, [50, undefined] as const], expected: 300 },
        { calls: [[0, 500] as const, [400, 300] as const], expected: 500 }, // The shorter one is not the sooner one.
      ]) {
        const stage = new Stage(sim);
        const lifecycle = stage.lifecycle(stage.resource("db", { start: atOnce, stop: untilTold }));
        await lifecycle.start();
        const began = sim.now();
        const stops = calls.map(async ([at, deadlineMs]) => {
          if (at > 0) await pause(at);
          return await lifecycle.stop({ deadlineMs });
        });
        const [first, second] = await sim.waitFor("stop, called twice", Promise.all(stops));
        const took = sim.now() - began;
        const told = calls.map(([at, ms]) => `at ${at} ms with ${ms === undefined ? "none" : `${ms} ms`}`);
        guarantee(took === expected && first === second, {
          happened: `\`stop\` was called ${told.join(" and ")}; it ended at ${took} ms${first === second ? "" : ", with two reports"}`,
          expected: `at ${expected} ms: a deadline counts from its own call, and the first that is reached ends it`,
          why: "Whoever gave a deadline relies on it, and knows nothing of the others.",
        });
      }
    });
    await simulate(async (sim) => {
      const stage = new Stage(sim);
      const lifecycle = stage.lifecycle(
        stage.resource("db", { start: atOnce, stop: untilTold }),
        stage.resource("http", { start: () => Promise.reject(new Error("port in use")) }),
      );
      const starting = lifecycle.start().catch((error: unknown) => error);
      await sim.idle();
      await sim.waitFor("stop", lifecycle.stop({ deadlineMs: 100 }));
      guarantee(sim.now() === 100, {
        happened: `a failed start was being taken back, db hung, a deadline of 100 ms was given, and \`stop\` resolved at ${sim.now()} ms`,
        expected: "at 100 ms",
        why: "SIGTERM comes just then, too: an orchestrator does not like processes that do not get ready.",
      });
      await sim.waitFor("start", starting);
    });
  });

  it("2.4 whoever was given up is in `forced`, and nowhere else: what it does or throws later changes nothing", async () => {
    await simulate(async (sim) => {
      const stage = new Stage(sim);
      const late = async (ms: number, error?: Error) => {
        await pause(ms);
        if (error !== undefined) throw error;
      };
      const lifecycle = stage.lifecycle(
        stage.resource("log", { start: atOnce, stop: lasting(1_000), stopWithinMs: 2_000 }),
        stage.resource("db", { start: atOnce, stop: () => late(500, new Error("late")), stopWithinMs: 100 }),
        stage.resource("http", { start: atOnce, stop: () => late(300), stopWithinMs: 100 }),
      );
      await lifecycle.start();
      const report = await sim.waitFor("stop", lifecycle.stop());
      const before = tellReport(report);
      await pause(10_000);
      guarantee(before === "stopped log · failed none · forced http, db" && before === tellReport(report), {
        happened: `http ended and db failed after they had been given up, while log was being stopped: ${before}; later: ${tellReport(report)}`,
        expected: "stopped log · failed none · forced http, db, then and later",
        why: "Each is in one list. One that is given up and then reported as stopped, too, makes the sum a lie.",
      });
      guarantee(stage.calls.endsWith("stop http, stop db, stop log"), {
        happened: `the calls were ${stage.calls}`,
        expected: "stop http, stop db, stop log, each once",
        why: "A latecomer that sets the next one off again stops it twice.",
      });
    });
    await explore(endsAtAnyMoment, { leaks: false, squeeze: 2 });
  });

  it("2.5 a `start` that does not heed the stop is given up, too, and never stopped", async () => {
    const alone = { deadlineMs: undefined, expected: 500, told: "stopped log · failed none · forced db" };
    for (const { readyAt, deadlineMs, expected, told } of [
      { readyAt: 5_000, ...alone },
      { readyAt: 450, ...alone }, // While log is being stopped.
      { readyAt: 5_000, deadlineMs: 200, expected: 300, told: "stopped none · failed none · forced db, log" },
    ]) {
      await simulate(async (sim) => {
        const stage = new Stage(sim);
        const lifecycle = stage.lifecycle(
          stage.resource("log", { start: atOnce, stop: lasting(100) }),
          stage.resource("db", { start: lasting(readyAt), stopWithinMs: 300 }),
          stage.resource("http"),
        );
        const starting = outcomeAt(sim, lifecycle.start());
        await pause(100);
        const report = await sim.waitFor("stop", lifecycle.stop({ deadlineMs }));
        const ended = sim.now();
        guarantee(ended === expected && tellReport(report) === told, {
          happened: `db, which has 300 ms to stop, was told at 100 ms that its start was to end, and got ready at ${readyAt} ms; log takes 100 ms to stop${deadlineMs === undefined ? "" : `; the deadline was at ${100 + deadlineMs} ms`}: \`stop\` resolved at ${ended} ms with ${tellReport(report)}`,
          expected: `at ${expected} ms with ${told}`,
          why: "A database that does not answer is the very reason for many a SIGTERM.",
        });
        const { outcome, at } = await sim.waitFor("start", starting);
        guarantee(nameOf(outcome) === "StoppedError" && at === expected, {
          happened: `\`start\` ${describeOutcome(outcome)} at ${at} ms`,
          expected: `it rejects with a StoppedError at ${expected} ms, with the stop`,
          why: "If it waited for the deaf one, the program would be alive for as long as that one pleases.",
        });
        expectReason(stage, "start db", "StoppedError");
        await pause(10_000);
        const later = stage.calls;
        guarantee(later === "start log, start db, stop log" && tellReport(report) === told, {
          happened: `db was given up, and got ready at ${readyAt} ms; the calls were ${later}; the report: ${tellReport(report)}`,
          expected: `start log, start db, stop log; ${told}`,
          why: "It was given up, and this was said. Whoever puts it away afterwards uses a log that has been closed.",
        });
      });
    }
  });

  it("2.6 nothing is left when all has stopped: no timer, no listener", () =>
    explore(
      async (sim) => {
        const stage = new Stage(sim);
        const slow = sim.choose("http ends", ["in time", "when it is told"]);
        const lifecycle = stage.lifecycle(
          stage.resource("db", { start: obediently(5), stop: obediently(20), stopWithinMs: 300 }),
          stage.resource("http", {
            start: obediently(5),
            stop: slow === "in time" ? obediently(20) : obediently(400),
            stopWithinMs: 300,
          }),
        );
        sim.anytime("stop", () => void lifecycle.stop({ deadlineMs: 10_000 }));
        await sim.waitFor("start", Promise.allSettled([lifecycle.start()]));
        await sim.waitFor("stop", lifecycle.stop({ deadlineMs: 20_000 }));
        const ended = sim.now();
        guarantee(ended < 1_000, {
          happened: `\`stop\` resolved at ${ended} ms`,
          expected: "when the last one has ended",
          why: "A timer that is waited for makes every deployment as slow as the worst.",
        });
        await sim.idle();
        await sim.waitFor("stop, called when it is over", lifecycle.stop({ deadlineMs: 30_000 }));
      },
      { leaks: 30 },
    ));
});

/** The moment at which one is given up is the moment at which it might end, or fail. */
async function endsAtAnyMoment(sim: Sim): Promise<void> {
  const stage = new Stage(sim);
  const calls: Promise<unknown>[] = [];
  const names = ["log", "db", "http"];
  const bad = sim.choose("who fails", ["nobody", "db", "http"]);
  const resources = names.map((name) =>
    stage.resource(name, {
      stopWithinMs: 60,
      start: atOnce,
      stop: () => {
        const ending = sim.io("ends", () => {
          if (name === bad) throw new Error(name);
        });
        calls.push(ending);
        return ending;
      },
    }),
  );
  const lifecycle = stage.lifecycle(...resources);
  await lifecycle.start();
  const report = await sim.waitFor("stop", lifecycle.stop({ deadlineMs: 100 }));
  guarantee(stage.calls.endsWith("http, stop http, stop db, stop log"), {
    happened: `the calls were ${stage.calls}`,
    expected: "stop http, stop db, stop log, each once",
    why: "The moment at which one is given up is the moment at which it might end: the next must not be stopped twice, nor forgotten.",
  });
  expectSum(report, names);
  await Promise.allSettled(calls);
}

/** The deadline is reached in the very moment in which one ends and the next is called. */
async function toldAsItIsCalled(sim: Sim): Promise<void> {
  const stage = new Stage(sim);
  const lastWords: string[] = [];
  const lifecycle = stage.lifecycle(
    stage.resource("db", {
      start: atOnce,
      stop: async ({ signal }) => {
        if (signal.aborted) lastWords.push("written at once");
        await obediently(10)({ signal });
      },
    }),
    stage.resource("http", { start: atOnce, stop: untilTold }),
  );
  await lifecycle.start();
  const report = await sim.waitFor("stop", lifecycle.stop({ deadlineMs: 100 }));
  guarantee(lastWords.length === 1 && tellReport(report) === "stopped none · failed none · forced http, db", {
    happened: `db found its signal ${lastWords.length === 1 ? "aborted" : "not aborted"} when it was called at the deadline; the report: ${tellReport(report)}`,
    expected: "aborted, before it is called; stopped none · failed none · forced http, db",
    why: "It must know at its first line that there is no time: then it writes synchronously what it can, instead of beginning something.",
  });
}

async function outcomeAt(sim: Sim, promise: Promise<unknown>) {
  await Promise.allSettled([promise]);
  const at = sim.now();
  return { outcome: await outcomeOf(promise), at };
}

function expectReason(stage: Stage, call: string, name: string): unknown {
  const signal = stage.signals.get(call);
  guarantee(signal?.aborted === true && nameOf({ error: signal.reason }) === name, {
    happened: `the signal of "${call}" ${signal?.aborted ? `aborted with ${show(signal.reason)}` : "did not abort"}`,
    expected: `it aborts with a ${name}`,
    why: "It is the last thing that it is told, and all that it can act on.",
  });
  return signal.reason;
}

function expectSum({ stopped, failed, forced }: StopReport, names: readonly string[]): void {
  const listed = [...stopped, ...failed.map(({ name }) => name), ...forced];
  guarantee([...listed].sort().join() === [...names].sort().join(), {
    happened: `started were ${names.join(", ")}; ${tellReport({ stopped, failed, forced })}`,
    expected: "each stands in one list, once",
    why: "A report that does not add up cannot be relied on just when something went wrong.",
  });
}
