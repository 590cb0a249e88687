import { describe, expect, it } from "vitest";
import { Gauge } from "./gauge.ts";

const held = () => Promise.withResolvers<void>();

describe("Gauge", () => {
  it("tells how many have begun, how many run now, and how many did at most", async () => {
    const gauge = new Gauge();
    const [first, second, third] = [held(), held(), held()];
    const one = gauge.during(() => first.promise);
    const two = gauge.during(() => second.promise);
    expect(gauge).toMatchObject({ runs: 2, running: 2, peak: 2 });
    first.resolve();
    await one;
    const three = gauge.during(() => third.promise);
    expect(gauge).toMatchObject({ runs: 3, running: 2, peak: 2 });
    second.resolve();
    third.resolve();
    await Promise.all([two, three]);
    expect(gauge).toMatchObject({ runs: 3, running: 0, peak: 2 });
    await gauge.during(async () => {});
    expect(gauge).toMatchObject({ runs: 4, running: 0, peak: 2 });
  });

  it("hands on what the work gives, and what it fails with", async () => {
    const gauge = new Gauge();
    expect(await gauge.during(async () => 7)).toBe(7);
    const broken = new Error("broken");
    await expect(gauge.during(() => Promise.reject(broken))).rejects.toBe(broken);
    const thrower = () => {
      throw broken;
    };
    await expect(gauge.during(thrower)).rejects.toBe(broken);
    expect(gauge).toMatchObject({ runs: 3, running: 0 });
  });
});
