import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readRoad } from "../road.ts";
import { copyRoad, type FixtureRoad } from "../testing/fixture-road.ts";
import { runLab, spawnLab } from "../testing/run-lab.ts";
import type { Check } from "./check.ts";
import { checkFiles, codeLeft } from "./files.ts";
import { checkTexts } from "./texts.ts";

/** What the checks that need no test run find wrong. */
async function faults(road: FixtureRoad): Promise<string> {
  const checks = [
    ...(await checkFiles(road.root, road.lab(), readRoad(road.root))),
    ...checkTexts(road.lab()),
  ];
  return checks
    .filter((check) => !check.ok)
    .map((check) => `${check.name}: ${check.detail}`)
    .join("\n");
}

function edit(road: FixtureRoad, path: string, find: string | RegExp, replace: string): void {
  const before = road.read(path);
  const after = before.replace(find, replace);
  expect(after).not.toBe(before);
  road.write(path, after);
}

describe("the checks of files and texts", () => {
  it("find nothing wrong with a lab that keeps its promises", async () => {
    using road = copyRoad();
    expect(await faults(road)).toBe("");
  });

  it("find a lab without a bench", async () => {
    using road = copyRoad();
    rmSync(join(road.lab().folder, "bench"), { recursive: true });
    expect(await faults(road)).toContain("bench/index.ts is missing");
  });

  it.each([
    ["a minute too many", "package.json", '"minutes": 60', '"minutes": 151', /from 60 to 150, got 151/],
    ["a field that is not known", "package.json", '"minutes"', '"colour": "red", "minutes"', /colour/],
    ["a lab that it cannot build on", "package.json", '"buildsOn": []', '"buildsOn": ["yoga"]', /"yoga"/],
    ["an import map without starter", "package.json", '"starter": "./starter/index.ts",', "", /starter/],
    [
      "code in the contract",
      "contract.ts",
      "export interface Gate",
      "export const one = 1;\nexport interface Gate",
      /one = 1/,
    ],
    ["a heading left out", "README.md", "## Design first", "Design first", /headings must be/],
    [
      "a wrong number of minutes",
      "README.md",
      "about 60 minutes",
      "about 90 minutes",
      /those of package\.json/,
    ],
    ["no question", "README.md", "> A museum", "A museum", /question/],
    [
      "a long story",
      "README.md",
      "A museum has",
      `${"long ".repeat(120)}A museum has`,
      /may have 120 words, got 141/,
    ],
    [
      "a long attempt",
      "README.md",
      "  return true;",
      "  return true;\n".repeat(12),
      /may have 14 lines, got 16/,
    ],
    [
      "a link into nothing",
      "README.md",
      "(contract.ts)",
      "(contracts.ts)",
      /contracts\.ts, which does not exist/,
    ],
    ["a link to no heading", "TRADEOFFS.md", "#the-situation", "#situation", /no such heading/],
    [
      "too few hints",
      "HINTS.md",
      "### Hint 3\n\nNothing",
      "Nothing",
      /step 2 must have at least 3 hints, got 2/,
    ],
    [
      "a challenge without hint",
      "HINTS.md",
      "## Challenge names",
      "## Other",
      /challenge names must have a hint/,
    ],
    [
      "a challenge without tests",
      "package.json",
      /"names"\s*\]/,
      '"names", "queue"]',
      /challenge-queue\.test\.ts is missing/,
    ],
    ["a step without tests", "package.json", /"Leave"\s*\]/, '"Leave", "Close"]', /step 3 has no test file/],
    ["a step too many in test/", "package.json", /,\s*"Leave"\s*\]/, "]", /belongs to no step/],
    ["a long reference", "solution/index.ts", "import", `${"//\n".repeat(220)}import`, /may have 220 lines/],
  ])("find %s", async (_, path, find, replace, words) => {
    using road = copyRoad();
    edit(road, path, find, replace);
    expect(await faults(road)).toMatch(words);
  });

  it("find files that have no place in a lab", async () => {
    using road = copyRoad();
    road.write("notes.txt", "");
    road.write("test/enter.test.ts", "");
    expect(await faults(road)).toMatch(/notes\.txt has no place[\s\S]*test\/enter\.test\.ts has no place/);
  });

  it("find a primitive that the lab withholds in its reference", async () => {
    using road = copyRoad();
    edit(road, "package.json", '"withholds": []', '"withholds": ["semaphore"]');
    edit(road, "solution/index.ts", "import", 'import "@pattern-labs/primitives/semaphore";\nimport');
    expect(await faults(road)).toMatch(/imports "semaphore", which the lab withholds/);
  });
});

