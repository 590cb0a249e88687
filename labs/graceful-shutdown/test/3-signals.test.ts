import { explore, guarantee, type Sim, simulate as simulateStrictly } from "@pattern-labs/testkit";
import { show } from "@pattern-labs/testkit/outcome";
import { simulate } from "@pattern-labs/testkit/without-leaks";
import { describe, it } from "vitest";
import type { Host, HostEvent, Lifecycle, Notice, Resource, SuperviseOptions } from "../contract.ts";
import { FakeHost } from "./fake-host.ts";
import { atOnce, lasting, pause, Stage, tellReport } from "./stage.ts";
import { lab } from "./subject.ts";

const SIGNALS = ["SIGTERM", "SIGINT"] as const;
const FAULTS = ["uncaughtException", "unhandledRejection"] as const;
const NUMBERS = { SIGTERM: 15, SIGINT: 2 } as const;

describe("Step 3: signals", () => {
  it("3.1 SIGTERM or SIGINT stops everything, and then the process exits with 0", () =>
    simulate(async (sim) => {
      for (const signal of SIGNALS) {
        const { stage, host, lifecycle } = open(sim);
        await lifecycle.start();
        await sim.idle();
        guarantee(host.exits.length === 0 && !stage.story.includes("stop"), {
          happened: `before any signal: ${stage.story}`,
          expected: "nothing is stopped",
          why: "It is a service; it runs until somebody wants it to end.",
        });
        send(sim, host, signal);
        const status = await sim.waitFor("exit", host.exited);
        guarantee(
          stage.story.endsWith("stop http, http stopped, stop db, db stopped, flush, flushed, exit 0"),
          {
            happened: `${signal}: ${stage.story}`,
            expected: "stop http, http stopped, stop db, db stopped, flush, flushed, exit 0",
            why: "An end that was asked for and went well is no failure: with any other status every deployment raises an alarm.",
          },
        );
        guarantee(host.exits.join() === String(status), {
          happened: `it exited with ${host.exits.join(", ")}`,
          expected: "with 0, once",
          why: "The supervisor of the process reads the status.",
        });
      }
    }));

  it("3.2 with anybody in `failed` or `forced`, or a start that failed, the status is 1", async () => {
    const cases: readonly [string, Partial<Parameters<Stage["resource"]>[1]>, number][] = [
      ["http fails to stop", { stop: () => Promise.reject(new Error("disk full")) }, 10],
      ["http has 300 ms and hangs", { stop: lasting(5_000), stopWithinMs: 300 }, 310],
      ["http hangs, and the deadline is 1,000 ms", { stop: lasting(5_000) }, 1_000],
    ];
    for (const [what, script, expected] of cases) {
      await simulate(async (sim) => {
        const { stage, host, lifecycle } = open(sim, { deadlineMs: 1_000 }, (stage) => [
          stage.resource("db", { start: atOnce }),
          stage.resource("http", { start: atOnce, ...script }),
        ]);
        await lifecycle.start();
        send(sim, host, "SIGTERM");
        const status = await sim.waitFor("exit", host.exited);
        const at = sim.now();
        guarantee(status === 1 && at === expected, {
          happened: `${what}: it exited with ${status} at ${at} ms (${stage.story})`,
          expected: `with 1, at ${expected} ms`,
          why: "Something may have been lost. With 0 nobody ever looks.",
        });
        await pause(10_000);
      });
    }
    await simulate(signalWhileStartIsUndone);
  });

  it("3.3 the log is flushed once, when all has stopped, and the exit waits for it", async () => {
    await explore(
      async (sim) => {
        const { stage, host, lifecycle } = open(sim, {
          flush: async () => {
            stage.log.push("flush");
            await pause(50);
            stage.log.push("flushed");
          },
        });
        await lifecycle.start();
        send(sim, host, "SIGTERM");
        sim.anytime("a fault", () => host.emit("uncaughtException", new Error("lost")));
        const status = await sim.waitFor("exit", host.exited);
        await pause(1_000);
        const expected = `stop http, http stopped, stop db, db stopped, flush, flushed, exit ${status}`;
        guarantee(stage.story.endsWith(expected) && stage.count("flush") === 1, {
          happened: stage.story,
          expected,
          why: "The last lines of a log are the ones that one wants to read. Flushed too early they are lost, and `process.exit` does not wait for what is being written.",
        });
      },
      { leaks: false },
    );
    for (const stop of [() => Promise.reject(new Error("disk full")), lasting(5_000)]) {
      await simulate(async (sim) => {
        const { stage, host, lifecycle } = open(sim, { deadlineMs: 1_000 }, (stage) => [
          stage.resource("http", { start: atOnce, stop }),
        ]);
        await lifecycle.start();
        send(sim, host, "SIGTERM");
        await sim.waitFor("exit", host.exited);
        guarantee(stage.story.endsWith("flush, flushed, exit 1"), {
          happened: `where http failed to stop, or was given up: ${stage.story}`,
          expected: "the log is flushed then, too, and the process exits after that",
          why: "After a failure the log is wanted more than ever.",
        });
        await pause(10_000);
      });
    }
  });

  it("3.4 a flush that fails, or takes too long, holds up nobody, and the status is 1", async () => {
    const cases: readonly [string, () => Promise<void>, number][] = [
      ["rejects", () => Promise.reject(new Error("EPIPE")), 20],
      [
        "throws",
        () => {
          throw new Error("EPIPE");
        },
        20,
      ],
      ["takes 5 s of the 300 ms that it has", () => pause(5_000), 320],
    ];
    for (const [what, flush, expected] of cases) {
      await simulate(async (sim) => {
        const { host, lifecycle } = open(sim, { flush, flushWithinMs: 300 });
        await lifecycle.start();
        send(sim, host, "SIGTERM");
        const status = await sim.waitFor("exit", host.exited);
        const at = sim.now();
        guarantee(status === 1 && at === expected, {
          happened: `flush ${what}: it exited with ${status} at ${at} ms`,
          expected: `with 1, at ${expected} ms`,
          why: "The reader of the log may be what has gone down. And lines that are lost are no success.",
        });
        await pause(10_000);
      });
    }
    await simulate(async (sim) => {
      const { host, lifecycle } = open(sim, { flush: () => pause(5_000) });
      await lifecycle.start();
      send(sim, host, "SIGTERM");
      await sim.waitFor("exit", host.exited);
      guarantee(sim.now() === 1_020, {
        happened: `flush hangs, flushWithinMs is left out, all had stopped at 20 ms, and it exited at ${sim.now()} ms`,
        expected: "at 1,020 ms: the default is 1,000",
        why: "Without a limit of its own the flush can spoil every deadline before it.",
      });
      await pause(10_000);
    });
  });

  it("3.5 at a second signal `exit` is called before its listener returns, with 128 + its number", async () => {
    await explore(secondSignal, { leaks: false });
    await simulate(brokenFlushAtForce);
  });

  it("3.6 an error that nobody caught takes the same road, with status 1, and is no signal", async () => {
    for (const event of FAULTS) {
      await simulate(async (sim) => {
        const { stage, host, lifecycle } = open(sim);
        await lifecycle.start();
        send(sim, host, event, new Error("undefined is not a function"));
        await pause(5);
        for (const again of FAULTS) send(sim, host, again, new Error("and again"));
        const status = await sim.waitFor("exit", host.exited);
        const road = "stop http, http stopped, stop db, db stopped, flush, flushed, exit 1";
        guarantee(status === 1 && stage.story.endsWith(road) && host.exits.length === 1, {
          happened: `${event}, and two more faults while it stopped: ${stage.story}`,
          expected: road,
          why: "The other requests have done nothing wrong. But the process must not go on: nobody knows what state it is in.",
        });
      });
    }
    await simulate(faultWhileStopping);
    await simulate(firstSignalAfterFault);
    await simulate(startFails);
    await explore(whateverComes, { leaks: false });
  });

  it("3.7 once the end has begun a StoppedError is no fault: `start` had to reject", () =>
    simulate(signalWhileStarting));

  it("3.8 `tell` hears of each signal, of the first 100 faults, and of the report before the flush; it cannot break anything", async () => {
    await simulate(brokenPipe);
    await simulate(async (sim) => {
      const heard: Notice[] = [];
      const { stage, host, lifecycle } = open(sim, {
        tell: (notice) => {
          heard.push(notice);
          stage.log.push(`told ${notice.kind}`);
          throw new Error("the log is broken");
        },
      });
      await lifecycle.start();
      const error = new Error("lost");
      send(sim, host, "SIGTERM");
      send(sim, host, "unhandledRejection", error);
      await sim.waitFor("exit", host.exited);
      const [signal, fault, stopped] = heard;
      guarantee(
        heard.length === 3 &&
          signal?.kind === "signal" &&
          signal.signal === "SIGTERM" &&
          fault?.kind === "fault" &&
          fault.error === error &&
          stopped?.kind === "stopped",
        {
          happened: `SIGTERM, then a rejection that nobody caught: told was ${show(heard)}`,
          expected: "the signal, the fault with the very error, and that it has stopped",
          why: "Whoever listens to `uncaughtException` has switched off Node's own message: an error that is not told is lost.",
        },
      );
      guarantee(
        tellReport(stopped.report) === "stopped http, db · failed none · forced none" &&
          stage.story.includes("db stopped, told stopped, flush, flushed, exit 1"),
        {
          happened: `${stage.story}; the report: ${tellReport(stopped.report)}`,
          expected: "db stopped, told stopped, flush, flushed, exit 1; stopped http, db",
          why: "What is told after the flush is not in the log. And the log's own error must not keep the process.",
        },
      );
    });
  });

  it("3.9 disposing takes all listeners off the host; an end that has begun goes on to the exit", () =>
    simulateStrictly(async (sim) => {
      const { stage, host, lifecycle, supervision } = open(sim);
      await lifecycle.start();
      supervision[Symbol.dispose]();
      supervision[Symbol.dispose]();
      guarantee(host.listeners === 0, {
        happened: `${host.listeners} listeners were left on the host`,
        expected: "none",
        why: "A test that starts a service ten times has ten listeners on its own process, and Ctrl-C stops them all.",
      });
      await sim.idle();
      guarantee(!stage.story.includes("stop") && host.exits.length === 0, {
        happened: `disposing did ${stage.story}`,
        expected: "it only stops listening",
        why: "Whoever takes the supervision away wants to decide about the end for himself.",
      });
      await lifecycle.stop();
      const other = open(sim);
      await other.lifecycle.start();
      send(sim, other.host, "SIGTERM");
      other.supervision[Symbol.dispose]();
      const status = await sim.waitFor("exit", other.host.exited);
      guarantee(status === 0 && other.host.listeners === 0, {
        happened: `disposed while it was stopping: it exited with ${status}, with ${other.host.listeners} listeners left`,
        expected: "with 0, and none",
        why: "`using` leaves its scope at the end of main; the signal that came before is still to be answered.",
      });
    }));
});

