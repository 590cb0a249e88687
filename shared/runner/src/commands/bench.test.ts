import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attemptReference, copyRoad, type FixtureRoad } from "../testing/fixture-road.ts";
import { type Outcome, runLab, spawnLab } from "../testing/run-lab.ts";

const quick = ["--time", "0.01", "--rounds", "1"];
const bench = (road: FixtureRoad, ...args: string[]) => runLab(road.root, ["bench", ...quick, ...args]);
const pictureOf = (road: FixtureRoad) => join(road.root, "labs", "worker-pool", ".pictures", "bench.svg");
const strategyOf = (row: { readonly strategy: string }) => row.strategy;

describe("lab bench of an attempt", () => {
  // One whole run, of which every test here looks at something else; what they run themselves leaves it as it is.
  let road: FixtureRoad;
  let whole: Outcome;
  beforeAll(async () => {
    road = copyRoad();
    attemptReference(road);
    whole = await bench(road);
  });
  afterAll(() => road[Symbol.dispose]());

  it("measures the attempt, the reference and their rivals, and draws them", () => {
    expect(whole.status).toBe(0);
    expect(whole.stdout).toMatch(/^The gate\n[\s\S]*no gate +1\.00 {2}the floor/);
    expect(whole.stdout).toMatch(/\n {2}attempt +[\d.]+/);
    expect(whole.stdout).toMatch(/\n {2}reference +[\d.]+/);
    expect(whole.stdout).toContain("As a picture: labs/worker-pool/.pictures/bench.svg");
    expect(readFileSync(pictureOf(road), "utf8")).toContain(">attempt<");
  });

  it("keeps the figures of a whole run for compare", () => {
    const { rows, ...run } = JSON.parse(road.read(".pictures/bench.json"));
    expect(run).toMatchObject({ lab: "worker-pool", floor: "no gate", interrupted: false });
    expect(rows.map(strategyOf)).toEqual(["no gate", "attempt", "reference"]);
  });

  it("leaves picture and figures of a whole run alone when only a part is measured", async () => {
    const kept = [".pictures/bench.svg", ".pictures/bench.json"].map(
      (path) => [path, road.read(path)] as const,
    );
    const { stdout } = await bench(road, "--only", "no gate");
    expect(stdout).toContain("As a picture: labs/worker-pool/.pictures/bench-part.svg");
    expect(stdout).toMatch(/Only a part was measured: bench\.svg and bench\.json .* stay/);
    for (const [path, text] of kept) expect(road.read(path)).toBe(text);
  });

  it("prints nothing but JSON when asked for it", async () => {
    const { status, stdout } = await spawnLab(road.root, ["bench", ...quick, "--only", "attempt", "--json"]);
    expect(status).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ lab: "worker-pool", floor: "no gate", interrupted: false });
    expect(report.date).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(Object.keys(report.machine)).toEqual(["cpu", "cores", "node", "system"]);
    expect(report.rows.map(strategyOf)).toEqual(["no gate", "attempt"]);
    expect(report.rows[1]).toMatchObject({
      workload: "a thousand visitors, two at a time",
      ratio: expect.any(Number),
      perSecond: expect.any(Number),
      peakInFlight: null,
      heapMb: expect.any(Number),
      rssMb: expect.any(Number),
    });
    expect(report).toMatchObject({
      partial: true,
      rounds: 1,
      seconds: 0.01,
      written: ["labs/worker-pool/.pictures/bench-part.svg"],
    });
  });
});

