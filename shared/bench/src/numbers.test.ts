import { describe, expect, it } from "vitest";
import { durationText, memoryText, rateText, ratioText } from "./numbers.ts";

describe("numbers in words", () => {
  it("gives ratios two to three digits", () => {
    expect([0.0123, 0.099, 0.0995, 0.712, 1, 9.994, 9.996, 99.94, 99.96, 1_234].map(ratioText)).toEqual([
      ...["0.012", "0.099", "0.10", "0.71", "1.00", "9.99", "10.0", "99.9", "100", "1,234"],
    ]);
  });

  it("gives times the unit that fits", () => {
    expect([0.4, 103.2, 999.4, 999.6, 1_620, 12_345_678, 1.2e9, 9e10].map(durationText)).toEqual([
      ...["0.40 ns", "103 ns", "999 ns", "1.00 µs", "1.62 µs", "12.3 ms", "1.20 s", "90.0 s"],
    ]);
  });

  it("gives rates and memory", () => {
    expect([0.5, 99, 950, 61_743, 999_999, 2.19e6, 2.5e9].map(rateText)).toEqual([
      ...["0.50", "99.0", "950", "61,700", "1,000,000", "2.19 M", "2.50 G"],
    ]);
    expect([0, 0.44, 9.94, 9.96, 1_500].map(memoryText)).toEqual([
      ...["0.0 MB", "0.4 MB", "9.9 MB", "10 MB", "1,500 MB"],
    ]);
  });
});
