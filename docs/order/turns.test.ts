import { describe, expect, it } from "vitest";
import { ordersOf } from "./race.ts";
import { inShort, inWords, positionsOf, turnsOf } from "./turns.ts";

describe("ordersOf", () => {
  it("gives each order once, with neighbours apart and together, and the ordinary one first", () => {
    expect(ordersOf(2).map(inShort)).toEqual(["A·B", "AB", "B·A", "BA"]);
    const three = ordersOf(3).map(inShort);
    expect([three.length, new Set(three).size, three[0]]).toEqual([24, 24, "A·B·C"]);
  });
});

describe("turnsOf", () => {
  it("takes what stands close together for one turn", () => {
    expect(inShort(turnsOf([10, 50, 90]))).toBe("A·B·C");
    expect(inShort(turnsOf([90, 50, 52]))).toBe("BC·A");
    expect(inShort(turnsOf([50, 50, 46]))).toBe("CAB");
  });

  it("gives back the order for which positions were made", () => {
    for (const turns of ordersOf(3)) expect(turnsOf(positionsOf(turns))).toEqual(turns);
  });
});

it("says an order in words", () => {
  expect(inWords([[0], [2, 1]])).toBe("A, then C and B in one turn");
});
