import { describe, expect, it } from "vitest";
import { simulate } from "./explore.ts";
import { isPending } from "./is-pending.ts";

describe("isPending", () => {
  it("is false for what has settled, either way", async () => {
    expect(await isPending(Promise.resolve())).toBe(false);
    const rejected = Promise.reject(new Error("no"));
    expect(await isPending(rejected)).toBe(false);
  });

  it("is false for what settles after any number of microtasks and ticks", async () => {
    const slow = async () => {
      for (let i = 0; i < 1_000; i += 1) await null;
      await new Promise<void>((resolve) => process.nextTick(resolve));
    };
    expect(await isPending(slow())).toBe(false);
  });

  it("is true for what waits for something outside, or for nothing at all", async () => {
    const timer = Promise.withResolvers<void>();
    const handle = setTimeout(timer.resolve, 60_000);
    expect(await isPending(timer.promise)).toBe(true);
    expect(await isPending(new Promise(() => {}))).toBe(true);
    clearTimeout(handle);
  });

  it("lets no simulated time pass", async () => {
    await simulate(async (sim) => {
      const sleeping = new Promise((resolve) => setTimeout(resolve, 1));
      expect(await isPending(sleeping)).toBe(true);
      expect(sim.now()).toBe(0);
      await sleeping;
    });
  });

  it("takes a thenable", async () => {
    // biome-ignore lint/suspicious/noThenProperty: that is what is tested
    const thenable: PromiseLike<void> = { then: (settle) => Promise.resolve().then(settle) };
    expect(await isPending(thenable)).toBe(false);
  });
});
