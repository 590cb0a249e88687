import { describe, expect, it } from "vitest";
import type { Step } from "./simulation.ts";
import { timeline } from "./timeline.ts";

const step = (actor: string, label: string, more: Partial<Step> = {}): Step => ({
  at: 0,
  actor,
  label,
  where: undefined,
  among: [],
  chosen: 0,
  isBranch: false,
  squeezed: false,
  ...more,
});

const lines = (...text: string[]) => text.join("\n");

describe("timeline", () => {
  it("is empty for no steps", () => {
    expect(timeline([])).toBe("");
  });

  it("gives each activity a column, and marks what departs from the ordinary order", () => {
    const steps = [
      step("Ann", "starts"),
      step("Ann", "read", { where: "bank.ts:9" }),
      step("Bob", "starts", { chosen: 1, among: ["Ann write", "Bob starts"] }),
      step("Bob", "timer of 100 ms", { at: 100 }),
      step("Ann", "write", { at: 100.25 }),
    ];
    expect(timeline(steps)).toBe(
      lines(
        "                Ann                       Bob",
        "   1      0 ms  ● starts",
        "   2      0 ms  ● read  bank.ts:9",
        "   3      0 ms  │                         ★ starts  ← came before: Ann write",
        "   4    100 ms  │                         ● timer of 100 ms",
        "   5  100.3 ms  ● write",
      ),
    );
  });

  it("tells a branch from an event, and an event that comes before the one above is over", () => {
    const steps = [
      step("main", "disk: full", { chosen: 1, among: ["ok", "full"], isBranch: true }),
      step("main", "abort", { squeezed: true }),
    ];
    expect(timeline(steps)).toBe(
      lines(
        "                main",
        "   1      0 ms  ★ disk: full  ← instead of: ok",
        "   2      0 ms  ★ abort  (while the one above was still being digested)",
      ),
    );
  });

  it("names two of those that were overtaken, and counts the others", () => {
    const among = ["A read", "B read", "C read", "D read", "main abort"];
    expect(timeline([step("main", "abort", { chosen: 4, among })])).toMatch(
      /← came before: A read, B read and 2 more$/,
    );
  });

  it("cuts long names", () => {
    const [head, row] = timeline([
      step("the worker that fetches pages", "GET https://example.com/a/long/way"),
    ]).split("\n");
    expect(head).toBe("                the worker that fetches…");
    expect(row).toBe("   1      0 ms  ● GET https://example.c…");
  });

  it("stays within a terminal's width with many activities", () => {
    const steps = Array.from({ length: 6 }, (_, i) => step(`activity ${i + 1}`, "starts the day"));
    const rows = timeline(steps).split("\n");
    expect(rows[0]).toBe(
      "                activity 1     activity 2     activity 3     activity 4     activity 5     activity 6",
    );
    expect(rows[2]).toBe("   2      0 ms                 ● starts the…");
    expect(Math.max(...rows.map((row) => row.length))).toBeLessThanOrEqual(110);
  });

  it("leaves out of many steps those that are neither at the ends nor near a ★", () => {
    const steps = Array.from({ length: 100 }, (_, i) => step(i % 2 === 0 ? "A" : "B", `step ${i + 1}`));
    steps[20] = step("A", "abort", { chosen: 1, among: ["A step 21", "A abort"] });
    const rows = timeline(steps).split("\n");
    expect(rows.slice(0, 10)).toEqual([
      "                A                         B",
      "   1      0 ms  ● step 1",
      "   … 17 events",
      "  19      0 ms  ● step 19                 │",
      "  20      0 ms  │                         ● step 20",
      "  21      0 ms  ★ abort                   │  ← came before: A step 21",
      "  22      0 ms  │                         ● step 22",
      "  23      0 ms  ● step 23                 │",
      "   … 47 events",
      "  71      0 ms  ● step 71                 │",
    ]);
    expect(rows).toHaveLength(39);
  });

  it("leaves out the middle of a row of equals", () => {
    const steps = [
      step("A", "starts"),
      ...Array.from({ length: 6 }, () => step("A", "poll")),
      step("A", "done"),
    ];
    expect(timeline(steps)).toBe(
      lines(
        "                A",
        "   1      0 ms  ● starts",
        "   2      0 ms  ● poll",
        "   … 4 events",
        "   7      0 ms  ● poll",
        "   8      0 ms  ● done",
      ),
    );
  });

  it("has no blanks at the end of a line", () => {
    const steps = [step("Ann", "starts"), step("Bob", "starts"), step("Ann", "ends"), step("Cat", "starts")];
    expect(timeline(steps)).not.toMatch(/ $/m);
  });
});
