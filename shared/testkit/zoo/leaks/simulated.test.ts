import { setInterval as every, setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { explore, ScheduleError, simulate } from "../../src/explore.ts";
import type { Sim } from "../../src/simulation.ts";
import { acquire, acquireAndTidy, runJob } from "./programs/acquire.ts";

const shutdown = new AbortController();
const never = new Promise<never>(() => {});
const noop = () => {};

async function park(): Promise<void> {
  await never;
}

const buggy: Readonly<Record<string, readonly [scenario: (sim: Sim) => unknown, text: string]>> = {
  "a listener on the signal of the caller": [
    async (sim) => {
      const caller = new AbortController();
      sim.anytime("abort", () => caller.abort());
      await sim.io("request");
      await acquire(caller.signal).catch(() => {});
    },
    'a listener for "abort" is still on an AbortSignal\n       added at zoo/leaks/programs/acquire.ts',
  ],
  "a function that is parked": [
    async (sim) => {
      void park();
      await sim.io("request");
    },
    "async function park is still parked at an await\n       parked at park (zoo/leaks/simulated.test.ts",
  ],
  "reactions on a promise that lives on": [
    async (sim) => {
      for (let i = 0; i < 3; i += 1) await Promise.race([sim.io("request"), never]);
    },
    "3 reactions (Promise.race) still hang on a promise that lives on",
  ],
};

const ordinary: Readonly<Record<string, (sim: Sim) => unknown>> = {
  "activities, requests and sleeps": async (sim) => {
    const client = (name: string) =>
      sim.spawn(name, async () => {
        await sim.io("request");
        await sleep(100);
        await new Promise((resolve) => setTimeout(resolve, 100));
      });
    await Promise.all([client("a"), client("b")]);
  },
  "a sleep that is cancelled": async (sim) => {
    const caller = new AbortController();
    sim.anytime("abort", () => caller.abort());
    await sleep(1_000, undefined, { signal: caller.signal }).catch(() => {});
  },
  "signals of timeouts, with a listener on them": async (sim) => {
    const signal = AbortSignal.any([shutdown.signal, AbortSignal.timeout(1_000)]);
    AbortSignal.timeout(1_000).addEventListener("abort", () => {});
    await sleep(100, undefined, { signal });
    await sim.io("request");
  },
  "setInterval with a break": async () => {
    let ticks = 0;
    for await (const _ of every(1_000)) {
      ticks += 1;
      if (ticks === 3) break;
    }
  },
  "a job of the test's own, listening to the signal that it was handed": async (sim) => {
    shutdown.signal.addEventListener("abort", noop);
    shutdown.signal.removeEventListener("abort", noop);
    await runJob(async (signal) => {
      signal.addEventListener("abort", () => {});
      await sim.io("request");
    });
  },
  "a listener that is taken away": async (sim) => {
    const caller = new AbortController();
    sim.anytime("abort", () => caller.abort());
    await acquireAndTidy(caller.signal).catch(() => {});
  },
};

describe("inside a simulation", () => {
  it.each(Object.entries(buggy))("finds %s", async (_, [scenario, text]) => {
    const error = await explore(scenario).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ScheduleError);
    expect((error as ScheduleError).kind).toBe("leak");
    expect((error as ScheduleError).message).toContain(text);
  });

  it.each(Object.entries(ordinary))("reports nothing on %s", async (_, scenario) => {
    await explore(scenario, { leaks: 50, maxSchedules: 50 });
    await simulate(scenario);
  });
});
