import type { Failure, Judgement, TestOutcome } from "@pattern-labs/testkit/judge";
import { describe, expect, it } from "vitest";
import { copyRoad } from "./testing/fixture-road.ts";
import { coreHolds, couldNotRun, type LabVerdict, toVerdict } from "./verdict.ts";

const enter = "test/1-enter.test.ts";
const leave = "test/2-leave.test.ts";
const names = "test/challenge-names.test.ts";

const passed = (file: string): TestOutcome => ({ file, title: "holds", state: "passed", ms: 1 });
const skipped = (file: string): TestOutcome => ({ file, title: "holds", state: "skipped", ms: 0 });
const problem = (message: string): Failure => ({ kind: "error", message });

function verdictOf(
  tests: readonly TestOutcome[],
  problems: readonly Failure[] = [],
  files?: string[],
): LabVerdict {
  using road = copyRoad();
  const judgement: Judgement = { answer: { kind: "attempt" }, tests, problems };
  return toVerdict(road.lab(), "attempt", judgement, files);
}

describe("toVerdict", () => {
  it("sorts what it hears by step and challenge", () => {
    const verdict = verdictOf([passed(enter), passed(leave), skipped(names)]);
    expect(verdict).toMatchObject({ passed: 2, failed: 0, steps: [{ step: 1 }, { step: 2 }] });
    expect(verdict.challenges).toMatchObject([{ challenge: "names", attempted: false }]);
    expect(coreHolds(verdict)).toBe(true);
  });

  it("leaves out the parts that were not asked for", () => {
    expect(verdictOf([passed(leave)], [], [leave])).toMatchObject({ steps: [{ step: 2 }], challenges: [] });
  });

  it("takes a file that told nothing for a failure", () => {
    const verdict = verdictOf([passed(enter), skipped(names)], [problem("it cannot be loaded")]);
    expect(verdict.steps[1]?.tests[0]?.failure).toEqual(problem("it cannot be loaded"));
    expect(verdict.steps.map(couldNotRun)).toEqual([false, true]);
    expect(coreHolds(verdict)).toBe(false);
  });

  it("does not let a step pass that skipped everything", () => {
    expect(coreHolds(verdictOf([skipped(enter), passed(leave), skipped(names)]))).toBe(false);
  });

  it("does not let a core pass beside which something went wrong", () => {
    const verdict = verdictOf([passed(enter), passed(leave), passed(names)], [problem("nobody handled it")]);
    expect(coreHolds(verdict)).toBe(false);
  });

  it("does not blame the core for a challenge that cannot be loaded", () => {
    expect(coreHolds(verdictOf([passed(enter), passed(leave)], [problem("names cannot be loaded")]))).toBe(
      true,
    );
  });

  it("tells a problem once, however many files it kept from running", () => {
    const message = (file: string) =>
      problem(`process.exit unexpectedly called with "3" (test file: ${file})`);
    const verdict = verdictOf([], [message(enter), message(leave), message(names)]);
    expect(verdict.problems).toHaveLength(1);
    expect(verdict).toMatchObject({ passed: 0, failed: 2 });
  });
});