describe("lab bench without an attempt", () => {
  let road: FixtureRoad;
  let run: Outcome;
  beforeAll(async () => {
    road = copyRoad();
    const options = ["--picture", "elsewhere/gate.svg", "--profile", "cpu"];
    run = await spawnLab(road.root, ["bench", ...quick, ...options]);
  });
  afterAll(() => road[Symbol.dispose]());

  it("measures the reference, says so, and how long it takes", () => {
    const { status, stdout, stderr } = run;
    expect(status).toBe(0);
    expect(stderr).toContain("There is no attempt at worker-pool yet: only the reference is measured.");
    expect(stdout).toMatch(/\n {2}reference +[\d.]+/);
    expect(stdout).not.toMatch(/^ +attempt/m);
    // And how long it takes, beforehand.
    expect(stderr).toMatch(/2 rows, each in 1 round: about 3 s\. Ctrl-C stops it and shows what there is\./);
  });

  it("puts picture and profiles where it is told to, and names them", () => {
    const { stdout } = run;
    const picture = join(road.root, "elsewhere", "gate.svg");
    expect(stdout).toContain("As a picture: elsewhere/gate.svg");
    expect(existsSync(picture)).toBe(true);
    // A whole run: what compare shows, and its picture, are of the same run.
    expect(readFileSync(picture, "utf8")).toBe(readFileSync(pictureOf(road), "utf8"));
    expect(stdout).toContain("labs/worker-pool/.pictures/bench.json");
    const [profile = ""] = /labs\/worker-pool\/\.profiles\/\S+\.reference\.cpuprofile/.exec(stdout) ?? [];
    expect(JSON.parse(readFileSync(join(road.root, profile), "utf8"))).toHaveProperty("nodes");
  });
});

describe("lab bench", () => {
  it("reports an attempt that fails, and is no gate for it", async () => {
    using road = copyRoad();
    road.write("attempt/index.ts", road.read("starter/index.ts"));
    const { status, stdout } = await bench(road);
    expect(status).toBe(0);
    expect(stdout).toContain("✗ attempt: Error: TODO 1.1: createGate is yours to write");
    expect(stdout).toMatch(/\n {2}reference +[\d.]+/);

    road.write("attempt/index.ts", "export const createGate = () => ({ enter: () => false, leave() {} });");
    const { stdout: wrong } = await bench(road, "--only", "attempt");
    expect(wrong).toContain("✗ attempt: Wrong result: 0 of 1000 came in");
  });

  it("stops at Ctrl-C with status 130, and prints what it has", async () => {
    using road = copyRoad();
    road.write("attempt/index.ts", "export const createGate = () => { for (;;); };");
    const command = spawn(process.execPath, [join(import.meta.dirname, "..", "main.ts"), "bench"], {
      cwd: road.root,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let printed = "";
    command.stdout.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
    command.stderr.setEncoding("utf8").on("data", (text: string) => {
      if (text.includes("a thousand visitors")) command.kill("SIGINT");
    });
    const [status] = await once(command, "close");
    expect(status).toBe(130);
    expect(printed).toContain("Stopped before it was through");
    expect(existsSync(pictureOf(road))).toBe(false);
    expect(printed).toContain("Nothing was measured, so nothing was written.");
  });

  it.each([
    [["--time", "never"], '--time must be a number of seconds above 0, got "never".'],
    [["--rounds", "0"], '--rounds must be a whole number from 1, got "0".'],
    [["--profile", "disk"], '--profile must be cpu or heap, got "disk".'],
    [
      ["--only", "nobody"],
      'nothing in it is called "nobody". Workloads: a thousand visitors, two at a time. Strategies: no gate; reference.',
    ],
    [["--only", ""], '--only must be a part of the name of a workload or a strategy, got "".'],
    [["--picture", ""], '--picture must name a file, got "".'],
    [["--pictrue", "x"], "--pictrue"],
  ])("answers %j with status 2 and a word that helps", async (args, words) => {
    using road = copyRoad();
    const { status, stdout, stderr } = await bench(road, ...args);
    expect(stderr).toContain(words);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  });

  it("says so where a lab has no bench", async () => {
    using road = copyRoad();
    rmSync(join(road.root, "labs", "worker-pool", "bench"), { recursive: true });
    expect(await bench(road)).toMatchObject({ status: 2, stderr: expect.stringContaining("no bench yet.") });
  });
});
