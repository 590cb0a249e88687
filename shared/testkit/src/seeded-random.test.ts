import { describe, expect, it } from "vitest";
import { seededRandom } from "./seeded-random.ts";

const first = (count: number, random: () => number) => Array.from({ length: count }, random);

describe("seededRandom", () => {
  it("gives the same numbers for the same seed, everywhere", () => {
    expect(first(3, seededRandom(1))).toEqual([0.6270739405881613, 0.002735721180215478, 0.5274470399599522]);
  });

  it("gives other numbers for another seed", () => {
    expect(first(3, seededRandom(2))).not.toEqual(first(3, seededRandom(1)));
  });

  it("spreads them evenly over 0 to 1, without 1", () => {
    const numbers = first(10_000, seededRandom(7));
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(1);
    for (let tenth = 0; tenth < 10; tenth += 1) {
      expect(numbers.filter((number) => Math.floor(number * 10) === tenth).length).toBeGreaterThan(900);
    }
  });
});