describe("codeLeft", () => {
  it.each([
    ["// only a comment\n/* and another */ export interface A { b: 1 }", ""],
    ['import type { A } from "./a.ts";\nexport type B = A;\nexport {};', ""],
    ["export const a = 1;", "export const a = 1"],
    ["export enum A { b }", /enum/],
  ])("of %j is %j", (source, left) => {
    expect(codeLeft(source)).toMatch(left === "" ? /^$/ : left);
  });
});

describe("lab verify", () => {
  it("holds for a lab that keeps its promises, and leaves the count", async () => {
    using road = copyRoad();
    const { status, stdout } = await spawnLab(road.root, ["verify", "--json"]);
    const report = JSON.parse(stdout);
    expect(report.checks.filter((check: Check) => !check.ok)).toEqual([]);
    expect({ status, ok: report.ok }).toEqual({ status: 0, ok: true });
    expect(report.mutants.map((mutant: { verdict: string }) => mutant.verdict)).toEqual([
      "caught",
      "caught",
      "caught",
    ]);
    expect(report.accepted).toMatchObject([
      { id: "count-up", ok: true },
      { id: "list", ok: true },
    ]);
    const { passed, failed } = JSON.parse(road.read(".results/verify.json"));
    expect({ passed, failed }).toEqual({ passed: report.checks.length + 5 + report.tests, failed: 0 });
    expect(report.tests).toBe(4);
  });

  it("finds what only running finds, all of it in one go", async () => {
    using road = copyRoad({ types: "answer", tests: ["1-enter", "2-leave"] });
    edit(road, "README.md", "- **1.2** A limit", "- **1.3** A limit");
    edit(road, "mutants.ts", 'caughtBy: "2.1"', 'caughtBy: "1.2"');
    edit(road, "accepted/list/index.ts", "visitors.slice(1)", "visitors");
    road.write("starter/index.ts", `${road.read("solution/index.ts")}\nexport const five: string = 5;\n`);
    road.write("wrong/unheard-of/index.ts", road.read("wrong/inside-out/index.ts"));
    const { status, stdout } = await runLab(road.root, ["verify"]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/no test is called 1\.3[\s\S]*README does not list 1\.2/);
    expect(stdout).toMatch(/✘ mutant leave-forgets\s+who leaves still counts: wrong test/);
    expect(stdout).toMatch(/✘ accepted: list\s+2\.1/);
    expect(stdout).toContain("wrong/unheard-of is not listed");
    expect(stdout).toMatch(/✘ reference and starter compile\s+starter\/index\.ts/);
    expect(stdout).toMatch(/✘ the starter fails fast in every step\s+no test of step 1 fails/);
  });

  it("does not break down over a reference that fails", async () => {
    using road = copyRoad({ types: false, tests: ["1-enter"] });
    rmSync(join(road.lab().folder, "accepted"), { recursive: true }); // Each would be judged alone: that takes long.
    edit(road, "solution/index.ts", "inside.length === limit", "false");
    const { status, stdout, stderr } = await runLab(road.root, ["verify"]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
    expect(stdout).toMatch(/✘ the reference passes every test\s+1\.1/);
    expect(stdout).toContain("✘ the mutants can be run");
  });

  it("says what is missing of a lab that is only being built, without breaking down", async () => {
    using road = copyRoad();
    for (const path of ["test", "solution", "starter", "mutants.ts", "README.md"]) {
      rmSync(join(road.lab().folder, path), { recursive: true });
    }
    const { status, stdout, stderr } = await runLab(road.root, ["verify", "--json"]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
    const { checks } = JSON.parse(stdout);
    expect(checks).toContainEqual({
      name: "the tests can be run",
      ok: false,
      detail: "there is no test of a step in test/",
    });
    const compared = await runLab(road.root, ["compare", "--reveal", "--json"]);
    expect(compared).toMatchObject({ status: 0, stderr: "" });
    expect(JSON.parse(compared.stdout).guarantees).toEqual([]);
  });
});
