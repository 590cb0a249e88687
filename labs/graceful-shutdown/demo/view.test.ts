import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import type { Figures, News } from "./messages.ts";
import { outcomeOf } from "./testing.ts";
import { liveView, type Progress, plainLine } from "./view.ts";

const tally = { underWay: 2, answered: 1_200, cut: 0, reset: 1, refused: 0 };
const figures: Figures = { quick: tally, slow: tally, stream: tally, job: tally, endless: tally };
const stop = (name: string, phase: "begins" | "ended" | "failed"): News => ({
  news: "resource",
  at: 0,
  name,
  step: "stop",
  phase,
});
const progress: Progress = {
  title: "Graceful shutdown",
  now: 3_000,
  done: [outcomeOf({ server: "exit", jobs: { accepted: 9, done: 2, back: 0, lost: 7, doneTwice: 0 } })],
  current: {
    server: "answer",
    phase: "stops workers",
    askedAt: 1_500,
    figures,
    news: [
      stop("http", "begins"),
      stop("http", "ended"),
      stop("broker", "failed"),
      stop("workers", "begins"),
    ],
  },
  toCome: ["close"],
};

describe("liveView", () => {
  it("has a line for each server, and of the current one what its clients see and how it stops", () => {
    expect(stripVTControlCharacters(liveView(progress)).split("\n")).toEqual([
      "Graceful shutdown",
      "✘ process.exit         0   1.50 s     0 requests failed     7 jobs lost",
      "▸ answer        stops workers  1.50 s since it was told to end",
      "  server.close",
      "",
      "  quick answers    1,200 answered     1 failed  ━━",
      "  slow answers     1,200 answered     1 failed  ━━",
      "  streams          1,200 answered     1 failed  ━━",
      "  jobs to accept   1,200 answered     1 failed  ━━",
      "  resources      ✔ http  ✘ broker  ▸ workers  ○ cache  ○ store",
    ]);
  });

  it("has something to show before anything has happened", () => {
    expect(liveView({ ...progress, done: [], current: undefined })).toContain("server.close");
  });
});

describe("plainLine", () => {
  it("tells of what is tried just now", () => {
    expect(plainLine(progress)).toBe(
      "answer stops workers for 1.50 s: 4,800 answered, 8 under way, 4 failed",
    );
    expect(plainLine({ ...progress, current: undefined })).toBe("starting");
  });
});
