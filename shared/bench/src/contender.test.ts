import { expect, it } from "vitest";
import { rotated } from "./contender.ts";

it("rotated lets everybody go first in turn", () => {
  expect([0, 1, 2, 3].map((round) => rotated(["A", "B", "C"], round).join(""))).toEqual([
    "ABC",
    "BCA",
    "CAB",
    "ABC",
  ]);
  expect(rotated([], 3)).toEqual([]);
});
