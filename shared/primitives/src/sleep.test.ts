import { getEventListeners } from "node:events";
import { explore, noLeaks, simulate } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";
import { sleep } from "./sleep.ts";

describe("sleep", () => {
  it.each([1, 1_000, 2 ** 31, 100 * 24 * 60 * 60 * 1_000])("takes %s ms", async (ms) => {
    await simulate(async (sim) => {
      await sleep(ms);
      expect(sim.now()).toBe(ms);
    });
  });

  it.each([0, -5, -Infinity])("takes one turn of the timers for %s ms", async (ms) => {
    await simulate(async (sim) => {
      await sleep(ms);
      expect(sim.now()).toBeLessThanOrEqual(1);
    });
  });

  it("rejects with RangeError for what is not a number", async () => {
    await expect(sleep(Number.NaN)).rejects.toThrow(RangeError);
    await expect(sleep("5" as unknown as number)).rejects.toThrow(
      new RangeError('Cannot sleep: ms must be a number of milliseconds, got "5"'),
    );
  });

  it("rejects with the identical reason, as soon as the signal aborts", async () => {
    await simulate(async (sim) => {
      const reason = { why: "breakfast" };
      const controller = new AbortController();
      const nap = sleep(60_000, { signal: controller.signal });
      controller.abort(reason);
      await expect(nap).rejects.toBe(reason);
      expect(sim.now()).toBe(0);
    });
  });

  it("does not begin under a signal that has aborted", async () => {
    await noLeaks(() => expect(sleep(60_000, { signal: AbortSignal.abort("late") })).rejects.toBe("late"));
  });

  it("sleeps until the abort if for Infinity, without a timer", async () => {
    await simulate(async () => {
      const controller = new AbortController();
      const hibernation = sleep(Infinity, { signal: controller.signal });
      await sleep(1e9);
      controller.abort("spring");
      await expect(hibernation).rejects.toBe("spring");
    });
  });

  it("ends one way only, whenever the abort comes, and leaves no listener and no timer", async () => {
    await explore(async (sim) => {
      const controller = new AbortController();
      sim.anytime("abort", () => controller.abort("woken"));
      const slept = sleep(10, { signal: controller.signal });
      const [outcome] = await Promise.allSettled([slept]);
      if (outcome.status === "rejected") expect(outcome.reason).toBe("woken");
      expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
    });
  });

  it("leaves nothing on a long-lived signal after 10,000 naps", async () => {
    const { signal } = new AbortController();
    const nap = () => sleep(1, { signal });
    const naps = async () => {
      for (let round = 0; round < 100; round += 1) await Promise.all(Array.from({ length: 100 }, nap));
    };
    await simulate(naps, { maxEvents: 20_000 });
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
});
