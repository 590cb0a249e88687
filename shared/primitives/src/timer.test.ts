import { simulate } from "@pattern-labs/testkit";
import { describe, expect, it, vi } from "vitest";
import { sleep } from "./sleep.ts";
import { startTimer } from "./timer.ts";

describe("startTimer", () => {
  it("fires once, when its time has come", async () => {
    await simulate(async () => {
      const fired = vi.fn();
      startTimer(10, fired);
      await sleep(9);
      expect(fired).not.toHaveBeenCalled();
      await sleep(100);
      expect(fired).toHaveBeenCalledOnce();
    });
  });

  it("does not fire once stopped, be it in the second stretch of a long wait", async () => {
    await simulate(async () => {
      const fired = vi.fn();
      const stop = startTimer(2 ** 32, fired);
      await sleep(2 ** 31 + 5);
      stop();
      stop();
      await sleep(2 ** 33);
      expect(fired).not.toHaveBeenCalled();
    });
  });

  it("starts no timer for Infinity", async () => {
    await simulate(() => startTimer(Infinity, () => expect.unreachable()));
  });

  it.each([Number.NaN, undefined, "5"])("throws RangeError for %s", (ms) => {
    expect(() => startTimer(ms as number, () => {})).toThrow(RangeError);
  });
});
