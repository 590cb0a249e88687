import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { paintFor, plain } from "../paint.ts";
import { twoTexts } from "./columns.ts";

const left = { title: "mine", lines: ["one", "// why", `${"a ".repeat(50)}end`] };
const right = { title: "theirs", lines: ["eins"] };

describe("twoTexts", () => {
  it.each([120, 140, 200])("stand side by side from 120 columns on: %d", (width) => {
    const lines = twoTexts(left, right, { paint: paintFor(true), width }).map(stripVTControlCharacters);
    expect(lines[0]).toMatch(/^mine +│ theirs$/);
    expect(lines[1]).toMatch(/^one +│ eins$/);
    expect(new Set(lines.map((line) => line.indexOf("│"))).size).toBe(1);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
  });

  it.each([20, 80, 119])("stand below each other in %d columns, and never wider", (width) => {
    const lines = twoTexts(left, right, { paint: plain, width });
    expect(lines.indexOf("mine")).toBeLessThan(lines.indexOf("theirs"));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
  });

  it("folds a long line further in, so that it does not look like two", () => {
    const lines = twoTexts(left, right, { paint: plain, width: 40 });
    expect(lines.filter((line) => line.startsWith("    a ")).length).toBeGreaterThan(0);
  });
});
