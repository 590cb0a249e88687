import { describe, expect, it } from "vitest";
import { differenceOf } from "./difference.ts";

const SIGNS = { same: " ", gone: "-", new: "+", "left out": "." };

const shown = (before: string, after: string) =>
  differenceOf(before, after).map(
    ({ look, text, isMoved }) => `${SIGNS[look]}${text}${isMoved ? " (moved)" : ""}`,
  );

const text = (...lines: string[]) => lines.join("\n");

describe("differenceOf", () => {
  it("shows what stands around a line that has only moved, and that it has moved", () => {
    expect(shown(text("a", "  reset", "b", "c"), text("a", "b", "reset", "c"))).toEqual([
      " a",
      "-  reset (moved)",
      " b",
      "+reset (moved)",
      " c",
    ]);
  });

  it("leaves out what is far from every change", () => {
    const far = Array.from({ length: 20 }, (_, n) => `line ${n}`);
    expect(shown(text(...far, "old", ...far, "old"), text(...far, "new", ...far, "new"))).toEqual([
      " line 17",
      " line 18",
      " line 19",
      "-old",
      "+new",
      " line 0",
      " line 1",
      " line 2",
      ".⋯",
      " line 17",
      " line 18",
      " line 19",
      "-old",
      "+new",
    ]);
  });

  it("begins and ends with a line that holds something", () => {
    expect(shown(text("", "a", "old", ""), text("", "a", "new", ""))).toEqual([" a", "-old", "+new"]);
  });

  it("shows nothing where nothing differs", () => {
    expect(shown("a", "a")).toEqual([]);
  });
});
