import { noLeaks, simulate } from "@pattern-labs/testkit";
import { afterEach, describe, expect, it, vi } from "vitest";
import { BurstClock } from "./burst-clock.ts";
import { sleep } from "./sleep.ts";

describe("BurstClock.now", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("reads the clock once in sixteen in a burst, and right after an await", async () => {
    let realMs = 5;
    const now = vi.spyOn(performance, "now").mockImplementation(() => {
      realMs += 0.0001;
      return realMs;
    });
    const clock = new BurstClock();
    for (let reading = 0; reading < 1_000; reading += 1) clock.now();
    expect(now.mock.calls.length).toBeLessThan(100);
    await undefined;
    realMs = 1_000;
    expect(clock.now()).toBeCloseTo(1_000);
  });

  it("reads it each time where readings are far apart, even without an await", () => {
    let realMs = 0;
    vi.spyOn(performance, "now").mockImplementation(() => {
      realMs += 1;
      return realMs;
    });
    const clock = new BurstClock();
    for (let reading = 1; reading < 100; reading += 1) expect(clock.now()).toBe(reading);
  });

  it("reads it once in a stretch where quick stretches follow one another, each with an await", async () => {
    let realMs = 5;
    const now = vi.spyOn(performance, "now").mockImplementation(() => {
      realMs += 0.0001;
      return realMs;
    });
    const clock = new BurstClock();
    for (let stretch = 0; stretch < 100; stretch += 1) {
      for (let reading = 0; reading < 5; reading += 1) clock.now();
      await undefined;
    }
    expect(now.mock.calls.length).toBeLessThan(130);
    realMs = 1_000;
    expect(clock.now()).toBeCloseTo(1_000);
  });

  it("begins no burst that is not worth its end: with a reading or two between awaits it reads each time", async () => {
    let realMs = 5;
    const now = vi.spyOn(performance, "now").mockImplementation(() => {
      realMs += 0.0001;
      return realMs;
    });
    const clock = new BurstClock();
    for (let stretch = 0; stretch < 100; stretch += 1) {
      clock.now();
      await undefined;
    }
    expect(now.mock.calls.length).toBe(100);
    for (let reading = 0; reading < 10; reading += 1) clock.now();
    expect(now.mock.calls.length).toBe(110); // It has to be quick for a while again.
  });

  it("sees a jump of a clock that otherwise stands still, without an await", () => {
    let fakeMs = 0;
    vi.spyOn(performance, "now").mockImplementation(() => fakeMs);
    const clock = new BurstClock();
    for (let reading = 0; reading < 1_000; reading += 1) clock.now();
    fakeMs = 60_000;
    expect(clock.now()).toBe(60_000);
  });

  it("is the simulated time", async () => {
    await simulate(async (sim) => {
      const clock = new BurstClock();
      const start = clock.now();
      await sleep(60_000);
      expect(clock.now() - start).toBe(sim.now());
    });
  });

  it("never goes back, and leaves nothing behind", async () => {
    await noLeaks(async () => {
      const clock = new BurstClock();
      let last = clock.now();
      for (let reading = 0; reading < 10_000; reading += 1) {
        const next = clock.now();
        expect(next >= last).toBe(true);
        last = next;
      }
    });
  });
});