async function secondSignal(sim: Sim): Promise<void> {
  const { stage, host, lifecycle } = open(sim, {
    flush: async () => {
      stage.log.push("flush");
      await pause(100);
      stage.log.push("flushed");
    },
  });
  await lifecycle.start();
  const first = sim.choose("first", [...SIGNALS]);
  const second = sim.choose("second", [...SIGNALS]);
  send(sim, host, first);
  const exitsAtSecond = Promise.withResolvers<readonly number[]>();
  sim.anytime(second, () => {
    if (host.exits.length > 0) return exitsAtSecond.resolve([]);
    host.emit(second);
    exitsAtSecond.resolve([...host.exits]);
    stage.log.push("second signal done");
  });
  await sim.waitFor("exit", host.exited);
  await pause(5_000); // With a fake host the program goes on: what it does now must not exit again.
  const forced = stage.log.indexOf("second signal done") !== -1;
  const due = forced ? 128 + NUMBERS[second] : 0;
  guarantee(host.exits.length === 1 && host.exits[0] === due, {
    happened: `${first}${forced ? `, then ${second}` : ""}: it exited with ${host.exits.join(" and ")} (${stage.story})`,
    expected: `with ${due}, once`,
    why: "128 + n is how a shell tells that signal n ended a process; a supervisor can see that it was forced.",
  });
  const atOnceIn = forced ? await exitsAtSecond.promise : [due];
  guarantee(atOnceIn.length === 1, {
    happened: `when ${second} came as the second signal, it did not exit at once (${stage.story})`,
    expected: "`exit` is called before the listener returns",
    why: "Whoever presses Ctrl-C twice does not want to wait for anything; not for the log either.",
  });
  const flushedAt = stage.log.indexOf("flush");
  const exitedAt = stage.log.indexOf(`exit ${due}`);
  guarantee(stage.count("flush") === 1 && flushedAt < exitedAt, {
    happened: stage.story,
    expected: "`flush` is called once, before the exit, and not waited for",
    why: "What it writes synchronously is written; so the log says at least how it ended.",
  });
}

