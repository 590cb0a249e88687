import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { figuresOf, levelOf, noCounts } from "./testing.ts";
import { liveView, type Progress, plainLine } from "./view.ts";

const current = figuresOf("drop-newest", {
  levels: [
    levelOf(0.5),
    levelOf(1, {
      samples: [
        { buffered: 9, waiting: 9 },
        { buffered: 3, waiting: 1 },
      ],
    }),
  ],
  counts: { ...noCounts, offered: 12_345, delivered: 12_000, dropped: 341, buffered: 3, waiting: 1 },
});
const progress: Progress = {
  capacity: 400,
  tookMs: 9_400,
  lengthMs: 24_000,
  done: [figuresOf("naive"), figuresOf("block", { problem: "This buffer is not ready." })],
  current,
  toCome: ["refuse", "shed"],
};

describe("liveView", () => {
  it("has a line for each policy, and the sum of the one that is tried", () => {
    expect(stripVTControlCharacters(liveView(progress, 79)).split("\n")).toEqual([
      "Backpressure  400 events a second can be written  ·  9.4 of 24 s",
      "              load sent/s written  depth   drops     p50     p99",
      "✔ naive        10×  1,000     100     20   1,400   40 ms   60 ms ▂▃▂▃▃▃▃▃▃▃",
      "✘ block       This buffer is not ready.",
      "▸ drop-newest   1×    100     100      4     341   31 ms   51 ms ▂▃▃▂",
      "  refuse",
      "  shed",
      "",
      "offered 12,345 = delivered 12,000 + dropped 341 + buffered 3 + waiting 1",
    ]);
  });

  it("leaves out the columns that are worth least where there is no room, and never p99", () => {
    const lines = stripVTControlCharacters(liveView(progress, 49)).split("\n");
    expect(lines).toContain("              load written  depth   drops     p99");
    expect(lines).toContain("▸ drop-newest   1×     100      4     341   51 ms");
    expect(lines.join(" ").replaceAll(/ +/g, " ")).toContain("dropped 341 + buffered 3 + waiting 1");
    for (const width of [30, 40, 49, 60, 69, 79]) {
      const text = stripVTControlCharacters(liveView(progress, width));
      const [, , ...rest] = text.split("\n").filter((line) => !line.startsWith("✘"));
      expect(Math.max(...rest.map((line) => line.length))).toBeLessThanOrEqual(width);
      expect(text).toContain("51 ms");
    }
  });

  it("has something to show before anything has happened", () => {
    const beginning = { ...progress, done: [], current: figuresOf("shed", { levels: [], counts: noCounts }) };
    expect(stripVTControlCharacters(liveView(beginning, 79))).toContain("▸ shed");
    expect(plainLine(beginning)).toBe("starting");
  });
});

describe("plainLine", () => {
  it("tells of what is tried just now", () => {
    expect(plainLine(progress)).toBe(
      "9.4 s  drop-newest at 1×: 100/s sent, 100/s written, depth 4, p99 51 ms",
    );
  });

  it("tells no rates of a load that has just begun", () => {
    const young = figuresOf("shed", { levels: [levelOf(2, { seconds: 0.04, written: 12 })] });
    expect(plainLine({ ...progress, current: young })).toBe(
      "9.4 s  shed at 2×: just begun, depth 20, p99 52 ms",
    );
    expect(stripVTControlCharacters(liveView({ ...progress, current: young }, 79))).toMatch(
      /▸ shed +2× +– +– +20 /,
    );
  });
});
