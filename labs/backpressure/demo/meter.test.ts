import { simulate } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";
import type { Counts } from "../contract.ts";
import { Meter } from "./meter.ts";

const none: Counts = {
  offered: 0,
  delivered: 0,
  dropped: 0,
  refused: 0,
  cancelled: 0,
  buffered: 0,
  waiting: 0,
};
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe("Meter", () => {
  it("counts for the load that lasts, and what comes after the last one for the whole only", async () => {
    await simulate(async () => {
      let counts = none;
      const meter = new Meter({ patienceMs: 100, counts: () => counts });
      meter.begin(1);
      counts = { ...none, offered: 10, dropped: 2, buffered: 3 };
      meter.write(40);
      meter.sample();
      await pause(500);
      meter.begin(2);
      counts = { ...none, offered: 30, dropped: 2, refused: 5, waiting: 1 };
      meter.write(100);
      meter.write(101);
      meter.sample();
      await pause(250);
      meter.end();
      counts = { ...none, offered: 99 };
      meter.write(5);

      expect(meter.levels()).toMatchObject([
        { load: 1, seconds: 0.5, arrived: 10, written: 1, inTime: 1, dropped: 2, refused: 0, p99Ms: 40 },
        {
          load: 2,
          seconds: 0.25,
          arrived: 20,
          written: 2,
          inTime: 1,
          dropped: 0,
          refused: 5,
          p50Ms: 100,
          p99Ms: 101,
        },
      ]);
      expect(meter.levels().map(({ samples }) => samples)).toEqual([
        [{ buffered: 3, waiting: 0 }],
        [{ buffered: 0, waiting: 1 }],
      ]);
      expect([meter.written, meter.inTime]).toEqual([4, 3]);
    });
  });

  it("knows no percentile of nothing, and no age below zero", async () => {
    await simulate(async () => {
      const meter = new Meter({ patienceMs: 100, counts: () => none });
      meter.begin(1);
      expect(meter.levels()[0]).toMatchObject({ p50Ms: undefined, p99Ms: undefined });
      meter.write(-3);
      expect(meter.levels()[0]).toMatchObject({ p50Ms: 0, inTime: 1 });
    });
  });
});
