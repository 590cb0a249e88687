import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { explore, type ScheduleError, simulate } from "./explore.ts";
import type { Sim } from "./simulation.ts";

const quick = { leaks: false } as const;

/** Every log that some schedule of `scenario` leaves. */
async function logsOf(scenario: (sim: Sim, log: (line: string) => void) => unknown): Promise<Set<string>> {
  const logs = new Set<string>();
  const report = await explore(
    async (sim) => {
      const lines: string[] = [];
      await scenario(sim, (line) => lines.push(line));
      logs.add(lines.join(" "));
    },
    { ...quick, deviations: 9 },
  );
  expect(report.exhausted).toBe(true);
  return logs;
}

describe("Sim.spawn", () => {
  it("settles as its body does", async () => {
    await simulate(async (sim) => {
      expect(await sim.spawn("sync", () => 1)).toBe(1);
      expect(await sim.spawn("async", async () => 2)).toBe(2);
      await expect(sim.spawn("throws", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
      await expect(
        sim.spawn("throws at once", () => {
          throw new Error("no");
        }),
      ).rejects.toThrow("no");
    });
  });

  it("starts nothing before its caller has come to rest", async () => {
    await simulate(async (sim) => {
      let started = false;
      const activity = sim.spawn("activity", () => {
        started = true;
      });
      await null;
      expect(started).toBe(false);
      await activity;
    });
  });

  it("tells activities of one name apart", async () => {
    const scenario = (sim: Sim) =>
      Promise.all([1, 2].map(() => sim.spawn("worker", () => new Promise(() => {}))));
    const error: ScheduleError = await simulate(scenario).catch((reason) => reason);
    expect(error.message).toContain("worker waits\n  worker #2 waits");
  });
});

describe("Sim.io", () => {
  it("has its effect when it completes, and gives what the effect gives", async () => {
    await simulate(async (sim) => {
      let stored = 0;
      const write = sim.io("write", () => {
        stored += 1;
        return stored;
      });
      expect(stored).toBe(0);
      expect(await write).toBe(1);
      expect(await sim.io("nothing")).toBeUndefined();
    });
  });

  it("rejects with what the effect throws", async () => {
    await simulate(async (sim) => {
      const refuse = () => {
        throw new Error("refused");
      };
      await expect(sim.io("connect", refuse)).rejects.toThrow("refused");
    });
  });

  it("completes in any order, not only in that of the calls", async () => {
    const logs = await logsOf((sim, log) =>
      Promise.all(["a", "b", "c"].map((name) => sim.io(name).then(() => log(name)))),
    );
    expect(logs.size).toBe(6);
  });
});

describe("Sim.anytime", () => {
  it("happens at every point of the run, or not at all", async () => {
    const logs = await logsOf(async (sim, log) => {
      sim.anytime("abort", () => log("abort"));
      for (const step of ["a", "b"]) log(await sim.io(step, () => step));
    });
    expect(logs).toEqual(new Set(["abort a b", "a abort b", "a b"]));
  });

  it("happens in the end when the scenario waits for it", async () => {
    await simulate(async (sim) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      sim.anytime("stop", resolve);
      await sleep(500);
      await promise;
      expect(sim.now()).toBe(500);
    });
  });

  it("happens once", async () => {
    let most = 0;
    await explore(async (sim) => {
      let times = 0;
      sim.anytime("abort", () => {
        times += 1;
        most = Math.max(most, times);
      });
      for (let step = 0; step < 3; step += 1) await sim.io("step");
    }, quick);
    expect(most).toBe(1);
  });
});

describe("Sim.choose", () => {
  it("takes every value, the first in the ordinary order", async () => {
    const taken: string[] = [];
    await explore((sim) => {
      taken.push(
        `${sim.choose("size", ["small", "large", "huge"])} ${sim.choose("colour", ["red", "blue"])}`,
      );
    }, quick);
    expect(taken[0]).toBe("small red");
    expect(taken.toSorted()).toEqual([
      "huge blue",
      "huge red",
      "large blue",
      "large red",
      "small blue",
      "small red",
    ]);
  });

  it.each<[unknown, string]>([
    [new Error("disk full"), "disk full"],
    [{ status: 500 }, '{"status":500}'],
    [function retryLater() {}, "retryLater"],
    [undefined, "undefined"],
  ])("shows what was chosen: %s", async (value, shown) => {
    const scenario = (sim: Sim) => {
      if (sim.choose<unknown>("answer", ["ok", value]) !== "ok") throw new Error("found");
    };
    const error: ScheduleError = await explore(scenario, quick).catch((reason) => reason);
    expect(error.timeline).toContain(`★ answer: ${shown}  ← instead of: ok`);
  });
});

describe("Sim.idle", () => {
  it("resolves once all that can happen at this instant has happened, and before time moves on", async () => {
    const logs = await logsOf(async (sim, log) => {
      const timer = sleep(1).then(() => log("later"));
      const work = sim.spawn("worker", async () => {
        await sim.io("step");
        await new Promise((resolve) => setImmediate(resolve));
        await sim.io("step");
        log("work");
      });
      await sim.idle();
      log("idle");
      await Promise.all([timer, work]);
    });
    expect(logs).toContain("work idle later");
    for (const log of logs) expect(log).toMatch(/work.*idle/);
  });

  it("lets see that something waits", async () => {
    await explore(async (sim) => {
      let served = false;
      const { promise, resolve } = Promise.withResolvers<void>();
      const client = sim.spawn("client", async () => {
        await sim.io("request");
        await promise;
        served = true;
      });
      await sim.idle();
      expect(served).toBe(false);
      resolve();
      await sim.idle();
      expect(served).toBe(true);
      await client;
    });
  });

  it("may come before or after what may happen at any time", async () => {
    const logs = await logsOf(async (sim, log) => {
      sim.anytime("abort", () => log("abort"));
      await sim.idle();
      log("idle");
      await sim.io("last");
    });
    expect(logs).toEqual(new Set(["idle", "idle abort", "abort idle"]));
  });
});

describe("Sim.waitFor", () => {
  it("settles as the promise does", async () => {
    await simulate(async (sim) => {
      expect(await sim.waitFor("a value", Promise.resolve(7))).toBe(7);
      await expect(sim.waitFor("a value", Promise.reject(new Error("no")))).rejects.toThrow("no");
    });
  });

  it("names nobody who has what he waited for", async () => {
    const scenario = async (sim: Sim) => {
      await sim.waitFor("the first", sim.io("first"));
      await sim.waitFor("the second", new Promise(() => {}));
    };
    const error: ScheduleError = await simulate(scenario).catch((reason) => reason);
    expect(error.message).toContain("main waits for the second");
    expect(error.message).not.toContain("the first");
  });
});

describe("Sim.now", () => {
  it("stands still while there is something to do, and jumps to the next timer", async () => {
    await simulate(async (sim) => {
      await sim.io("call");
      expect(sim.now()).toBe(0);
      await Promise.all([sleep(300), sleep(200).then(() => expect(sim.now()).toBe(200))]);
      expect(sim.now()).toBe(300);
    });
  });
});
