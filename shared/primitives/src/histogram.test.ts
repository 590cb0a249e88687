import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { show } from "./arguments/show.ts";
import { Histogram } from "./histogram.ts";

describe("new Histogram", () => {
  it.each([
    { lowest: 0 },
    { lowest: Number.NaN },
    { lowest: 10, highest: 10 },
    { highest: Infinity },
    { relativeError: 0 },
    { relativeError: 1 },
    { relativeError: Number.NaN },
  ])("throws RangeError for %s", (options) => {
    expect(() => new Histogram(options)).toThrow(/^Cannot create Histogram: .* got /);
  });
});

describe("Histogram.record", () => {
  it.each([-1, Number.NaN, Infinity, "5" as unknown as number])("throws RangeError for %s", (value) => {
    const histogram = new Histogram();
    expect(() => histogram.record(value)).toThrow(
      new RangeError(
        `Cannot record in Histogram: value must be a finite number of at least 0, got ${show(value)}`,
      ),
    );
    expect(histogram.count).toBe(0);
  });

  it("counts what is out of range at the bound that it went past, and says how many that were", () => {
    const histogram = new Histogram({ lowest: 1, highest: 100 });
    for (const value of [0, 0.5, 10, 1e6, 1e7, 1e7]) histogram.record(value);
    expect([histogram.below, histogram.above]).toEqual([2, 3]);
    expect([histogram.min, histogram.max, histogram.count]).toEqual([0, 1e7, 6]);
    expect(histogram.percentile(75)).toBeGreaterThan(99);
    expect(histogram.percentile(75)).toBeLessThan(101);
  });

  it("takes zero", () => {
    const histogram = new Histogram();
    histogram.record(0);
    histogram.record(0);
    histogram.record(0);
    expect(histogram.percentile(50)).toBe(0);
    expect(histogram.below).toBe(3);
  });
});

describe("Histogram.percentile", () => {
  it("knows nothing of an empty histogram", () => {
    const histogram = new Histogram();
    expect([histogram.percentile(50), histogram.min, histogram.max, histogram.mean]).toEqual(
      Array(4).fill(Number.NaN),
    );
  });

  it.each([-0.1, 100.1, Number.NaN, "50" as unknown as number])("throws RangeError for %s", (percent) => {
    expect(() => new Histogram().percentile(percent)).toThrow(
      new RangeError(
        `Cannot tell a percentile of Histogram: percent must be a number from 0 to 100, got ${show(percent)}`,
      ),
    );
  });

  it("does not round up to the next rank: the 999th of 1,000 is the 99.9th percentile", () => {
    const histogram = new Histogram();
    for (let index = 0; index < 999; index += 1) histogram.record(1);
    histogram.record(1_000);
    expect(histogram.percentile(99.9)).toBeLessThan(1.01);
    expect(histogram.percentile(99.91)).toBe(1_000);
  });

  it("is within the relative error of the nearest rank of the sorted values, for any values", () => {
    const value = fc.double({ min: 0.001, max: 3_600_000, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 200 }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        fc.constantFrom(0.1, 0.01, 0.001, 0.0001),
        (values, percent, relativeError) => {
          const histogram = new Histogram({ relativeError });
          for (const each of values) histogram.record(each);
          const sorted = values.toSorted((a, b) => a - b);
          const exact = sorted[Math.max(1, Math.ceil((percent * values.length) / 100)) - 1] as number;
          const told = histogram.percentile(percent);
          expect(Math.abs(told - exact)).toBeLessThanOrEqual(relativeError * exact);
          expect([histogram.below, histogram.above]).toEqual([0, 0]);
        },
      ),
    );
  });
});

describe("Histogram.merge", () => {
  it("is as if all had been recorded in one, for any values", () => {
    const values = fc.array(fc.nat(1e7), { maxLength: 50 });
    fc.assert(
      fc.property(values, values, (mine, theirs) => {
        const [one, other, both] = [new Histogram(), new Histogram(), new Histogram()];
        for (const value of mine) one.record(value);
        for (const value of theirs) other.record(value);
        for (const value of [...mine, ...theirs]) both.record(value);
        const before = JSON.stringify(other);
        one.merge(other);
        expect(one.toJSON()).toEqual(both.toJSON());
        expect([one.below, one.above]).toEqual([both.below, both.above]);
        expect(JSON.stringify(other)).toBe(before);
      }),
    );
  });

  it("throws RangeError if they do not count alike", () => {
    expect(() => new Histogram().merge(new Histogram({ highest: 10 }))).toThrow(
      new RangeError("Cannot merge into Histogram: the other's highest must be the same, 3600000, got 10"),
    );
  });
});

describe("Histogram.reset", () => {
  it("makes it as new", () => {
    const histogram = new Histogram();
    for (const value of [0, 5, 1e9]) histogram.record(value);
    histogram.reset();
    expect(histogram.toJSON()).toEqual(new Histogram().toJSON());
    expect([histogram.below, histogram.above]).toEqual([0, 0]);
    histogram.record(2);
    expect(histogram.percentile(50)).toBe(2);
  });
});

describe("Histogram.toJSON", () => {
  it("gives null for what is unknown, and numbers otherwise", () => {
    const histogram = new Histogram();
    expect(histogram.toJSON()).toMatchObject({ count: 0, min: null, mean: null, p99: null, max: null });
    for (const value of [1, 3]) histogram.record(value);
    expect(histogram.toJSON()).toEqual({
      count: 2,
      min: 1,
      mean: 2,
      p50: 1,
      p90: 3,
      p99: 3,
      p999: 3,
      max: 3,
    });
  });
});
