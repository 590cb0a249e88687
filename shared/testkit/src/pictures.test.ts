import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { readRun } from "@pattern-labs/picture";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { explore, ScheduleError, simulate } from "./explore.ts";
import { guarantee } from "./guarantee.ts";
import { keepPicture } from "./pictures.ts";
import type { Scenario } from "./run-schedule.ts";

const failureOf = (running: Promise<unknown>) =>
  running.then(
    () => expect.fail("nothing was found"),
    (error: unknown) => (error instanceof ScheduleError ? error : expect.fail(String(error))),
  );

/** Two at once where one may be. */
const crowd: Scenario = async (sim) => {
  sim.recorder.limit("pages", 1);
  const page = (name: string) => sim.recorder.job("pages", name, () => sim.io("arrives"));
  await Promise.all([page("/a")(), page("/b")()]);
  guarantee(false, { happened: "two at once", expected: "one", why: "The site bans us." });
};

describe("sim.recorder", () => {
  it("puts the picture of the failing run into the message, before the order of events", async () => {
    const { message, timeline } = await failureOf(explore(crowd, { leaks: false }));
    expect(message).toContain("✗ pages: 2 ran at once; the limit is 1");
    expect(message).toMatch(/pages 1 .*\/a━[\s\S]*limit 1\n[\s\S]*pages 2 .*\/b━/);
    expect(message.indexOf("pages 2")).toBeLessThan(message.indexOf(timeline));
  });

  it("hands on the recording of just that run, as plain data", async () => {
    const { recording } = await failureOf(explore(crowd, { leaks: false }));
    const copy = structuredClone(recording);
    expect(copy?.events).toHaveLength(4);
    expect(copy).toMatchObject({
      clock: "simulated",
      title: expect.stringMatching(/^hands on the recording/),
    });
  });

  it("keeps nothing while it searches", async () => {
    const kept: number[] = [];
    await explore(async (sim) => {
      await Promise.all([sim.spawn("A", () => sim.io("x")), sim.spawn("B", () => sim.io("y"))]);
      sim.recorder.mark("end");
      kept.push(sim.recorder.events.length);
    });
    expect(new Set(kept)).toEqual(new Set([0]));
  });

  it("follows the same schedule whether it keeps anything or not, squeezed or not", async () => {
    const scenario: Scenario = async (sim) => {
      let inside = 0;
      const job = sim.recorder.job("t", "job", async () => {
        inside += 1;
        await sim.io("first");
        await sim.io("second");
        guarantee(inside < 2, { happened: "both inside", expected: "one", why: "" });
        inside -= 1;
      });
      await Promise.all([sim.spawn("A", job), sim.spawn("B", job)]);
    };
    for (const squeeze of [0, 3]) {
      const { message } = await failureOf(explore(scenario, { leaks: false, squeeze }));
      expect(message).not.toContain("this order went otherwise");
    }
  });

  it("tells simulated time", async () => {
    const { recording } = await failureOf(
      simulate(async (sim) => {
        await sim.recorder.job("t", "a", () => new Promise((resolve) => setTimeout(resolve, 2_000)))();
        throw new Error("enough");
      }),
    );
    expect(recording?.events.map(({ at }) => at)).toEqual([0, 2_000]);
  });

  it("knows a run that was broken off from one that came to a halt", async () => {
    const stop: Scenario = (sim) => {
      sim.recorder.begin("t", "running", "a");
      throw new Error("a check failed");
    };
    const halt: Scenario = async (sim) => {
      sim.recorder.begin("t", "running", "a");
      await new Promise(() => {});
    };
    const findings = async (scenario: Scenario) => {
      const { recording } = await failureOf(simulate(scenario, { leaks: false }));
      return recording === undefined ? [] : readRun(recording).findings.map(({ text }) => text);
    };
    expect(await findings(stop)).toEqual([]);
    expect(await findings(halt)).toEqual(["never ended: «a»"]);
  });

  it("is not there for who does not use it", async () => {
    const failure = await failureOf(
      simulate(() => {
        throw new Error("no");
      }),
    );
    expect(failure.recording).toBeUndefined();
  });
});

describe("keepPicture", () => {
  const root = join(import.meta.dirname, "..", ".results");
  mkdirSync(root, { recursive: true });
  const folder = mkdtempSync(join(root, "pictures-"));
  writeFileSync(join(folder, "package.json"), "{}");
  const pictures = join(folder, ".pictures");
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(pictures, { recursive: true, force: true });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const ended = (state: "pass" | "fail", { query = "?answer=attempt", errors = [] as object[] } = {}) => ({
    name: "1.1 never more than `workers` jobs",
    file: { filepath: `${join(folder, "test", "1-bounded.test.ts")}${query}` },
    result: { state, errors },
  });
  const recorded = async () => ({
    message: "two at once",
    recording: (await failureOf(explore(crowd, { leaks: false }))).recording,
  });

  it("leaves the page and the recording of a failing test, and says where", async () => {
    const error = await recorded();
    keepPicture(ended("fail", { errors: [error] }));
    const file = join(pictures, "attempt", "1.1-never-more-than-workers-jobs");
    expect(readFileSync(`${file}.html`, "utf8")).toContain("pages: 2 ran at once");
    expect(JSON.parse(readFileSync(`${file}.json`, "utf8"))).toEqual(
      JSON.parse(JSON.stringify(error.recording)),
    );
    expect(error.message).toMatch(/^two at once\n\nTo look at: .*\.pictures.attempt.1\.1-.*\.html$/);
  });

  it("takes both away when the test passes", async () => {
    keepPicture(ended("fail", { errors: [await recorded()] }));
    keepPicture(ended("pass"));
    expect(readdirSync(join(pictures, "attempt"))).toEqual([]);
  });

  it("leaves nothing of a failure without a recording", () => {
    keepPicture(ended("fail", { errors: [new Error("plain")] }));
    expect(existsSync(pictures)).toBe(false);
  });

  it("leaves nothing of answers that are there to fail, or to pass", async () => {
    for (const query of ["?answer=variant-off-by-one-12", "?answer=accepted-pump"]) {
      keepPicture(ended("fail", { query, errors: [await recorded()] }));
    }
    expect(existsSync(pictures)).toBe(false);
  });

  it("goes by LAB_TARGET where the file does not say which answer is judged", async () => {
    vi.stubEnv("LAB_TARGET", "reference");
    keepPicture(ended("fail", { query: "", errors: [await recorded()] }));
    expect(readdirSync(pictures)).toEqual(["reference"]);
  });
});