async function firstSignalAfterFault(sim: Sim): Promise<void> {
  const { stage, host, lifecycle } = open(sim);
  await lifecycle.start();
  send(sim, host, "uncaughtException", new Error("lost"));
  send(sim, host, "SIGTERM");
  guarantee(host.exits.length === 0, {
    happened: `a fault, and then the first SIGTERM: it exited at once with ${host.exits.join()}`,
    expected: "it goes on stopping: only a second signal forces",
    why: "The orchestrator does not know of the fault; its first SIGTERM asks for an orderly end like any other.",
  });
  const status = await sim.waitFor("exit", host.exited);
  guarantee(status === 1 && stage.story.endsWith("db stopped, flush, flushed, exit 1"), {
    happened: `a fault, and then the first SIGTERM: ${stage.story}`,
    expected: "db stopped, flush, flushed, exit 1",
    why: "The fault is still the reason why it ended.",
  });
}

async function brokenFlushAtForce(sim: Sim): Promise<void> {
  const { host, lifecycle } = open(sim, {
    flush: () => {
      throw new Error("EPIPE");
    },
  });
  await lifecycle.start();
  send(sim, host, "SIGINT");
  send(sim, host, "SIGINT");
  guarantee(host.exits.join() === "130", {
    happened: `SIGINT twice, with a flush that throws: ${host.exits.length === 0 ? "no exit" : `exit ${host.exits.join()}`}`,
    expected: "exit 130",
    why: "The log is the last thing that may keep anybody from ending a process.",
  });
  await pause(1_000);
}

