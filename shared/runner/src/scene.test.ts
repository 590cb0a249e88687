import { readRun } from "@pattern-labs/picture";
import { describe, expect, it } from "vitest";
import { hasScene, runScene } from "./scene.ts";
import { copyRoad, type FixtureRoad } from "./testing/fixture-road.ts";

/** A scene that calls the answer three times, a second apart. */
const SCENE = `
import { scene } from "@pattern-labs/picture/scene";
import * as answer from "#lab";

export default scene({
  title: "Three calls",
  controls: { calls: { kind: "range", label: "calls", min: 1, max: 9, value: 3 } },
  recording: ({ calls }) => ({ limits: { calls } }),
  lengthMs: 60_000,
  async run({ values, recorder, random, signal }) {
    for (let call = 1; call <= values.calls; call += 1) {
      await recorder.job("calls", "call " + call + " " + random().toFixed(6), () => answer.call(signal))();
    }
  },
});
`;

const ANSWERS = {
  patient: "export const call = () => new Promise((resolve) => setTimeout(resolve, 1_000));",
  throws: `export const call = () => { throw new Error("TODO 1.1: call is yours to write"); };`,
  halts: "export const call = () => new Promise(() => {});",
  endless:
    "export const call = (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));",
  // It stands still without burning what other tests could use.
  hangs: "export const call = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);",
  dies: "export const call = () => { process.kill(process.pid, 'SIGKILL'); return new Promise(() => {}); };",
};

function roadWith(answer: string): FixtureRoad {
  const road = copyRoad();
  road.write("play.ts", SCENE);
  road.write("attempt/index.ts", answer);
  return road;
}

describe("runScene", () => {
  it("runs it in simulated time, on the answer that is meant, the same each time", async () => {
    using road = roadWith(ANSWERS.patient);
    const [one, other] = await Promise.all([
      runScene(road.lab(), "attempt"),
      runScene(road.lab(), "attempt"),
    ]);
    expect(one.problem).toBeUndefined();
    expect(one).toEqual(other);
    expect(readRun(one.recording)).toMatchObject({
      title: "worker-pool: your attempt",
      clock: "simulated",
      end: 3_000,
      tracks: [{ name: "calls", limit: 3 }],
    });
  });

  it("turns its controls", async () => {
    using road = roadWith(ANSWERS.patient);
    const { recording } = await runScene(road.lab(), "attempt", { values: { calls: 5 } });
    expect(readRun(recording).end).toBe(5_000);
  });

  it.each([
    ["throws", /^TODO 1\.1: call is yours to write$/],
    ["halts", /^Everything has come to a halt/],
    ["dies", /^Its process ended\.$/],
  ] as const)("gives what was recorded of an answer that %s, and says so", async (kind, problem) => {
    using road = roadWith(ANSWERS[kind]);
    const run = await runScene(road.lab(), "attempt");
    expect(run.problem).toMatch(problem);
    expect(run.recording.title).toBe("worker-pool: your attempt");
    if (kind !== "dies") expect(run.recording.events).not.toEqual([]);
  });

  it("stops a scene that has no end of its own after its length", async () => {
    using road = roadWith(ANSWERS.endless);
    const { recording, problem } = await runScene(road.lab(), "attempt");
    expect([recording.events.at(-1)?.at, problem]).toEqual([60_000, undefined]);
  });

  it("ends an answer that never comes back", async () => {
    using road = roadWith(ANSWERS.hangs);
    const { problem } = await runScene(road.lab(), "attempt", { patienceMs: 1_500 });
    expect(problem).toMatch(/^It never came back/);
  });

  it("rejects with the signal's reason, before and while it runs", async () => {
    using road = roadWith(ANSWERS.hangs);
    const reason = { why: "Ctrl-C" };
    await expect(runScene(road.lab(), "attempt", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const running = runScene(road.lab(), "attempt", { signal: controller.signal });
    controller.abort(reason);
    await expect(running).rejects.toBe(reason);
  });

  it("refuses a lab without a scene", async () => {
    using road = copyRoad();
    expect(hasScene(road.lab())).toBe(false);
    await expect(runScene(road.lab(), "reference")).rejects.toThrow("worker-pool: it has no play.ts");
  });
});
