import { describe, expect, it } from "vitest";
import { currentLab, isPassed, labAtHand, positionIn } from "./position.ts";
import { readProgress } from "./progress.ts";
import { recordVerdict, sealOf } from "./record.ts";
import { readRoad } from "./road.ts";
import { attemptReference, copyRoad, type FixtureRoad } from "./testing/fixture-road.ts";
import type { LabVerdict } from "./verdict.ts";

/** The verdict of a run in which these steps held and those did not. */
function verdict(held: readonly number[], broken: readonly number[] = []): LabVerdict {
  const part = (step: number, passed: number) => ({ step, title: "", passed, failed: 1 - passed, tests: [] });
  const steps = [...held.map((step) => part(step, 1)), ...broken.map((step) => part(step, 0))];
  return {
    lab: "worker-pool",
    target: "attempt",
    steps,
    challenges: [],
    passed: held.length,
    failed: broken.length,
    problems: [],
  };
}

function record(road: FixtureRoad, outcome: LabVerdict): void {
  recordVerdict(road.root, road.lab(), outcome, sealOf(road.lab()));
}

const position = (road: FixtureRoad) => positionIn(road.lab(), readProgress(road.root).progress);

describe("positionIn", () => {
  it("is at the first step that never passed", () => {
    using road = copyRoad();
    expect(position(road)).toMatchObject({ started: false, step: 1, steps: ["open", "open"] });
    attemptReference(road);
    record(road, verdict([1], [2]));
    expect(position(road)).toMatchObject({ started: true, step: 2, steps: ["passed", "open"] });
    record(road, verdict([1, 2]));
    expect(isPassed(position(road))).toBe(true);
  });

  it("keeps a pass when the attempt changes, or fails later, and says that it changed", () => {
    using road = copyRoad();
    attemptReference(road);
    record(road, verdict([1]));
    road.write("attempt/index.ts", "// broken");
    record(road, verdict([], [1]));
    expect(position(road)).toMatchObject({ step: 2, steps: ["changed since", "open"], attemptChanged: true });
  });

  it("tells a changed lab from a changed attempt, and minds neither README nor hints", () => {
    using road = copyRoad();
    attemptReference(road);
    record(road, verdict([1]));
    road.write("README.md", "another");
    expect(position(road)).toMatchObject({ attemptChanged: false, labChanged: false });
    road.write("test/1-enter.test.ts", "// stricter");
    expect(position(road)).toMatchObject({ attemptChanged: false, labChanged: true });
  });
});

describe("currentLab", () => {
  it("is the lab one stands in, else the last one, else the first that is open", () => {
    using road = copyRoad();
    const labs = readRoad(road.root);
    expect(currentLab(labs, { labs: {} }, undefined)?.name).toBe("worker-pool");
    expect(currentLab(labs, { labs: {}, current: "worker-pool" }, "worker-pool")?.name).toBe("worker-pool");
    expect(currentLab(labs, { labs: {}, current: "no-lab" }, "nowhere")?.name).toBe("worker-pool");
    expect(currentLab([], { labs: {} }, undefined)).toBeUndefined();
  });
});

describe("labAtHand", () => {
  it("is the lab worked on last, although every step of it has passed and another one is next", () => {
    using road = copyRoad();
    road.addLab("fanout-fanin", 2);
    attemptReference(road);
    record(road, verdict([1, 2]));
    const labs = readRoad(road.root);
    const { progress } = readProgress(road.root);
    expect(currentLab(labs, progress, undefined)?.name).toBe("fanout-fanin");
    expect(labAtHand(labs, progress, undefined)?.name).toBe("worker-pool");
    expect(labAtHand(labs, progress, "fanout-fanin")?.name).toBe("fanout-fanin");
    expect(labAtHand(labs, { labs: {} }, undefined)?.name).toBe("worker-pool");
  });
});