async function faultWhileStopping(sim: Sim): Promise<void> {
  const { stage, host, lifecycle } = open(sim);
  await lifecycle.start();
  send(sim, host, "SIGTERM");
  await pause(5);
  send(sim, host, "unhandledRejection", new Error("lost"));
  const status = await sim.waitFor("exit", host.exited);
  guarantee(status === 1 && stage.count("stop http") === 1, {
    happened: `SIGTERM, and a fault while it stopped: exit ${status} (${stage.story})`,
    expected: "exit 1, at the end of the same road",
    why: "Something went wrong on the way out; with 0 it will go wrong at every deployment, unseen.",
  });
}

/** `await lifecycle.start()` at the top of the main module: its rejection reaches the process as a fault. */
async function startFails(sim: Sim): Promise<void> {
  const { stage, host, lifecycle } = open(sim, {}, (stage) => [
    stage.resource("db", { start: atOnce }),
    stage.resource("http", { start: () => Promise.reject(new Error("port in use")) }),
  ]);
  await lifecycle.start().catch((error: unknown) => host.emit("uncaughtException", error));
  const status = await sim.waitFor("exit", host.exited);
  const road = "http not ready, stop db, db stopped, flush, flushed, exit 1";
  guarantee(status === 1 && stage.story.endsWith(road), {
    happened: `http could not be started: ${stage.story}`,
    expected: road,
    why: "A service that cannot start must say so by its status, with its log written and nothing left open.",
  });
}

/**
 * Node reports a rejection that nobody caught when the microtasks have come to rest. A `flush` that needs nothing but
 * microtasks is done by then, and so is the exit.
 */
async function signalWhileStartIsUndone(sim: Sim): Promise<void> {
  const { stage, host, lifecycle } = open(sim, {}, (stage) => [
    stage.resource("db", { start: atOnce, stop: lasting(800) }),
    stage.resource("http", { start: () => Promise.reject(new Error("port in use")) }),
  ]);
  const main = lifecycle.start().catch((error: unknown) => {
    setImmediate(() => host.emit("unhandledRejection", error));
  });
  await pause(600);
  send(sim, host, "SIGTERM");
  const status = await sim.waitFor("exit", host.exited);
  await main;
  guarantee(status === 1 && host.exits.length === 1, {
    happened: `http could not be started, and SIGTERM came while db was being stopped for it: exit ${host.exits.join(" and ")} (${stage.story})`,
    expected: "exit 1, though the process may end before Node has told of the StartError",
    why: "A deployment whose service cannot start, and is taken back, must not look as if all had been well.",
  });
  await pause(1);
}

/** What is told is written to a pipe that nobody reads any more: each time that fails a moment later, as a fault. */
async function brokenPipe(sim: Sim): Promise<void> {
  let faults = 0;
  const { stage, host, lifecycle } = open(sim, {
    tell: ({ kind }) => {
      if (kind === "fault") faults += 1;
      if (faults < 1_000) queueMicrotask(() => host.emit("uncaughtException", new Error("EPIPE")));
    },
  });
  await lifecycle.start();
  send(sim, host, "SIGTERM");
  const status = await sim.waitFor("exit", host.exited);
  guarantee(faults === 100 && status === 1 && host.exits.length === 1, {
    happened: `each call of \`tell\` led to one more fault: ${faults === 1_000 ? "1,000 and more" : faults} faults were told, and it exited with ${host.exits.join(" and ")} (${stage.story})`,
    expected: "the first 100 are told, and it exits with 1",
    why: "Otherwise telling and failing take turns for ever: no timer fires any more, and the deadline never comes.",
  });
}

