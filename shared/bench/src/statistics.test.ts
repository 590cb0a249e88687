import { expect, it } from "vitest";
import { relativeWidth, spreadOf } from "./statistics.ts";

it("spreadOf interpolates between neighbours", () => {
  expect(spreadOf([4, 1, 3, 2])).toEqual({ median: 2.5, lower: 1.75, upper: 3.25 });
  expect(spreadOf([7])).toEqual({ median: 7, lower: 7, upper: 7 });
  expect(spreadOf([])).toBeUndefined();
});

it("relativeWidth is the middle half as a part of the median", () => {
  expect(relativeWidth({ median: 10, lower: 9, upper: 12 })).toBeCloseTo(0.3);
  expect(relativeWidth({ median: 0, lower: 0, upper: 0 })).toBe(0);
});
