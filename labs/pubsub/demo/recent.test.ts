import { describe, expect, it } from "vitest";
import { Recent } from "./recent.ts";

const entry = (number: number) => ({ number, topic: "a", frame: Buffer.alloc(10) });
const room = { keep: 4, keepBytes: 1_000 };

function recentOf(numbers: readonly number[], more = {}): Recent {
  const recent = new Recent({ ...room, ...more }, 0);
  for (const number of numbers) recent.take(entry(number));
  return recent;
}

const readingOf = (recent: Recent, place: number, most = 10) => {
  const { missed, entries } = recent.after(place, most);
  return [missed, ...entries.map(({ number }) => number)];
};

describe("Recent", () => {
  it("has nothing before the first is taken, and goes on after the number that it was given", () => {
    const recent = new Recent(room, 7);
    expect([recent.first, recent.last, readingOf(recent, 7), readingOf(recent, 3)]).toEqual([8, 7, [0], [4]]);
    recent.take(entry(8));
    expect([recent.first, recent.last, readingOf(recent, 7), readingOf(recent, 8)]).toEqual([
      8,
      8,
      [0, 8],
      [0],
    ]);
  });

  it("tells a gap between two numbers where it is, and how many are gone", () => {
    const recent = recentOf([1, 2, 5, 6]);
    expect(readingOf(recent, 0)).toEqual([0, 1, 2]);
    expect(readingOf(recent, 2)).toEqual([2, 5, 6]);
    expect(readingOf(recent, 3)).toEqual([1, 5, 6]);
    expect(readingOf(recent, 4, 1)).toEqual([0, 5]);
    expect(readingOf(recent, 6)).toEqual([0]);
  });

  it("forgets the oldest, over a gap as well, by number and by size", () => {
    const recent = recentOf([1, 2, 5, 6, 7, 8]);
    expect([recent.first, recent.last, readingOf(recent, 0)]).toEqual([5, 8, [4, 5, 6, 7, 8]]);
    expect(readingOf(recentOf([1, 2, 9, 10], { keepBytes: 25 }), 0)).toEqual([8, 9, 10]);
    expect(readingOf(recentOf([1, 2], { keepBytes: 1 }), 0)).toEqual([1, 2]); // The newest stays.
  });
});
