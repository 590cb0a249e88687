import { describe, expect, it } from "vitest";
import { checkDuration, checkResources, StartError } from "./errors.ts";

describe("StartError", () => {
  it("says who and why, and what became of the others", () => {
    const report = { stopped: ["db"], failed: [], forced: [] };
    const cause = new Error("port in use");
    expect(new StartError("http", cause, report)).toMatchObject({ resource: "http", cause, report });
  });
});

describe("checkDuration", () => {
  it("takes what a timer can wait for, and names what it cannot", () => {
    expect([0, 0.5, 2 ** 31 - 1].map((ms) => checkDuration("noticeMs", ms))).toEqual([0, 0.5, 2 ** 31 - 1]);
    for (const ms of [-1, Number.NaN, 2 ** 31, Number.POSITIVE_INFINITY])
      expect(() => checkDuration("noticeMs", ms)).toThrow(
        `noticeMs must be from 0 to 2147483647 ms, got ${ms}`,
      );
  });
});

describe("checkResources", () => {
  it("refuses a name that comes twice, and a limit out of range", () => {
    const named = (name: string, stopWithinMs = 1_000) => ({ name, stopWithinMs });
    expect(() => checkResources([named("db"), named("http")])).not.toThrow();
    expect(() => checkResources([named("db"), named("http"), named("db")])).toThrow('got "db" twice');
    expect(() => checkResources([named("db", -1)])).toThrow('stopWithinMs of "db"');
  });
});
