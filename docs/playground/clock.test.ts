import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SimulatedClock } from "./clock.ts";

/** The globals that `install` replaces, to be put back. */
const kept = [
  "setTimeout",
  "setInterval",
  "setImmediate",
  "clearTimeout",
  "clearInterval",
  "clearImmediate",
  "Date",
];

describe("SimulatedClock", () => {
  let clock: SimulatedClock;
  const real = Object.fromEntries(kept.map((name) => [name, Reflect.get(globalThis, name)]));
  const { now } = performance;
  const { timeout } = AbortSignal;

  beforeEach(() => {
    clock = new SimulatedClock();
    clock.install();
  });
  afterEach(() => {
    Object.assign(globalThis, real);
    performance.now = now;
    AbortSignal.timeout = timeout;
  });

  it("fires timers in the order in which they are due, and those due together in the order of arming", async () => {
    const fired: string[] = [];
    setTimeout(() => fired.push("20"), 20);
    setTimeout(() => fired.push("10, first"), 10);
    setTimeout(() => fired.push("10, second"), 10);
    setImmediate(() => fired.push("at once"));
    await clock.advance(15);
    expect(fired).toEqual(["at once", "10, first", "10, second"]);
    await clock.advance(5);
    expect(fired.at(-1)).toBe("20");
  });

  it("lets everything follow that needs no time, before the next timer fires", async () => {
    const seen: string[] = [];
    setTimeout(async () => {
      for (let turn = 0; turn < 5; turn += 1) await undefined;
      seen.push("what followed");
    }, 10);
    setTimeout(() => seen.push("the next"), 10);
    await clock.advance(10);
    expect(seen).toEqual(["what followed", "the next"]);
  });

  it("shows the same time by each clock", async () => {
    const began = Date.now();
    await clock.advance(1_500);
    expect([performance.now(), Date.now() - began]).toEqual([1_500, 1_500]);
    expect(new Date().toISOString()).toBe(new Date(began + 1_500).toISOString());
    expect(new Date(0).toISOString()).toBe("1970-01-01T00:00:00.000Z");
  });

  it("gives the same run in one stride and in many", async () => {
    const moments = async (strides: number) => {
      const one = new SimulatedClock();
      one.install();
      const at: number[] = [];
      const again = () => {
        at.push(performance.now());
        setTimeout(again, 7);
      };
      setTimeout(again, 7);
      for (let stride = 0; stride < strides; stride += 1) await one.advance(100 / strides);
      return at;
    };
    expect(await moments(37)).toEqual(await moments(1));
  });

  it("repeats an interval until it is cleared, also from within", async () => {
    let fired = 0;
    const interval = setInterval(() => {
      fired += 1;
      if (fired === 3) clearInterval(interval);
    }, 10);
    await clock.advance(100);
    expect([fired, clock.next]).toEqual([3, Number.POSITIVE_INFINITY]);
  });

  it("has timers as Node has them: ref, unref, refresh, disposal, and a millisecond at least", async () => {
    let fired = 0;
    const timer = setTimeout(() => {
      fired += 1;
    }, 10);
    expect([timer.unref() === timer, timer.hasRef()]).toEqual([true, true]);
    await clock.advance(5);
    timer.refresh();
    await clock.advance(9);
    expect(fired).toBe(0);
    await clock.advance(1);
    expect([fired, timer.hasRef()]).toEqual([1, false]);
    {
      using _ = setTimeout(() => {
        fired += 1;
      });
      expect(clock.next - clock.now).toBe(1);
    }
    await clock.advance(10);
    expect(fired).toBe(1);
  });

  it("aborts by AbortSignal.timeout when the time has come", async () => {
    const signal = AbortSignal.timeout(50);
    await clock.advance(49);
    expect(signal.aborted).toBe(false);
    await clock.advance(1);
    expect(signal.reason).toMatchObject({ name: "TimeoutError" });
  });

  it("stands still as soon as it is told that all is over", async () => {
    let isOver = false;
    setTimeout(() => {
      isOver = true;
    }, 30);
    await clock.advance(1_000, () => isOver);
    expect(clock.now).toBe(30);
  });

  it("forgets what waits", async () => {
    let fired = false;
    setTimeout(() => {
      fired = true;
    }, 10);
    clock.forget();
    await clock.advance(20);
    expect(fired).toBe(false);
  });
});
