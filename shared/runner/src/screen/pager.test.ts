import { describe, expect, it } from "vitest";
import { plain } from "../paint.ts";
import { fitFrame } from "./frame.ts";
import { moved, pagerFrame } from "./pager.ts";

const bounds = {
  sections: 3,
  page: 10,
  limit: ({ section }: { section: number }) => [0, 25, 0][section] ?? 0,
};
const view79 = { paint: plain, width: 79 };
const at = (section: number, scroll = 0) => ({ section, scroll });

describe("moved", () => {
  it.each([
    ["right", at(0), at(1)],
    ["right", at(2), at(2)],
    ["left", at(1, 7), at(0)],
    ["left", at(0), at(0)],
    ["down", at(1, 3), at(1, 4)],
    ["up", at(1, 0), at(1, 0)],
    ["page down", at(1, 0), at(1, 10)],
    ["page down", at(1, 20), at(1, 25)],
    ["page down", at(1, 25), at(2)],
    ["page down", at(2), at(2)],
    ["page up", at(1, 3), at(1, 0)],
    ["w", at(1, 3), at(1, 3)],
    ["up", at(1, 99), at(1, 24)],
  ])("%s leads from %j to %j", (key, from, to) => {
    expect(moved(from, key, bounds)).toEqual(to);
  });
});

describe("pagerFrame", () => {
  const sections = [
    { title: "sizes", lines: () => ["one", "two"] },
    { title: "submit", lines: () => Array.from({ length: 50 }, (_, n) => `line ${n} ${"long ".repeat(30)}`) },
  ];

  it("says what is shown, how much there is, and which keys help", () => {
    const text = fitFrame(pagerFrame("compare", sections, 0, view79), 0, 24, view79);
    expect(text).toMatch(/^compare · sizes +1 of 2\n─+\none\ntwo\n/);
    expect(text).toContain("q quit");
  });

  it.each([80, 40, 24])("keeps every key whole in %d columns", (columns) => {
    const { foot } = pagerFrame("compare", sections, 0, { paint: plain, width: columns - 1 });
    for (const key of ["→ next", "← back", "↑↓ scroll", "space read on", "q quit"]) {
      expect(foot.some((line) => line.includes(key))).toBe(true);
    }
    expect(foot.join("")).not.toContain("…");
  });

  it.each([
    [80, 24],
    [40, 12],
    [12, 3],
    [140, 40],
  ])("fits %d columns and %d rows", (columns, rows) => {
    const view = { paint: plain, width: Math.max(10, columns - 1) };
    const lines = fitFrame(pagerFrame("compare", sections, 1, view), 5, rows, view).split("\n");
    expect(lines).toHaveLength(rows);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(columns);
  });
});
