import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { forgetAttempt, readProgress, updateProgress } from "./progress.ts";
import { copyRoad } from "./testing/fixture-road.ts";

const filesLike = (root: string, pattern: RegExp) => readdirSync(root).filter((name) => pattern.test(name));

describe("readProgress", () => {
  it("is empty where there is no file", () => {
    using road = copyRoad();
    expect(readProgress(road.root)).toEqual({ progress: { labs: {} } });
  });

  it.each([
    ["half a file", '{ "labs": {'],
    ["the wrong shape", '{ "labs": { "worker-pool": { "steps": { "1": true } } } }'],
    ["no object at all", "[]"],
    ["nothing", ""],
  ])("puts aside, whole, what is %s", (_, text) => {
    using road = copyRoad();
    writeFileSync(join(road.root, "progress.json"), text);

    const { progress, warning } = readProgress(road.root);

    expect(progress).toEqual({ labs: {} });
    const [aside = ""] = filesLike(road.root, /^progress\.damaged-/);
    expect(warning).toContain(aside);
    expect(readFileSync(join(road.root, aside), "utf8")).toBe(text);
    expect(filesLike(road.root, /^progress\.json$/)).toEqual([]);
  });
});

describe("updateProgress", () => {
  it("changes one lab, leaves the others, and leaves no draft behind", () => {
    using road = copyRoad();
    updateProgress(road.root, "pipeline", (before) => ({ ...before, hints: { "step 1": 1 } }));
    updateProgress(road.root, "worker-pool", (before) => ({ ...before, hints: { "step 2": 2 } }));

    const { progress } = readProgress(road.root);
    expect(progress.current).toBe("worker-pool");
    expect(progress.labs["pipeline"]?.hints).toEqual({ "step 1": 1 });
    expect(progress.labs["worker-pool"]?.hints).toEqual({ "step 2": 2 });
    expect(filesLike(road.root, /^\.progress-/)).toEqual([]);
  });
});

describe("forgetAttempt", () => {
  it("forgets one lab only", () => {
    using road = copyRoad();
    updateProgress(road.root, "pipeline", (before) => before);
    updateProgress(road.root, "worker-pool", (before) => before);
    forgetAttempt(road.root, "worker-pool");
    expect(Object.keys(readProgress(road.root).progress.labs)).toEqual(["pipeline"]);
  });

  it("keeps the bugs that were found: no attempt has a part in them", () => {
    using road = copyRoad();
    const pass = { attempt: "a", judgedBy: "b" };
    updateProgress(road.root, "worker-pool", (before) => ({
      ...before,
      steps: { "1": pass },
      bugs: { "limit-off-by-one": "found" },
    }));
    forgetAttempt(road.root, "worker-pool");
    expect(readProgress(road.root).progress.labs["worker-pool"]).toMatchObject({
      steps: {},
      bugs: { "limit-off-by-one": "found" },
    });
  });

  it("is read as it was before bugs were remembered", () => {
    using road = copyRoad();
    writeFileSync(join(road.root, "progress.json"), '{ "labs": { "worker-pool": { "steps": {} } } }');
    expect(readProgress(road.root).progress.labs["worker-pool"]?.bugs).toEqual({});
  });
});
