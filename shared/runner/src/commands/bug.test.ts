import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readProgress, updateProgress } from "../progress.ts";
import {
  attemptReference,
  copyRoad,
  type FixtureRoad,
  notePass,
  type RoadOptions,
} from "../testing/fixture-road.ts";
import { runLab, spawnLab } from "../testing/run-lab.ts";

/** A road whose lab has been passed. */
function passedRoad(options: RoadOptions = {}): FixtureRoad {
  const road = copyRoad({ types: false, ...options });
  attemptReference(road);
  notePass(road);
  return road;
}

const bug = (road: FixtureRoad, ...args: string[]) => runLab(road.root, ["bug", ...args]);
const bugsOf = (road: FixtureRoad) => readProgress(road.root).progress.labs["worker-pool"]?.bugs;

/** Hides the one of the two bugs whose broken text matches. */
async function hide(road: FixtureRoad, text: string): Promise<void> {
  for (let seed = 0; seed < 50; seed += 1) {
    await bug(road, "--new", "--seed", String(seed));
    if (road.read("bug/index.ts").includes(text)) return;
  }
  throw new Error(`No bug has ${text} in it.`);
}

describe("lab bug", () => {
  it("is for after a pass", async () => {
    using road = copyRoad();
    attemptReference(road);
    const { status, stdout } = await bug(road);
    expect(status).toBe(1);
    expect(stdout).toContain("have not passed: 1 Enter and 2 Leave");
    expect(existsSync(join(road.lab().folder, "bug"))).toBe(false);
  });

  it("hides one, waits for a repair, and says which guarantee a wrong turn breaks", async () => {
    using road = passedRoad({ tests: ["2-leave", "challenge-names"] });
    const { stdout: told } = await bug(road);
    expect(told).toMatch(/One mistake is hidden in labs\/worker-pool\/bug\//);
    expect(told.replaceAll("\n", " ")).toContain("It may be in a challenge as well: names.");
    expect(await bug(road)).toMatchObject({
      status: 1,
      stdout: expect.stringContaining("as they were given"),
    });

    await hide(road, "leave: () => {}");
    road.write("bug/index.ts", road.read("bug/index.ts").replace("leave: () => {}", "leave: () => inside"));
    const { status, stdout } = await spawnLab(road.root, ["bug"]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/Not yet\. 1 guarantee of 2[\s\S]*✘ 2\.1 who leaves[\s\S]*nobody was let in/);
    expect(stdout).not.toContain("who leaves still counts");
    expect(bugsOf(road)).toEqual({});
  });

  it("says so where what was edited cannot be run, instead of counting guarantees", async () => {
    using road = passedRoad({ tests: ["1-enter", "2-leave"] });
    await hide(road, "limit + 1");
    road.write("bug/index.ts", road.read("bug/index.ts").replace("const inside", "const const inside"));
    const { status, stdout } = await bug(road);
    expect(status).toBe(1);
    expect(stdout).toMatch(/✘ The tests could not be run[\s\S]*bug\/index\.ts:\d+:\d+/);
    expect(stdout).not.toMatch(/guarantee|do not hold/);
  });

  it("says beside what was found what node would refuse", async () => {
    using road = passedRoad({ types: "answer", tests: ["1-enter"] });
    await hide(road, "limit + 1");
    const repaired = road.read("bug/index.ts").replace("limit + 1", "limit");
    road.write("bug/index.ts", `${repaired}\nenum Colour { red }\n`);
    const { stdout } = await bug(road);
    expect(stdout).toMatch(/✔ Found[\s\S]*Types[\s\S]*refuses `enum`/);
  });

  it("puts what was edited aside when another one is asked for", async () => {
    using road = passedRoad();
    await bug(road);
    road.write("bug/notes.ts", "// mine");
    await bug(road, "--new");
    const kept = globSync(".attempts/worker-pool/*-bug/notes.ts", { cwd: road.root });
    expect(kept).toHaveLength(1);
  });

  it("names what was found, shows the difference, and hides another one next", async () => {
    using road = passedRoad({ tests: ["1-enter"] });
    await hide(road, "limit + 1");
    road.write("bug/index.ts", road.read("bug/index.ts").replace("=== limit + 1", ">= limit"));
    const { status, stdout } = await bug(road);
    expect(status).toBe(0);
    expect(stdout).toMatch(/✔ Found[\s\S]*one more than the limit gets in[\s\S]*1\.1/);
    expect(stdout).toMatch(
      /- +if \(inside\.length === limit\) return false;\n\+ +if \(inside\.length === limit \+ 1\)/,
    );
    expect(stdout).toMatch(/What you changed:[\s\S]*\+ +if \(inside\.length >= limit\)/);
    expect(bugsOf(road)).toEqual({ "limit-off-by-one": "found" });

    await bug(road);
    expect(road.read("bug/index.ts")).toContain("leave: () => {}");
  });

  it("is not solved by taking the challenges out", async () => {
    using road = passedRoad({ tests: ["1-enter", "challenge-names"] });
    await hide(road, "limit + 1");
    const repaired = road.read("solution/index.ts").replace('= ["names"]', "= []");
    road.write("bug/index.ts", repaired);
    expect(await bug(road)).toMatchObject({ status: 1 });
  });

  it("is named on giving up, and everything found is said so", async () => {
    using road = passedRoad();
    expect(await bug(road, "--give-up")).toMatchObject({ status: 2 });
    await hide(road, "limit + 1");
    const { status, stdout } = await bug(road, "--give-up");
    expect(status).toBe(0);
    expect(stdout).toMatch(/one more than the limit gets in[\s\S]*So far: 0 bugs found and 1 given up/);
    updateProgress(road.root, "worker-pool", (before) => ({
      ...before,
      bugs: { "limit-off-by-one": "found", "leave-forgets": "found" },
    }));
    expect((await bug(road)).stdout).toContain("You have found every bug");
  });

  it.each([
    [["--give-up", "--new"], "exclude each other"],
    [["--seed", "1"], "Add --new"],
  ])("refuses %j while one is hidden", async (args, words) => {
    using road = passedRoad();
    await bug(road);
    expect(await bug(road, ...args)).toMatchObject({ status: 2, stderr: expect.stringContaining(words) });
  });

  it("can be judged like any answer", async () => {
    using road = passedRoad();
    expect(await runLab(road.root, ["test", "--target", "bug"])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("npx lab bug worker-pool"),
    });
    await hide(road, "limit + 1");
    const { status, stdout } = await runLab(road.root, ["test", "--target", "bug", "--step", "1"]);
    expect(status).toBe(1);
    expect(stdout).toContain("judging bug/ (labs/worker-pool/bug/index.ts)");
  });
});
