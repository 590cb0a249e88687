import { readRun } from "@pattern-labs/picture";
import { expect, it } from "vitest";
import type { News } from "./messages.ts";
import { record } from "./picture.ts";
import { outcomeOf, runOf } from "./testing.ts";

it("puts in order what several processes have told, from a moment before the signal", () => {
  const stop = (name: string, at: number, phase: "begins" | "ended"): News => ({
    news: "resource",
    at,
    name,
    step: "stop",
    phase,
  });
  const news: readonly News[] = [
    { news: "not ready", at: 1_010 },
    stop("http", 1_005, "begins"),
    stop("http", 2_000, "ended"),
    stop("store", 2_100, "begins"),
    stop("store", 2_200, "ended"),
    { news: "job", at: 100, id: 1, phase: "begins" },
    { news: "job", at: 1_200, id: 2, phase: "begins" },
    { news: "job", at: 1_600, id: 2, phase: "done" },
  ];
  const outcome = outcomeOf({
    news,
    spans: [
      { kind: "slow", id: 1, began: 20, ended: 50, outcome: "answered" },
      { kind: "slow", id: 2, began: 100, ended: 1_500, outcome: "cut" },
    ],
  });
  const { options } = runOf();
  const { events } = record(outcome, options);
  const told = events.map((event) =>
    event.type === "begin"
      ? `${event.task} begins`
      : event.type === "mark"
        ? event.name
        : event.type === "end"
          ? event.outcome
          : event.type,
  );
  expect(told).toEqual([
    ...["slow 2 begins", "SIGTERM", "stop http begins", "not ready", "job 2 begins", "cancelled", "ok", "ok"],
    ...["stop store begins", "ok", "exit 0"],
  ]);
  expect(events.map(({ at }) => at)).toEqual([
    0, 800, 805, 810, 1_000, 1_300, 1_400, 1_800, 1_900, 2_000, 2_300,
  ]);
  expect(readRun(record(outcome, options)).findings).toEqual([]);
});
