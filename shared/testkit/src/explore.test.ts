import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { lookup } from "node:dns";
import { EventEmitter } from "node:events";
import { readFile } from "node:fs";
import { readFile as readFilePromise } from "node:fs/promises";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { gzip } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type ExploreOptions, explore, ScheduleError, simulate } from "./explore.ts";
import { GuaranteeError, guarantee } from "./guarantee.ts";
import { real } from "./real.ts";
import { runSchedule, type Scenario } from "./run-schedule.ts";
import { decodeSchedule, deviations } from "./schedule.ts";
import type { Sim } from "./simulation.ts";

// The bounds that are counted here are those of an ordinary run, even in a soak.
beforeEach(() => void vi.stubEnv("SOAK", undefined));
afterEach(() => vi.unstubAllEnvs());

const never = () => new Promise<never>(() => {});

/** Leaks have their own tests: without looking for them an exploration is quicker. */
const quick = { leaks: false } as const satisfies ExploreOptions;

async function failureOf(scenario: Scenario, options: ExploreOptions = {}): Promise<ScheduleError> {
  const error = await explore(scenario, { ...quick, ...options }).then(
    (report) => expect.fail(`nothing found: ${JSON.stringify(report)}`),
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(ScheduleError);
  return error;
}

/** Activities that do nothing but log their steps: every order of them is another line. */
function logging(names: readonly string[], steps: number, lines: string[]): Scenario {
  return async (sim) => {
    const log: string[] = [];
    const live = async (name: string) => {
      log.push(name);
      for (let step = 1; step < steps; step += 1) await sim.io("step", () => log.push(name));
    };
    await Promise.all(names.map((name) => sim.spawn(name, () => live(name))));
    lines.push(log.join(""));
  };
}

/** Two clients of a counter in a store: the second must come between read and write of the first. */
const lostUpdate: Scenario = async (sim) => {
  let stored = 0;
  const increment = async () => {
    const value = await sim.io("read", () => stored);
    await sim.io("write", () => {
      stored = value + 1;
    });
  };
  await Promise.all([sim.spawn("Ann", increment), sim.spawn("Bob", increment)]);
  guarantee(stored === 2, {
    happened: `the count is ${stored}`,
    expected: "it is 2",
    why: "One click is lost.",
  });
};

describe("explore: the search", () => {
  it.each([
    { names: ["A", "B"], steps: 3, orders: 20 },
    { names: ["A", "B", "C"], steps: 2, orders: 90 },
  ])(
    "runs every order once: $names with $steps events each have $orders",
    async ({ names, steps, orders }) => {
      const lines: string[] = [];
      const report = await explore(logging(names, steps, lines), { ...quick, deviations: 99 });
      expect(report).toEqual({ schedules: orders, exhausted: true });
      expect(new Set(lines).size).toBe(orders);
    },
  );

  it("begins with the ordinary order: one activity after the other", async () => {
    const lines: string[] = [];
    await explore(logging(["A", "B", "C"], 3, lines), { ...quick, maxSchedules: 1 });
    expect(lines).toEqual(["AAABBBCCC"]);
  });

  it("goes on to orders that depart from it in one place, then in two", async () => {
    const tried = async (most: number) => {
      const lines: string[] = [];
      await explore(logging(["A", "B"], 3, lines), { ...quick, deviations: most });
      return lines;
    };
    const [ordinary, one, two] = [await tried(0), await tried(1), await tried(2)];
    expect(ordinary).toEqual(["AAABBB"]);
    expect(one.slice(0, 1)).toEqual(ordinary);
    expect(two.slice(0, one.length)).toEqual(one);
    expect(one).toContain("ABBBAA");
    expect(one).not.toContain("ABABAB");
  });

  it("does the same each time", async () => {
    const [first, second]: [string[], string[]] = [[], []];
    const options = { ...quick, maxSchedules: 100 };
    const report = await explore(logging(["A", "B", "C", "D"], 5, first), options);
    expect(await explore(logging(["A", "B", "C", "D"], 5, second), options)).toEqual(report);
    expect(second).toEqual(first);
  });

  it("runs no more than maxSchedules, all different, on every level, and says that there are more", async () => {
    const lines: string[] = [];
    const report = await explore(logging(["A", "B", "C", "D", "E"], 8, lines), {
      ...quick,
      maxSchedules: 200,
    });
    expect(report).toEqual({ schedules: 200, exhausted: false });
    expect(new Set(lines).size).toBe(200);
    const switches = (line: string) => line.replaceAll(/(.)\1*/g, "$1").length;
    expect(Math.max(...lines.map(switches))).toBeGreaterThan(6);
  });

  it("leaves half of the room to the levels below where a level is too large", async () => {
    const runsWith = [0, 0, 0, 0];
    const scenario: Scenario = (sim) => {
      const switches = Array.from({ length: 100 }, (_, i) => sim.choose(`switch ${i}`, [0, 1]));
      const on = switches.filter(Boolean).length;
      runsWith[on] = (runsWith[on] ?? 0) + 1;
    };
    await explore(scenario, { ...quick, maxSchedules: 61 });
    expect(runsWith).toEqual([1, 30, 15, 15]);
  });

  it("runs ten times as many with SOAK", async () => {
    vi.stubEnv("SOAK", "1");
    const lines: string[] = [];
    await explore(logging(["A", "B", "C", "D"], 5, lines), { ...quick, maxSchedules: 20 });
    expect(lines).toHaveLength(200);
  });

  it("reports the failure with the fewest departures, even where it ran a level in part", async () => {
    const oneOfMany: Scenario = (sim) => {
      const switches = Array.from({ length: 30 }, (_, i) => sim.choose(`switch ${i}`, ["off", "on"]));
      if (switches[10] === "on") throw new Error("the tenth must not be on");
    };
    let found = 0;
    for (let maxSchedules = 10; maxSchedules <= 30; maxSchedules += 1) {
      const error = await explore(oneOfMany, { ...quick, maxSchedules }).catch((reason) => reason);
      if (!(error instanceof ScheduleError)) continue;
      found += 1;
      expect(error.replay).toBe(`s0.${"0".repeat(10)}1`);
    }
    expect(found).toBeGreaterThan(5);
  });

  it("explores nothing that Node rules out: timers of one length, and immediates, keep their order", async () => {
    const lines = new Set<string>();
    const report = await explore(async () => {
      const log: string[] = [];
      for (const name of ["a", "b", "c"]) setTimeout(() => log.push(name), 10);
      for (const name of ["x", "y"]) setImmediate(() => log.push(name));
      await sleep(20);
      lines.add(log.join(""));
    }, quick);
    expect(report.exhausted).toBe(true);
    expect([...lines].filter((line) => !/a.*b.*c/.test(line) || !/x.*y/.test(line))).toEqual([]);
    expect([...lines].sort()).toEqual(expect.arrayContaining(["xyabc", "axbyc", "abcxy"]));
  });

  it("tries both orders of timers that differ in length and are due together", async () => {
    const lines = new Set<string>();
    await explore(async () => {
      const log: string[] = [];
      const late = sleep(10).then(() => log.push("one of 10 ms"));
      await Promise.all([
        late,
        sleep(4)
          .then(() => sleep(6))
          .then(() => log.push("4 and 6 ms")),
      ]);
      lines.add(log.join(", "));
    }, quick);
    expect(lines.size).toBe(2);
  });

  it("lets an operation take longer than a timer", async () => {
    const winners = new Set<unknown>();
    await explore(async (sim) => {
      winners.add(await Promise.race([sim.io("call", () => "call"), sleep(1_000, "time limit")]));
      await sleep(2_000);
    }, quick);
    expect(winners).toEqual(new Set(["call", "time limit"]));
  });
});

describe("explore: a failure", () => {
  it("says in the problem's words what happened", async () => {
    const failure = await failureOf(lostUpdate);
    expect(failure).toMatchObject({
      name: "ScheduleError",
      kind: "assertion",
      happened: "the count is 1",
      expected: "it is 2",
      why: "One click is lost.",
      replay: "s0.001",
      schedules: 4,
    });
  });

  it("shows how it came about", async () => {
    const failure = await failureOf(lostUpdate);
    expect(withoutPlaces(failure.message)).toBe(
      [
        "What happened:       the count is 1",
        "What had to happen:  it is 2",
        "Why it matters:      One click is lost.",
        "",
        "It goes wrong when the events arrive in this order, the 4th that was tried; ★ is where it departs from the ordinary one:",
        "",
        "                Ann                       Bob",
        "   1      0 ms  ● starts",
        "   2      0 ms  ● read",
        "   3      0 ms  │                         ★ starts  ← came before: Ann write",
        "   4      0 ms  │                         ● read",
        "   5      0 ms  │                         ● write",
        "   6      0 ms  ● write",
        "",
        'Just this one again: explore(scenario, { replay: "s0.001" })',
      ].join("\n"),
    );
  });

  it("happens again when its schedule is replayed", async () => {
    const failure = await failureOf(lostUpdate);
    const again = await failureOf(lostUpdate, { replay: failure.replay });
    expect(again).toMatchObject({
      kind: failure.kind,
      replay: failure.replay,
      timeline: failure.timeline,
      schedules: 1,
    });
  });

  it("is replayed as it is, however roundabout", async () => {
    const careless: Scenario = (sim) => {
      sim.choose("this", ["no", "yes"]);
      if (sim.choose("that", ["no", "yes"]) === "yes") throw new Error("not that");
    };
    expect((await failureOf(careless, { replay: "s0.11" })).replay).toBe("s0.11");
  });

  it("is replayed by the environment variable LAB_REPLAY", async () => {
    vi.stubEnv("LAB_REPLAY", "s0.001");
    expect(await failureOf(lostUpdate)).toMatchObject({ replay: "s0.001", schedules: 1 });
    vi.stubEnv("LAB_REPLAY", "s0.");
    expect(await explore(lostUpdate, quick)).toEqual({ schedules: 1, exhausted: false });
  });

  it("needs no replay if it happens in the ordinary order", async () => {
    expect((await failureOf(never)).message).toMatch(/Just this one again: simulate\(scenario\)$/);
  });

  it("names the command that replays it in a lab", async () => {
    vi.stubEnv("LAB_NAME", "worker-pool");
    const { message } = await failureOf(lostUpdate);
    expect(message).toContain('npx lab test worker-pool --title "names" --replay s0.001');
  });

  it("has the stack of the check, without frames of the kit", async () => {
    const { stack = "" } = await failureOf(lostUpdate);
    const frames = stack.split("\n").filter((line) => /^\s+at /.test(line));
    expect(frames[0]).toMatch(/explore\.test\.ts/);
    expect(frames.join("\n")).not.toMatch(/run-schedule|simulation\.ts|src.explore\.ts|guarantee\.ts/);
  });

  it("at a halt has the stack of who explores", async () => {
    const { stack = "" } = await failureOf(never);
    expect(stack).toMatch(/at .*explore\.test\.ts/);
  });

  it("admits it when a second run goes otherwise", async () => {
    let runs = 0;
    const moody: Scenario = () => {
      runs += 1;
      if (runs === 1) throw new Error("bad mood");
    };
    const { message } = await failureOf(moody);
    expect(message).toContain("bad mood");
    expect(message).toContain("this order went otherwise");
  });

  it("passes on what is not written yet as it is", async () => {
    const todo = new Error("TODO 1.1: createPool is yours to write");
    await expect(explore(() => Promise.reject(todo))).rejects.toBe(todo);
    await expect(simulate((sim) => void sim.spawn("worker", () => Promise.reject(todo)))).rejects.toBe(todo);
  });

  it.each([undefined, null, "a string", { code: 7 }])("may be the rejection with %j", async (reason) => {
    const failure = await failureOf(() => Promise.reject(reason));
    expect(failure.kind).toBe("assertion");
    expect(failure.message).toContain(`It rejected with ${inspect(reason)}\n`);
  });

  it("has fields of plain data", async () => {
    const failure = await failureOf(lostUpdate);
    expect(structuredClone({ ...failure })).toEqual({ ...failure });
  });
});

describe("explore: kinds of fault", () => {
  it("assertion: a check fails in the scenario, at once or after an await", async () => {
    const fail = (): never => {
      throw new RangeError("out of range");
    };
    for (const scenario of [
      fail,
      async () => fail(),
      (sim: Sim) => sim.io("call", fail),
      () => sleep(5).then(fail),
    ]) {
      expect(await failureOf(scenario)).toMatchObject({ kind: "assertion", happened: undefined });
    }
    expect((await failureOf(fail)).message).toContain("RangeError: out of range");
  });

  it("assertion: a check fails where nobody awaits it", async () => {
    const broken = new GuaranteeError({ happened: "this", expected: "that", why: "because" });
    const scenarios: Scenario[] = [
      (sim) => void sim.spawn("worker", () => Promise.reject(broken)),
      () => {
        setTimeout(() => expect(1).toBe(2), 5);
        return sleep(10);
      },
    ];
    for (const scenario of scenarios) expect((await failureOf(scenario)).kind).toBe("assertion");
  });

  it("stuck: says who waits for what, and where", async () => {
    const failure = await failureOf(async (sim) => {
      const take = async () => await never();
      await Promise.all([
        sim.spawn("Ann", () => sim.waitFor("a page from the queue", take())),
        sim.spawn("Bob", never),
        sim.spawn("Cat", () => sim.io("call")),
      ]);
    });
    expect(failure.kind).toBe("stuck");
    expect(failure.message).toContain(
      "Everything has come to a halt: nothing more can happen, and\n  Ann waits for a page from the queue\n  Bob waits",
    );
    expect(failure.message).not.toContain("Cat waits");
    expect(failure.message).not.toContain("main waits");
  });

  it("stuck: speaks of main when there is nobody else", async () => {
    expect((await failureOf(never)).message).toContain("  main waits");
  });

  it("stuck: a wait that stands for a guarantee is reported as that", async () => {
    const failure = await failureOf((sim) =>
      sim.waitFor("the pool to close", never(), () => ({
        happened: "close() never resolved",
        expected: "it resolves when the last job is done",
        why: "The process cannot end.",
      })),
    );
    expect(failure).toMatchObject({ kind: "stuck", expected: "it resolves when the last job is done" });
    expect(failure.happened).toMatch(/^close\(\) never resolved\n.*come to a halt/);
  });

  it("livelock: says what goes round", async () => {
    const failure = await failureOf(
      async (sim) => {
        for (;;) await sim.spawn("poller", () => sleep(10));
      },
      { maxEvents: 200 },
    );
    expect(failure.kind).toBe("livelock");
    expect(failure.message).toMatch(/It goes on for ever: 200 events and no end/);
  });

  it("is no livelock: polling until something else has happened", async () => {
    const scenarios: Scenario[] = [
      async (sim) => {
        let stopped = false;
        sim.anytime("SIGTERM", () => {
          stopped = true;
        });
        while (!stopped) await sleep(1_000);
      },
      async (sim) => {
        let done = false;
        const worker = sim.spawn("worker", () => sim.io("work", () => (done = true)));
        await sim.spawn("poller", async () => {
          while (!done) await sim.io("poll");
        });
        await worker;
      },
    ];
    for (const scenario of scenarios) await explore(scenario, { ...quick, maxEvents: 100 });
  });

  it("unhandled rejection: of what nobody awaits", async () => {
    const failure = await failureOf(async (sim) => {
      void sim.io("send", () => {
        throw new Error("connection refused");
      });
      await sim.io("answer");
    });
    expect(failure.kind).toBe("unhandled rejection");
    expect(failure.message).toContain("nobody handles it");
    expect(failure.message).toContain("connection refused");
  });

  it("unhandled rejection: of what is awaited too late", async () => {
    const failure = await failureOf(async (sim) => {
      const failed = Promise.reject(new Error("early"));
      await sim.io("something else");
      await failed;
    });
    expect(failure.kind).toBe("unhandled rejection");
  });

  it("is no unhandled rejection: one that is handled in the same turn", async () => {
    await explore(async (sim) => {
      const failed = Promise.reject(new Error("early"));
      await null;
      await failed.catch(() => {});
      await sim.io("something else");
    }, quick);
  });

  it.each<[string, () => void]>([
    ["a timer", () => void setTimeout(throwIt, 5)],
    ["an immediate", () => void setImmediate(throwIt)],
    ["process.nextTick", () => process.nextTick(throwIt)],
    ["queueMicrotask", () => queueMicrotask(throwIt)],
    [
      "a listener",
      () => void setTimeout(() => new EventEmitter().emit("error", new Error("thrown there")), 1),
    ],
    [
      "a listener of an EventTarget",
      () => {
        const controller = new AbortController();
        controller.signal.addEventListener("abort", throwIt);
        controller.abort();
      },
    ],
  ])("uncaught error: thrown in %s", async (_, start) => {
    const failure = await failureOf(async () => {
      start();
      await sleep(10);
    });
    expect(failure.kind).toBe("uncaught error");
    expect(failure.message).toContain("thrown there");
  });

  it("leftover: timers and activities, with their place", async () => {
    const failure = await failureOf((sim) => {
      setTimeout(() => {}, 5_000);
      setInterval(() => {}, 1_000);
      void sim.spawn("worker", never);
    });
    expect(failure.kind).toBe("leftover");
    expect(failure.message).toMatch(
      /When all is over there is still pending:\n {2}a timer of 5000 ms of main \(.*explore\.test\.ts:\d+\)\n {2}an interval of 1000 ms of main .*\n {2}the activity worker, which has not ended/,
    );
  });

  it("leak: a function that is parked for ever", async () => {
    const failure = await failureOf(
      async (sim) => {
        const park = async () => {
          await never();
        };
        void park();
        await sim.io("call");
      },
      { leaks: 0 },
    );
    expect(failure.kind).toBe("leak");
    expect(failure.message).toMatch(/park/);
  });

  it("leaves what was begun to complete after the end, but not time", async () => {
    const log: string[] = [];
    await simulate((sim) => {
      void sim.io("write", () => log.push("written"));
      setTimeout(() => log.push("too late"), 10).unref();
    });
    expect(log).toEqual(["written"]);
  });
});

const throwIt = () => {
  throw new Error("thrown there");
};

describe("explore: real I/O", () => {
  const callback = (start: (done: () => void) => unknown) => () =>
    new Promise<void>((resolve) => void start(resolve));
  const cleanUps: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0)) await cleanUp();
  });

  it.each<[string, RegExp, () => unknown]>([
    ["fs/promises", /a file/, () => readFilePromise(import.meta.filename)],
    ["fs with a callback", /a file/, callback((done) => readFile(import.meta.filename, done))],
    [
      "a server",
      /a network connection/,
      callback((done) => {
        const server = createServer().listen(0, "127.0.0.1", done);
        cleanUps.push(() => new Promise((resolve) => server.close(resolve)));
      }),
    ],
    ["DNS", /a DNS lookup/, callback((done) => lookup("localhost", done))],
    [
      "a child process",
      /a child process/,
      callback((done) => {
        const child = spawn(process.execPath, ["--version"], { stdio: "ignore" }).once("exit", done);
        cleanUps.push(() => child.exitCode ?? new Promise((resolve) => child.once("exit", resolve)));
      }),
    ],
    [
      "MessageChannel",
      /a message port/,
      callback((done) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = done;
        port2.postMessage("hello");
        cleanUps.push(() => port1.close());
      }),
    ],
    ["cryptography", /cryptography in another thread/, callback((done) => randomBytes(16, done))],
    ["compression", /compression in another thread/, callback((done) => gzip("text", done))],
    [
      "what comes some turns of the real event loop later",
      /something outside/,
      callback((done) => {
        const turn = (left: number) => void real.setImmediate(left === 0 ? done : () => turn(left - 1));
        turn(30);
      }),
    ],
  ])("is refused, and says what to do: %s", async (_, what, operation) => {
    const scenario = async () => {
      await operation();
    };
    // It ends as soon as the operation does; the patience only ends a test that waits for ever.
    const { fault } = await runSchedule(
      scenario,
      { choices: [], squeeze: 0 },
      { maxEvents: 100, patience: 10_000 },
    );
    expect(fault?.kind).toBe("real I/O");
    expect(String(fault?.error)).toMatch(what);
    expect(String(fault?.error)).toContain("let the scenario answer it with sim.io()");
  });
});

