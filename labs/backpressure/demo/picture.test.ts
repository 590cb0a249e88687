import { describe, expect, it } from "vitest";
import { POLICIES } from "../given/policies.ts";
import { toChart } from "./chart.ts";
import { freeHeight } from "./chart-panels.ts";
import { FATES, fatesOf } from "./fates.ts";
import { toDepthTrace, toPage } from "./picture.ts";
import { figuresOf, levelOf, runOf } from "./testing.ts";

/** Whether each element is closed, by its own name and in order. */
function isWellFormed(xml: string): boolean {
  const open: string[] = [];
  for (const [, end, name = "", empty] of xml.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
    if (empty === "/") continue;
    if (end !== "/") open.push(name);
    else if (open.pop() !== name) return false;
  }
  return open.length === 0;
}

describe("toChart", () => {
  it.each([1, 3, 6])("draws %d policies side by side", (count) => {
    const svg = toChart(runOf(...POLICIES.slice(0, count).map((policy) => figuresOf(policy))));
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(isWellFormed(svg)).toBe(true);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    for (const policy of POLICIES.slice(0, count)) expect(svg).toContain(`>${policy}</text>`);
  });

  it("shows crosses for what was dropped, rings for what was told, hatches for those who wait", () => {
    const told = figuresOf("refuse", { levels: [levelOf(10, { dropped: 0, refused: 900 })] });
    const waits = figuresOf("block", {
      levels: [levelOf(10, { dropped: 0, samples: [{ buffered: 20, waiting: 9 }] })],
    });
    const looks = (svg: string) =>
      ["cross", "told", "waiting"].filter((look) => svg.includes(`class="${look}"`));
    expect(looks(toChart(runOf(figuresOf("drop-newest"))))).toEqual(["cross"]);
    expect(toChart(runOf(figuresOf("drop-newest")))).toMatch(/class="cross" d="[ML\d. -]+"/);
    expect(looks(toChart(runOf(told)))).toEqual(["told"]);
    expect(looks(toChart(runOf(waits)))).toEqual(["waiting"]);
  });

  it("draws what there is of a run that was stopped at once, or had nothing written", () => {
    const stopped = figuresOf("block", {
      levels: [levelOf(0.5, { samples: [], seconds: 0, producers: undefined })],
    });
    const silent = figuresOf("shed", {
      levels: [levelOf(0.5, { p50Ms: undefined, p99Ms: undefined, written: 0 })],
    });
    for (const run of [runOf(), runOf(stopped), runOf(silent)]) {
      expect(isWellFormed(toChart(run))).toBe(true);
      expect(toChart(run)).not.toMatch(/NaN|undefined|Infinity/);
    }
  });
});

describe("the label of the last p99", () => {
  it.each([
    ["above the curves", [60, 50], [90], 42],
    ["above a line on which it would lie", [60, 50], [90, 38], 34],
    ["above two such lines", [60, 50], [30, 38], 26],
    ["below where there is no room above", [60, 12], [90], 77],
    ["below a line there", [60, 12], [72], 83],
  ])("stands free: %s", (_, curves, lines, y) => {
    expect(freeHeight(curves, lines)).toBe(y);
    for (const line of lines) expect(line <= y - 10 || line >= y + 3).toBe(true);
  });
});

describe("the legend", () => {
  it("promises nothing that a policy breaks, and calls one thing by one name", () => {
    const svg = toChart(runOf(figuresOf("naive"), figuresOf("shed")));
    expect(svg).toContain("red: 500 ms: what is later is of no use");
    expect(svg).not.toContain("at the door"); // Some wait, others are turned away: that is not one place.
  });
});

describe("fatesOf", () => {
  it("counts each event that would have been sent once", () => {
    const fates = fatesOf(figuresOf("drop-newest"));
    expect(fates).toMatchObject({ "in time": 450, dropped: 1_400, "cut off": 0 });
    expect(FATES.reduce((sum, fate) => sum + fates[fate], 0)).toBe(1_850);
  });
});

describe("toPage", () => {
  it("holds the chart and the tables, and loads nothing", () => {
    const page = toPage(runOf(figuresOf("naive"), figuresOf("shed", { problem: "<script>" })));
    expect(page).toMatch(/<svg[\s\S]*<pre>100 events a second/);
    expect(page).not.toMatch(/<script|src=|@import|href=/);
  });
});

describe("toDepthTrace", () => {
  it("has the depths of every policy", () => {
    const trace = toDepthTrace(runOf(figuresOf("naive"), figuresOf("block")));
    expect(trace).toContain("block: buffered");
    expect(JSON.parse(trace).traceEvents.length).toBeGreaterThan(2 * 5);
  });
});
