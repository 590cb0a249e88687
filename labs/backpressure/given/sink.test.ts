import { simulate } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";
import { type Clock, openConnection } from "./sink.ts";

describe("openConnection", () => {
  it("takes so long for each event, and begins when it is asked", async () => {
    await simulate(async (sim) => {
      const write = openConnection(40);
      await write("one");
      expect(sim.now()).toBe(40);
      await write("two");
      expect(sim.now()).toBe(80);
      await new Promise((resolve) => setTimeout(resolve, 20));
      await write("three");
      expect(sim.now()).toBe(140);
    });
  });

  it("keeps its rate though its timers fire late", async () => {
    let now = 0;
    const lateClock: Clock = {
      now: () => now,
      sleep: async (ms) => {
        now += ms + 7;
      },
    };
    const write = openConnection(40, lateClock);
    for (let n = 0; n < 100; n += 1) await write(n);
    expect(now).toBe(4_007);
  });

  it("does not make up for more than one event", async () => {
    let now = 0;
    let stall = 1_000;
    const stalledClock: Clock = {
      now: () => now,
      sleep: async (ms) => {
        now += ms + stall;
        stall = 0;
      },
    };
    const write = openConnection(40, stalledClock);
    for (let n = 0; n < 4; n += 1) await write(n);
    expect(now).toBe(1_040 + 2 * 40);
  });
});
