import { describe, expect, it } from "vitest";
import { LineFinder, PatternTooSlowError } from "./find-lines.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function search(pattern: RegExp, ...pieces: readonly (string | Uint8Array)[]) {
  const finder = new LineFinder(pattern);
  const found = pieces.flatMap((piece) => finder.find(typeof piece === "string" ? bytes(piece) : piece));
  return [...found, ...finder.end()].map(({ line, text, at, length }) => [line, text, at, length]);
}

describe("LineFinder", () => {
  it("finds lines, and where in them", () => {
    expect(search(/be+/, "to be\nor not\nto bee")).toEqual([
      [1, "to be", 3, 2],
      [3, "to bee", 3, 3],
    ]);
  });

  it("takes no line apart that comes in pieces", () => {
    expect(search(/be/, "to ", "b", "e\nor", " not\n", "b", "e")).toEqual([
      [1, "to be", 3, 2],
      [3, "be", 0, 2],
    ]);
  });

  it("takes no character apart that comes in pieces", () => {
    const [first, second] = [bytes("ü").subarray(0, 1), bytes("ü").subarray(1)];
    expect(search(/ü$/, first, second)).toEqual([[1, "ü", 0, 1]]);
  });

  it("ends a line before a carriage return as well", () => {
    expect(search(/be$/, "to be\r\n")).toEqual([[1, "to be", 3, 2]]);
  });

  it("searches what is too long for a line only at its beginning, and goes on with the next", () => {
    const long = "x".repeat(50_000);
    const found = search(/end/, long, long, "end\n", "end");
    expect(found.map(([line, , at]) => [line, at])).toEqual([[2, 0]]);
  });

  it("gives up a pattern that tries too many ways", () => {
    expect(() => search(/(a+)+b/, `${"a".repeat(60)}\n`)).toThrow(PatternTooSlowError);
  });
});
