import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { columnsOf } from "./label.ts";
import { type ScheduleStep, scheduleToText } from "./schedule.ts";
import { NASTY } from "./testing.ts";

const step = (actor: string, label: string, more: Partial<ScheduleStep> = {}): ScheduleStep => ({
  at: 0,
  actor,
  label,
  among: [],
  chosen: 0,
  ...more,
});

const bank = [
  step("Ann", "reads", { where: "bank.ts:9" }),
  step("Bob", "reads", { chosen: 1, among: ["Ann writes", "Bob reads"] }),
  step("Ann", "writes", { at: 100 }),
];

describe("scheduleToText", () => {
  it("gives each activity a column, and marks what departs from the ordinary order", () => {
    expect(scheduleToText(bank)).toBe(
      [
        "                Ann                       Bob",
        "   1      0 ms  ● reads  bank.ts:9",
        "   2      0 ms  │                         ★ reads  ← came before: Ann writes",
        "   3    100 ms  ● writes",
      ].join("\n"),
    );
  });

  it("keeps to ASCII if it is told to, without moving a column", () => {
    const plain = scheduleToText(bank).split("\n");
    const ascii = scheduleToText(bank, { ascii: true });
    expect(ascii).toMatch(/^[ -~\n]*$/);
    expect(ascii.split("\n").map((line) => line.length)).toEqual(plain.map(columnsOf));
    expect(ascii).toContain("* reads  < came before: Ann writes");
  });

  it("colours if it is told to, and says the same", () => {
    const coloured = scheduleToText(bank, { color: true });
    expect(coloured).toContain("\x1b[33;1m★ reads");
    expect(stripVTControlCharacters(coloured)).toBe(scheduleToText(bank));
  });

  it("lets no name break a line or reach the terminal", () => {
    const text = scheduleToText(NASTY.map((name) => step(name, name)));
    expect(text.split("\n")).toHaveLength(NASTY.length + 1);
    expect(text.replaceAll("\n", "")).not.toMatch(/\p{Cc}|[\u202a-\u202e]/u);
  });

  it("is empty for no steps", () => {
    expect(scheduleToText([])).toBe("");
  });
});
