import { describe, expect, it } from "vitest";
import { contender, reportOf, workloadOf } from "./testing/small-report.ts";
import { toSvg } from "./to-svg.ts";

const counts = { peakInFlight: 10, heapMb: 1.25, rssMb: 12 };

describe("toSvg", () => {
  it("draws a bar as long as the ratio, from the quickest to the slowest", () => {
    const contenders = [
      contender("floor", [100]),
      contender("peer", [400], { ours: false }),
      contender("ours", [200]),
    ];
    const svg = toSvg(reportOf(workloadOf(contenders)));
    const bars = [...svg.matchAll(/class="bar (\w+)"[^>]* width="([\d.]+)"/g)];
    expect(bars.map(([, kind]) => kind)).toEqual(["floor", "ours", "peer"]);
    const [floor = 0, ours = 0, peer = 0] = bars.map(([, , width]) => Number(width));
    expect([ours / floor, peer / floor]).toEqual([expect.closeTo(2, 1), expect.closeTo(4, 1)]);
    expect([...svg.matchAll(/class="ratio"[^>]*>([^<]*)</g)].map(([, text]) => text)).toEqual([
      "1.00",
      "2.00",
      "4.00",
    ]);
  });

  it("marks the floor where the floor's bar ends", () => {
    const svg = toSvg(reportOf(workloadOf([contender("floor", [100]), contender("ours", [200])])));
    const line = Number(/class="at-floor" d="M([\d.]+) /.exec(svg)?.[1]);
    const [, x, width] = /class="bar floor" x="([\d.]+)"[^>]* width="([\d.]+)"/.exec(svg) ?? [];
    expect(Number(x) + Number(width)).toBeCloseTo(line);
  });

  it("cuts a bar that would make all others look alike", () => {
    const contenders = [contender("floor", [100]), contender("ours", [200]), contender("snail", [90_000])];
    const svg = toSvg(reportOf(workloadOf(contenders)));
    const widths = [...svg.matchAll(/class="bar \w+"[^>]* width="([\d.]+)"/g)].map(([, width]) =>
      Number(width),
    );
    expect((widths[2] ?? 0) / (widths[1] ?? 1)).toBeLessThan(1.5);
    expect(svg).toContain('class="cut"');
    expect(svg).toContain(">900<");
  });

  it("puts a tick where a target is, and says whether it is reached", () => {
    const contenders = [contender("floor", [100]), contender("peer", [300]), contender("ours", [120])];
    const targets = [
      { strategy: "ours", against: "peer", atMost: 0.5 },
      { strategy: "ours", against: "floor", atMost: 1 },
    ];
    const svg = toSvg(reportOf(workloadOf(contenders, targets)));
    expect(svg).toContain("target: at most 0.50 × peer, reached");
    expect(svg).toContain("target: at most 1.00 × floor, missed");
    expect(svg).toContain(' class="verdict reached"> ✓');
    expect(svg).toContain(' class="verdict missed"> ✗');
  });

  it("shows noise, counts and failures", () => {
    const contenders = [
      contender("floor", [100, 100, 100], { counts }),
      contender("restless", [100, 200, 300]),
      contender("lame", [], { failure: "it waits for ever" }),
    ];
    const svg = toSvg(reportOf(workloadOf(contenders)));
    expect(svg).toContain('class="whisker"');
    expect(svg).toContain(">2.00 ~<");
    expect(svg).toContain(">1.3 MB<");
    expect(svg).toContain("✗ it waits for ever");
  });

  it("is well-formed, needs nothing from outside, and follows the reader's colours", () => {
    const svg = toSvg(reportOf(workloadOf([contender("a < b", [100])])));
    expect(svg).toContain("Lists &lt;fast&gt;");
    expect(svg).toContain("a &amp; b");
    expect(svg).toContain("a &lt; b");
    expect(svg).not.toContain("a < b");
    expect(svg).toContain("prefers-color-scheme:dark");
    expect(svg).not.toMatch(/NaN|undefined|Infinity|<script|url\(/);
    const opened = [...svg.matchAll(/<(?!\/|\?)(\w+)[^>]*[^/]>/g)].length;
    expect([...svg.matchAll(/<\/\w+>/g)]).toHaveLength(opened);
  });

  it("leaves room for long names", () => {
    const name = "one thread, synchronously, in batches";
    const svg = toSvg(reportOf(workloadOf([contender("floor", [100]), contender(name, [200])])));
    expect(svg).toContain(`>${name}</text>`);
    const ends = [...svg.matchAll(/class="label \w+" x="([\d.]+)"[^>]*>([^<]*)</g)];
    for (const [, end, text = ""] of ends) expect(Number(end) - 6.9 * text.length).toBeGreaterThanOrEqual(20);
    const begins = [...svg.matchAll(/class="bar \w+" x="([\d.]+)"/g)].map(([, x]) => Number(x));
    expect(begins.map((x) => x - Number(ends[0]?.[1]))).toEqual([10, 10]);
  });

  it("writes no figure across the line of the floor", () => {
    const names = [99, 95, 80, 60, 101].map((ns, n) => contender(`row ${n}`, [ns]));
    const svg = toSvg(reportOf(workloadOf([contender("floor", [100]), ...names])));
    const line = Number(/class="at-floor" d="M([\d.]+) /.exec(svg)?.[1]);
    const figures = [...svg.matchAll(/class="ratio" x="([\d.]+)"[^>]*>([^<]*)</g)];
    expect(figures).toHaveLength(6);
    for (const [, x, text = ""] of figures) {
      expect(Number(x) > line || Number(x) + 6.9 * text.length <= line).toBe(true);
    }
  });

  it("draws a floor that failed without any bar", () => {
    const floor = contender("floor", [], { failure: "it fell" });
    const svg = toSvg(reportOf(workloadOf([floor, contender("other", [50])])));
    expect(svg).not.toContain('<rect class="bar');
    expect(svg).toMatch(/✗ it fell/);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });
});