/** Signals and faults come at any moment, also during the start: one exit, with the status that is due. */
async function whateverComes(sim: Sim): Promise<void> {
  const { stage, host, lifecycle } = open(sim, {}, (stage) => [
    stage.resource("db", { start: lasting(10), stop: lasting(10) }),
    stage.resource("http", { start: lasting(10), stop: lasting(10) }),
  ]);
  const before: HostEvent[] = [];
  for (const event of ["SIGTERM", "SIGINT", "uncaughtException"] as const) {
    sim.anytime(event, () => {
      if (host.exits.length === 0) before.push(event);
      host.emit(event, event === "uncaughtException" ? new Error("lost") : event);
    });
  }
  const main = lifecycle.start().catch((error: unknown) => host.emit("uncaughtException", error));
  await pause(15);
  const isEarly = host.exits.length === 0 && before.length === 0;
  if (isEarly) {
    before.push("SIGTERM");
    host.emit("SIGTERM");
  }
  await sim.waitFor("exit", host.exited);
  await main;
  await pause(5_000);
  const signals = before.filter((event): event is "SIGTERM" | "SIGINT" => event !== "uncaughtException");
  const [, second] = signals;
  const due = second !== undefined ? 128 + NUMBERS[second] : before.length > signals.length ? 1 : 0;
  guarantee(host.exits.length === 1 && host.exits[0] === due, {
    happened: `there came ${before.join(", ")}; it exited with ${host.exits.join(" and ")} (${stage.story})`,
    expected: `with ${due}, once`,
    why: "A second signal always wins; an error nobody caught is never a success; and nothing else is a failure.",
  });
  const ready = stage.log.filter((line) => line.endsWith(" ready")).map((line) => line.split(" ")[0]);
  const stopped = stage.log.filter((line) => line.endsWith(" stopped")).map((line) => line.split(" ")[0]);
  guarantee(stopped.join() === ready.reverse().join() && stage.count("flush") === 1, {
    happened: stage.story,
    expected: "whoever got ready is stopped, in reverse order, once; there is one flush",
    why: "However the end was begun, there is one road to it.",
  });
}

async function signalWhileStarting(sim: Sim): Promise<void> {
  const { stage, host, lifecycle } = open(sim, {}, (stage) => [
    stage.resource("log", { start: atOnce }),
    stage.resource("db", { start: lasting(100) }),
    stage.resource("http", { start: atOnce }),
  ]);
  const main = lifecycle.start().catch((error: unknown) => host.emit("uncaughtException", error));
  await pause(50);
  send(sim, host, "SIGTERM");
  const status = await sim.waitFor("exit", host.exited);
  await main;
  guarantee(status === 0 && stage.story.includes("db ready, stop db, db stopped, stop log, log stopped"), {
    happened: `SIGTERM while db was being started; \`start\` then rejected with a StoppedError, which nobody caught: exit ${status} (${stage.story})`,
    expected: "exit 0: the StoppedError only says what everybody knows, and is no fault",
    why: "Otherwise each rollback of a deployment looks like a crash.",
  });
}

/** Everything that a main module sets up: db and http, supervised. */
function open(
  sim: Sim,
  options: Partial<SuperviseOptions> = {},
  resources: (stage: Stage) => readonly Resource[] = (stage) => [
    stage.resource("db", { start: atOnce }),
    stage.resource("http", { start: atOnce }),
  ],
) {
  const stage = new Stage(sim);
  const host = new FakeHost((status) => {
    stage.log.push(`exit ${status}`);
    sim.recorder.mark(`exit ${status}`, "stop");
  });
  const lifecycle: Lifecycle = stage.lifecycle(...resources(stage));
  const flush = async () => {
    stage.log.push("flush");
    await null;
    stage.log.push("flushed");
  };
  const supervision = lab.supervise(lifecycle, { host, flush, deadlineMs: 30_000, ...options });
  return { stage, host, lifecycle, supervision };
}

function send(sim: Sim, host: FakeHost, event: HostEvent, value: unknown = event): void {
  sim.recorder.mark(event, "stop");
  let isHeard = false;
  let thrown: unknown;
  try {
    isHeard = host.emit(event, value);
  } catch (error) {
    thrown = error;
  }
  guarantee(thrown === undefined, {
    happened: `a listener for ${event} threw ${show(thrown)}; exits by then: ${host.exits.join(", ") || "none"}`,
    expected: "it throws nothing, whatever `flush` and `tell` do",
    why: "What it throws ends nothing: it is one more fault, and what stands behind it, the exit, is never reached.",
  });
  guarantee(isHeard, {
    happened: `nobody listened for ${event}`,
    expected: "the supervisor does",
    why: "A process without a listener dies of it on the spot.",
  });
}

/** The real process fits. */
export const realHost: Host = process;
