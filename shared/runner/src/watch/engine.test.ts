import { setImmediate } from "node:timers/promises";
import type { TestOutcome } from "@pattern-labs/testkit/judge";
import { describe, expect, it } from "vitest";
import type { JudgingRequest } from "../judging.ts";
import { readProgress } from "../progress.ts";
import { recordVerdict, sealOf } from "../record.ts";
import { partOf } from "../test-files.ts";
import { attemptReference, copyRoad, type FixtureRoad } from "../testing/fixture-road.ts";
import { toVerdict } from "../verdict.ts";
import { createEngine, type World } from "./engine.ts";

/** A judge whose runs end when, and as, the test says. */
function judgeByHand(road: FixtureRoad) {
  const runs: { request: JudgingRequest; end: (passes: boolean) => void; fail: (error: Error) => void }[] =
    [];
  const judge = (request: JudgingRequest) => {
    const { promise, resolve, reject } = Promise.withResolvers<ReturnType<typeof toVerdict>>();
    const files = [...(request.files ?? [])];
    const end = (passes: boolean) => {
      const tests = files.map((file) => outcome(file, passes));
      resolve(toVerdict(road.lab(), "attempt", { answer: { kind: "attempt" }, tests, problems: [] }, files));
    };
    request.signal?.addEventListener("abort", () => end(false));
    runs.push({ request, end, fail: reject });
    return promise;
  };
  return { runs, judge: { judge, [Symbol.asyncDispose]: async () => {} } };
}

function outcome(file: string, passes: boolean): TestOutcome {
  const part = partOf(file);
  const number = part !== undefined && "step" in part ? part.step : "names";
  const failure = { kind: "error", message: "no" } as const;
  return {
    file,
    title: `${number}.1 holds`,
    state: passes ? "passed" : "failed",
    ms: 1,
    ...(!passes && { failure }),
  };
}

function watching(road: FixtureRoad, changes: Partial<World> = {}) {
  const { runs, judge } = judgeByHand(road);
  const lab = road.lab();
  const world: World = {
    lab,
    judge,
    checkTypes: async () => [],
    progress: () => readProgress(road.root).progress,
    seal: () => sealOf(lab),
    record: (verdict, seal) => void recordVerdict(road.root, lab, verdict, seal),
    nextHint: () => ({ shown: ["Count."], total: 3 }),
    roadLines: () => ["the road"],
    startAfresh: () => "Your attempt is kept.",
    ...changes,
  };
  let frames = 0;
  const engine = createEngine(world, () => {
    frames += 1;
  });
  return { engine, runs, frames: () => frames };
}

describe("the engine of lab watch", () => {
  it("judges the first open step, and stops at success", async () => {
    using road = copyRoad();
    attemptReference(road);
    const { engine, runs } = watching(road);
    engine.rerun();
    await setImmediate();
    expect(engine.state.run.state).toBe("running");
    expect(runs[0]?.request.files).toEqual(["test/1-enter.test.ts"]);
    runs[0]?.end(true);
    await setImmediate();
    expect(engine.state).toMatchObject({ part: { step: 1 }, run: { state: "resting" } });
    expect(engine.state.position.steps).toEqual(["passed", "open"]);
    expect(runs).toHaveLength(1);
  });

  it("goes on to the next step at n, and judges the earlier ones again once that passes", async () => {
    using road = copyRoad();
    attemptReference(road);
    const { engine, runs } = watching(road);
    engine.rerun();
    await setImmediate();
    runs[0]?.end(true);
    await setImmediate();
    engine.next();
    await setImmediate();
    expect(engine.state).toMatchObject({ part: { step: 2 } });
    expect(engine.state.result).toBeUndefined();
    runs[1]?.end(true);
    await setImmediate();
    expect(runs[2]?.request.files).toEqual(["test/1-enter.test.ts"]);
    runs[2]?.end(false);
    await setImmediate();
    expect(engine.state.result?.earlier).toMatchObject([{ step: 1, failed: 1 }]);
  });

  it("does not go on from a step that never passed", async () => {
    using road = copyRoad();
    attemptReference(road);
    const { engine, runs } = watching(road);
    engine.rerun();
    await setImmediate();
    runs[0]?.end(false);
    await setImmediate();
    engine.next();
    expect(engine.state.part).toEqual({ step: 1 });
    expect(engine.state.notice).toContain("--step 2");
  });

  it("abandons a run at the next save: the last one wins, and the abandoned one leaves no trace", async () => {
    using road = copyRoad();
    attemptReference(road);
    const { engine, runs } = watching(road);
    engine.rerun();
    await setImmediate();
    for (let saves = 0; saves < 5; saves += 1) engine.rerun();
    await setImmediate();
    expect(runs[0]?.request.signal?.aborted).toBe(true);
    expect(runs).toHaveLength(2);
    expect(engine.state.result).toBeUndefined();
    runs[1]?.end(true);
    await setImmediate();
    expect(engine.state.result?.verdict.failed).toBe(0);
  });

  it("shows the verdict while the type checker is still at work", async () => {
    using road = copyRoad();
    attemptReference(road);
    const types = Promise.withResolvers<[]>();
    const { engine, runs } = watching(road, { checkTypes: () => types.promise });
    engine.rerun();
    await setImmediate();
    runs[0]?.end(false);
    await setImmediate();
    expect(engine.state.result?.verdict.failed).toBe(1);
    types.resolve([]);
    await engine.stop();
  });

  it("survives a judge that breaks, and says so", async () => {
    using road = copyRoad();
    attemptReference(road);
    const { engine, runs } = watching(road);
    engine.rerun();
    await setImmediate();
    runs[0]?.fail(new Error("out of memory"));
    await setImmediate();
    expect(engine.state).toMatchObject({
      run: { state: "resting" },
      notice: "The run failed: out of memory",
    });
    engine.rerun();
    await setImmediate();
    expect(runs).toHaveLength(2);
    await engine.stop();
  });

  it("says so when the attempt is gone", async () => {
    using road = copyRoad();
    const { engine, runs } = watching(road);
    engine.rerun();
    await setImmediate();
    expect(engine.state.notice).toContain("attempt/index.ts is gone");
    expect(runs).toHaveLength(0);
  });

  it("resets only when it asked to", async () => {
    using road = copyRoad();
    attemptReference(road);
    let resets = 0;
    const startAfresh = () => {
      resets += 1;
      return "Your attempt is kept.";
    };
    const { engine } = watching(road, { startAfresh });
    engine.resetIfAsked();
    expect(resets).toBe(0);
    engine.askToReset();
    engine.back();
    engine.resetIfAsked();
    expect(resets).toBe(0);
    engine.askToReset();
    engine.resetIfAsked();
    expect(resets).toBe(1);
    await setImmediate();
    expect(engine.state).toMatchObject({ run: { state: "running" }, notice: "Your attempt is kept." });
    await engine.stop();
  });

  it("paints nothing after it was stopped", async () => {
    using road = copyRoad();
    attemptReference(road);
    const { engine, frames } = watching(road);
    engine.rerun();
    await setImmediate();
    await engine.stop();
    const before = frames();
    await setImmediate();
    expect(frames()).toBe(before);
  });
});
