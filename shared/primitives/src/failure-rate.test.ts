import { simulate } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";
import { FailureRate } from "./failure-rate.ts";
import { sleep } from "./sleep.ts";

describe("FailureRate", () => {
  it("is too high from its share on, and not before there are enough calls to tell", () => {
    const rate = new FailureRate({ atLeast: 0.5, windowMs: Infinity, minimumCalls: 4 });
    for (const outcome of ["failure", "failure", "failure"] as const) rate.record(outcome);
    expect(rate.isTooHigh()).toBe(false);
    rate.record("success");
    expect(rate.isTooHigh()).toBe(true);
    for (let call = 0; call < 3; call += 1) rate.record("success");
    expect(rate.counts()).toEqual({ calls: 7, failures: 3 });
    expect(rate.isTooHigh()).toBe(false);
  });

  it("counts what is within the window, to a tenth of it, and forgets the rest", async () => {
    await simulate(async () => {
      const rate = new FailureRate({ atLeast: 0.5, windowMs: 1_000, minimumCalls: 1 });
      for (let tenth = 0; tenth < 10; tenth += 1) {
        rate.record("failure");
        expect(rate.counts()).toEqual({ calls: tenth + 1, failures: tenth + 1 });
        await sleep(100);
      }
      for (let left = 9; left >= 0; left -= 1) {
        expect(rate.counts()).toEqual({ calls: left, failures: left });
        await sleep(100);
      }
      expect(rate.isTooHigh()).toBe(false);
    });
  });

  it("counts anew after a pause that is longer than the window", async () => {
    await simulate(async () => {
      const rate = new FailureRate({ atLeast: 0.5, windowMs: 1_000, minimumCalls: 1 });
      rate.record("failure");
      await sleep(60_000);
      rate.record("success");
      expect(rate.counts()).toEqual({ calls: 1, failures: 0 });
    });
  });

  it("forgets all when it is cleared", () => {
    const rate = new FailureRate({ atLeast: 0.5, windowMs: 1_000, minimumCalls: 1 });
    rate.record("failure");
    rate.clear();
    expect(rate.counts()).toEqual({ calls: 0, failures: 0 });
  });

  it.each([
    [{ atLeast: 0 }, "atLeast must be a number above 0 and at most 1, got 0"],
    [{ atLeast: 1.1 }, "atLeast must be a number above 0 and at most 1, got 1.1"],
    [{ windowMs: 0 }, "windowMs must be a positive number of milliseconds, got 0"],
    [{ windowMs: Number.NaN }, "windowMs must be a positive number of milliseconds, got NaN"],
    [{ minimumCalls: 0 }, "minimumCalls must be a whole number from 1, got 0"],
    [{ minimumCalls: "5" as unknown as number }, 'minimumCalls must be a whole number from 1, got "5"'],
  ])("throws RangeError for %s", (wrong, message) => {
    const make = () => new FailureRate({ atLeast: 0.5, windowMs: 1_000, minimumCalls: 10, ...wrong });
    expect(make).toThrow(new RangeError(`Cannot create FailureRate: ${message}`));
  });
});