describe("explore: its limits", () => {
  it("refuses a simulation inside of a simulation", async () => {
    const { message } = await failureOf(() => simulate(() => {}));
    expect(message).toContain(
      "Cannot start a simulation: another one is running in this thread; await that one first",
    );
  });

  it("refuses what is no schedule", async () => {
    await expect(explore(lostUpdate, { replay: "nonsense" })).rejects.toThrow(
      'Cannot replay: a schedule looks like "s0.0012", got "nonsense"',
    );
  });

  it("refuses a second simulation beside the first, which goes on", async () => {
    const first = explore((sim) => sim.io("call"), quick);
    await expect(simulate(() => {})).rejects.toThrow("Cannot start a simulation: another one is running");
    expect(await first).toMatchObject({ exhausted: true });
  });

  it("takes a scenario that never awaits", async () => {
    expect(await explore(() => {}, quick)).toEqual({ schedules: 1, exhausted: true });
  });

  it("hands the listeners for fatal errors back", async () => {
    const listeners = () => [process.listeners("unhandledRejection"), process.listeners("uncaughtException")];
    const before = listeners();
    await explore(() => {}, quick);
    await failureOf(never);
    expect(listeners()).toEqual(before);
  });

  it("runs ten thousand events", async () => {
    let events = 0;
    const scenario: Scenario = async (sim) => {
      for (let event = 0; event < 10_000; event += 1) await sim.io("event", () => (events += 1));
    };
    await simulate(scenario, { leaks: false, maxEvents: 20_000 });
    expect(events).toBe(10_000);
  });

  it("runs hundreds of activities at once", async () => {
    const lines: string[] = [];
    const names = Array.from({ length: 200 }, (_, i) => String.fromCodePoint(0x4e00 + i));
    const report = await explore(logging(names, 3, lines), { ...quick, maxSchedules: 20 });
    expect(report).toEqual({ schedules: 20, exhausted: false });
    expect(lines.map((line) => line.length)).toEqual(Array(20).fill(600));
  });
});

describe("explore with squeeze", () => {
  /** A flag that is true from one event up to the third microtask after it. */
  const shortWindow: Scenario = async (sim) => {
    let open = false;
    const first = sim.io("first").then(async () => {
      open = true;
      await null;
      open = false;
    });
    const second = sim.io("second", () => {
      if (open) throw new Error("in the middle of it");
    });
    await Promise.all([first, second]);
  };

  it("lets an event arrive while the one before is being digested", async () => {
    await explore(shortWindow, { ...quick, deviations: 9 });
    const failure = await failureOf(shortWindow, { squeeze: 3 });
    expect(failure.message).toContain("in the middle of it");
    expect(failure.timeline).toContain("(while the one above was still being digested)");
    expect(failure.replay).toMatch(/^s3\./);
    expect(deviations(decodeSchedule(failure.replay))).toBeLessThanOrEqual(2);
  });
});

/** The message without the line numbers of this file. */
const withoutPlaces = (message: string) => message.replaceAll(/ {2}src\/explore\.test\.ts:\d+$/gm, "");
