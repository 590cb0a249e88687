import { describe, expect, it } from "vitest";
import { contender, reportOf, workloadOf } from "./testing/small-report.ts";
import { toTable } from "./to-table.ts";

const counts = { peakInFlight: 10, heapMb: 1.25, rssMb: 12 };

describe("toTable", () => {
  it("tells the quickest first, then who failed, then the targets", () => {
    const contenders = [
      contender("floor", [100, 100, 100], { counts: { ...counts, peakInFlight: 100_000, heapMb: 70 } }),
      contender("slow", [1_500, 1_600, 1_700], { ours: false, counts }),
      contender("quick", [50, 60, 90], { counts }),
      contender("lame", [], { failure: "it waits for ever" }),
    ];
    const workload = workloadOf(contenders, [
      { strategy: "quick", against: "slow", atMost: 0.5, note: "not shown" },
      { strategy: "slow", against: "floor", atMost: 2, note: "It reads the clock each time." },
      { strategy: "lame", against: "floor", atMost: 1 },
    ]);
    expect(toTable(reportOf(workload)).split("\n")).toEqual([
      "Lists <fast>",
      "Node 26.0.0 · Abacus 1, 2 cores · linux x64 · 2026-11-21",
      "",
      "a & b · 2,000 a run",
      "         × floor                  each  per second  in flight    heap  resident",
      "  quick     0.60  0.55–0.75 ~  60.0 ns      16.7 M         10  1.3 MB     12 MB",
      "  floor     1.00  the floor     100 ns      10.0 M    100,000   70 MB     12 MB",
      "  slow      16.0  15.5–16.5    1.60 µs     625,000         10  1.3 MB     12 MB",
      "  ✗ lame: it waits for ever",
      "  ✓ target quick ≤ 0.50 × slow: 0.037",
      "  ✗ target slow ≤ 2.00 × floor: 16.0",
      "      It reads the clock each time.",
      "  ? target lame ≤ 1.00 × floor: not measured",
      "",
      "~ too noisy: the rounds differ by more than 15 %. Repeat it while nothing else runs.",
      "",
    ]);
  });

  it.each([100, 80, 60, 40])("fits into %d columns: what says least goes first", (width) => {
    const contenders = [
      contender("the floor that has a rather long name", [100, 100, 100], { counts }),
      contender("ours", [1_500, 1_600, 2_700], {
        counts: { peakInFlight: 1_234_567, heapMb: 123, rssMb: 1_234 },
      }),
      contender("lame", [], { failure: "it waits for ever, and tells so in a sentence that is rather long" }),
    ];
    const targets = [
      {
        strategy: "ours",
        against: "the floor that has a rather long name",
        atMost: 2,
        note: "why ".repeat(40),
      },
    ];
    const text = toTable(reportOf(workloadOf(contenders, targets)), { width });
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(width);
    expect(text).toMatch(/× floor/);
    expect(text).toMatch(/the floor that/);
    expect(text.includes("10.0 M")).toBe(width >= 100);
    if (width < 100) expect(text).toMatch(/Left out.*per\s+second/);
  });

  it("is as wide as it is where no width is given", () => {
    const rows = [
      contender("floor", [100, 100, 100], { counts }),
      contender("x".repeat(60), [90], { counts }),
    ];
    const text = toTable(reportOf(workloadOf(rows)));
    expect(text).toContain("x".repeat(60));
    expect(text).toContain("per second");
    expect(text).not.toContain("Left out");
  });

  it("leaves out columns that nobody fills", () => {
    const table = toTable(reportOf(workloadOf([contender("floor", [100])])));
    expect(table).toContain("         × floor               each  per second\n");
  });

  it("says that it was stopped, and what was not reached", () => {
    const table = toTable({ ...reportOf(workloadOf([contender("floor", [])])), interrupted: true });
    expect(table).toContain("  not measured\n");
    expect(table).toContain("Stopped before it was through");
  });

  it("names the profiles", () => {
    expect(toTable({ ...reportOf(), profiles: ["a.cpuprofile"] })).toContain("Written: a.cpuprofile");
  });
});
