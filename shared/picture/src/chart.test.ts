import { describe, expect, it } from "vitest";
import { type Bar, type BarPanel, type Chart, type LinePanel, toChart } from "./chart.ts";
import { complaintAbout } from "./testing-xml.ts";

const floor: Bar = { name: "loop", kind: "floor", ratio: 1 };
const ours: Bar = { name: "ours", kind: "ours", ratio: 2, middle: [1.8, 2.3] };

const barsOf = (...bars: readonly Bar[]): BarPanel => ({ title: "a run", bars, targets: [] });
const chartOf = (...panels: Chart["panels"]): Chart => ({ title: "Sum", notes: [], panels });

/** Where the bars begin and how long they are, in per cent of the width. */
function spansIn(svg: string): { from: number; length: number }[] {
  const bars = svg.matchAll(/class="bar \w+" y="18"[^>]* x="([\d.]+)%" width="([\d.]+)(?:%)?"/g);
  return Array.from(bars, ([, from, length]) => ({ from: Number(from), length: Number(length) }));
}

describe("toChart", () => {
  it("draws bars from 0, as long as the ratios are", () => {
    const [first, second] = spansIn(toChart(chartOf(barsOf(floor, ours))));
    expect(second?.from).toBe(first?.from);
    expect((second?.length ?? 0) / (first?.length ?? 1)).toBeCloseTo(2, 1);
  });

  it("draws them from the floor where the scale is logarithmic, and says so", () => {
    const quick: Bar = { name: "quick", kind: "ours", ratio: 0.1 };
    const slow: Bar = { name: "slow", kind: "peer", ratio: 10 };
    const svg = toChart(chartOf(barsOf(quick, floor, slow)));
    const [left, , right] = spansIn(svg);
    expect(svg).toContain("logarithmic: bars begin at the floor");
    expect((left?.from ?? 0) + (left?.length ?? 0)).toBeCloseTo(right?.from ?? 0, 0);
    expect(left?.length).toBeCloseTo(right?.length ?? 0, 0);
    expect(toChart(chartOf(barsOf(floor, ours)))).not.toContain("logarithmic");
  });

  it("shows the middle half, what failed, and a target that was missed", () => {
    const lame: Bar = { name: "lame", kind: "peer", failure: "it waits for ever" };
    const panel = {
      ...barsOf(floor, ours, lame),
      targets: [{ name: "ours", at: 1.5, reached: false, aim: "ours ≤ 1.5 × loop: 2" }],
    };
    const svg = toChart(chartOf(panel));
    expect(svg).toContain('<g class="whisker">');
    expect(svg).toContain("✗ it waits for ever</text>");
    expect(svg).toContain('<g class="target bad"><title>missed: ours ≤ 1.5 × loop: 2</title>');
    expect(svg).toContain("✗ ours ≤ 1.5 × loop: 2</text>");
  });

  it("says in words what a table says", () => {
    const desc = /<desc[^>]*>(.*)<\/desc>/.exec(toChart(chartOf(barsOf(floor, ours))))?.[1];
    expect(desc).toBe("a run: loop 1, the floor, ours 2 (1.8–2.3).");
    expect(toChart(chartOf(barsOf(floor)), { id: "sum" })).toMatch(
      /role="img" aria-labelledby="sum-title" aria-describedby="sum-desc">\n<title id="sum-title">Sum: .*\n<desc id="sum-desc">/,
    );
  });

  it("draws curves over sizes, and leaves out what was not measured", () => {
    const panel: LinePanel = {
      title: "N jobs",
      sizes: ["10", "100", "1,000"],
      floor: "a loop",
      curves: [
        { name: "ours", kind: "ours", points: [{ ratio: 1 }, { ratio: 2 }, { ratio: 4 }] },
        { name: "scan", kind: "peer", points: [{ ratio: 3 }, undefined, undefined] },
      ],
      targets: [{ name: "ours", size: 2, at: 3, reached: false, aim: "ours ≤ 3 × a loop: 4" }],
    };
    const svg = toChart(chartOf(panel));
    const [own = "", scan = ""] = svg.split('<g class="curve ').slice(1);
    expect(own.match(/<line x1/g)).toHaveLength(2);
    expect(own.match(/<title>/g)).toHaveLength(3);
    expect(scan.match(/<title>/g)).toHaveLength(1);
    expect(svg).toContain(
      "N jobs: ours 1 at 10, 2 at 100, 4 at 1,000; scan 3 at 10. Missed: ours ≤ 3 × a loop: 4.",
    );
  });

  it("is well-formed whatever names hold", () => {
    const name = `<b>"a" & 'b'</b>\u0000\ud800${"x".repeat(99)}`;
    const panels = [{ ...barsOf({ ...ours, name }, { ...floor, name, failure: name }), title: name }];
    const svg = toChart({ title: name, notes: [name], panels });
    expect(complaintAbout(svg)).toBeUndefined();
    expect(svg).not.toContain("<b>");
  });
});
