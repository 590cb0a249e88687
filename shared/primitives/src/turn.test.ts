import { simulate } from "@pattern-labs/testkit";
import { describe, expect, it, vi } from "vitest";
import { sleep } from "./sleep.ts";
import { Turn } from "./turn.ts";

describe("Turn", () => {
  it("is due when a burst has lasted more than 8 ms, and over when the event loop has turned", async () => {
    await simulate(async () => {
      const turn = new Turn();
      await sleep(9);
      for (let step = 0; step < 64; step += 1) turn.step();
      let fired = false;
      setTimeout(() => {
        fired = true;
      }, 0);
      expect(turn.pending).toBeDefined();
      await turn.pending;
      await sleep(0);
      expect(fired).toBe(true);
      expect(turn.pending).toBeUndefined();
    });
  });

  it("is not due in a short burst, nor right after a turn", async () => {
    await simulate(async () => {
      const turn = new Turn();
      await sleep(8);
      for (let step = 0; step < 640; step += 1) turn.step();
      expect(turn.pending).toBeUndefined();
      await sleep(1);
      for (let step = 0; step < 64; step += 1) turn.step();
      await turn.pending;
      for (let step = 0; step < 640; step += 1) turn.step();
      expect(turn.pending).toBeUndefined();
    });
  });

  it("looks at the clock once in 64 steps", () => {
    const clock = vi.spyOn(performance, "now").mockReturnValue(0);
    const turn = new Turn();
    clock.mockClear();
    for (let step = 0; step < 6_400; step += 1) turn.step();
    expect(clock).toHaveBeenCalledTimes(100);
    clock.mockRestore();
  });

  it("keeps one turn, however long a burst goes on without waiting for it", async () => {
    let now = 0;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => now);
    const turn = new Turn();
    now = 9;
    for (let step = 0; step < 64; step += 1) turn.step();
    const { pending } = turn;
    now = 18;
    for (let step = 0; step < 640; step += 1) turn.step();
    clock.mockRestore();
    expect(turn.pending).toBe(pending);
    await pending;
    expect(turn.pending).toBeUndefined();
  });

  it("works where there is no setImmediate", async () => {
    vi.stubGlobal("setImmediate", undefined);
    const turn = new Turn();
    const started = performance.now();
    while (turn.pending === undefined && performance.now() - started < 1_000) turn.step();
    expect(turn.pending).toBeDefined();
    await turn.pending;
    expect(turn.pending).toBeUndefined();
    vi.unstubAllGlobals();
  });
});
