import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { attemptReference, copyRoad, type FixtureRoad, notePass } from "./testing/fixture-road.ts";
import { runLab, spawnLab } from "./testing/run-lab.ts";

const lab = (road: FixtureRoad, ...args: string[]) => runLab(road.root, args);
const realLab = (road: FixtureRoad, ...args: string[]) => spawnLab(road.root, args);

describe("lab", () => {
  it("alone tells the road and the next command, and ends well without a terminal", async () => {
    using road = copyRoad();
    const { status, stdout } = await lab(road);
    expect(status).toBe(0);
    expect(stdout).toMatch(/1 +worker-pool[\s\S]*9 ! +http-fanout.*missing[\s\S]*npx lab start worker-pool/);
    expect(stdout).not.toContain("\u001b");
  });

  it.each([
    [["tset"], 'There is no command "tset". Did you mean "test"?'],
    [["help", "tset"], 'There is no command "tset". Did you mean "test"?'],
    [["worker-pool"], '"worker-pool" is a lab'],
    [["start", "worker-pol"], 'There is no lab "worker-pol". Did you mean "worker-pool"?'],
    [["start", "pipeline"], "The lab pipeline is missing: there is no labs/pipeline/package.json."],
    [
      ["test", "--target", "refrence"],
      '--target must be one of attempt, reference, starter, bug, got "refrence"',
    ],
    [["test", "--target", "reference", "--step", "3"], '--step must be a whole number from 1 to 2, got "3"'],
    [["test", "--target", "reference", "--step", "two"], 'got "two"'],
    [["test", "--target", "reference", "--challenge", "nmaes"], 'Did you mean "names"?'],
    [["test", "--setp", "1"], "--step"],
    [["list", "much", "more"], "too many arguments"],
    [["test"], "There is no attempt at worker-pool yet."],
    [["reset", "--yes"], "There is no attempt at worker-pool to put aside."],
    [["hint", "--step", "0"], '--step must be a whole number from 1 to 2, got "0"'],
  ])("answers %j with status 2 and a word that helps", async (args, words) => {
    using road = copyRoad();
    const { status, stdout, stderr } = await lab(road, ...args);
    expect(stderr).toContain(words);
    expect(stderr).not.toContain("    at ");
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  });

  it.each([
    [2, ["test", "--json"], "There is no attempt at worker-pool yet."],
    [2, ["test", "--json", "--title", ""], "--title must be"],
    [2, ["test", "--json", "--setp", "1"], "unknown option '--setp'"],
    [1, ["compare", "--json"], "There is no attempt at worker-pool yet."],
    [
      2,
      ["compare", "pipeline", "--json"],
      "The lab pipeline is missing: there is no labs/pipeline/package.json.",
    ],
    [2, ["bench", "--json", "--rounds", "0"], "--rounds must be a whole number from 1"],
    [2, ["list", "--json", "more"], "too many arguments"],
    [2, ["verify", "nowhere", "--json"], 'There is no lab "nowhere".'],
    [2, ["tset", "--json"], 'There is no command "tset".'],
  ])("answers with status %i and an error in JSON: %j", async (expected, args, words) => {
    using road = copyRoad();
    const { status, stdout, stderr } = await lab(road, ...args);
    expect({ status, stderr }).toEqual({ status: expected, stderr: "" });
    expect(JSON.parse(stdout)).toEqual(
      expect.objectContaining({ error: expect.stringContaining(words as string) }),
    );
  });

  it("helps", async () => {
    using road = copyRoad();
    const help = await lab(road, "--help");
    expect(help).toMatchObject({ status: 0, stderr: "" });
    expect(help.stdout).toMatch(
      /start \[lab\][\s\S]*verify \[options\] \[lab\][\s\S]*npx lab start worker-pool/,
    );
    expect((await lab(road, "help", "test")).stdout).toContain("--replay");
    expect((await lab(road, "--version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it("runs as a process of its own, as npx starts it", async () => {
    using road = copyRoad();
    expect(await spawnLab(join(road.root, "labs", "worker-pool"), ["list", "--json"])).toMatchObject({
      status: 0,
    });
    expect(await spawnLab(road.root, ["tset"])).toMatchObject({ status: 2, stdout: "" });
  });

  it("says so outside of the labs", async () => {
    const { status, stderr } = await runLab("/", ["list"]);
    expect(status).toBe(2);
    expect(stderr).toContain("/ is not inside Pattern Labs.");
    expect(stderr).toContain(`cd ${resolve(import.meta.dirname, "../../..")}`);
    expect(stderr).not.toContain("pnpm");
  });

  it("colours where it is told to, unless NO_COLOR says otherwise", async () => {
    using road = copyRoad();
    // A process for each: what the environment says of colours is read once.
    const listed = async (env: Record<string, string>) => (await spawnLab(road.root, ["list"], env)).stdout;
    expect(await listed({ FORCE_COLOR: "1" })).toContain("\u001b[");
    expect(await listed({ FORCE_COLOR: "1", NO_COLOR: "1" })).not.toContain("\u001b[");
  });

  it("warns of a damaged progress file even where progress is only written", async () => {
    using road = copyRoad();
    writeFileSync(join(road.root, "progress.json"), "{");
    const { status, stderr } = await lab(road, "start", "worker-pool");
    expect(status).toBe(0);
    expect(stderr).toContain("progress.json was damaged");
  });

  it("tells what the operating system refuses, without a stack", async () => {
    using road = copyRoad();
    writeFileSync(join(road.root, ".attempts"), "a file where a folder should be");
    road.write("attempt/index.ts", "mine");
    const { status, stderr } = await lab(road, "reset", "--yes");
    expect(status).toBe(2);
    expect(stderr).toMatch(/^lab: E[A-Z]+: .*\.attempts/);
    expect(road.read("attempt/index.ts")).toBe("mine");
  });

  it("puts a damaged progress file aside and goes on", async () => {
    using road = copyRoad();
    writeFileSync(join(road.root, "progress.json"), "{");
    const { status, stderr } = await lab(road, "status");
    expect(status).toBe(0);
    expect(stderr).toContain("progress.json was damaged");
    expect(readdirSync(road.root).some((name) => name.startsWith("progress.damaged-"))).toBe(true);
  });
});

describe("lab, once the first lab has passed", () => {
  /** Two labs, of which the first has passed. */
  function roadOfTwo(): FixtureRoad {
    const road = copyRoad();
    road.addLab("fanout-fanin", 2);
    attemptReference(road);
    notePass(road);
    return road;
  }

  it("tells what is left to do with it, and which lab is next", async () => {
    using road = roadOfTwo();
    const { stdout } = await lab(road);
    expect(stdout).toMatch(/worker-pool: every step has passed[\s\S]*npx lab compare worker-pool/);
    expect(stdout).toMatch(/Next is fanout-fanin[\s\S]*npx lab start fanout-fanin/);
    expect((await lab(road, "start")).stdout).toContain("labs/fanout-fanin/attempt/index.ts");
  });

  it("means that lab by the commands that look back, and the next one by those that go on", async () => {
    using road = roadOfTwo();
    expect((await lab(road, "bug")).stdout).toContain("labs/worker-pool/bug/");
    expect((await lab(road, "picture")).stderr).toContain("no picture of worker-pool");
    expect((await lab(road, "watch")).stderr).toContain("no attempt at fanout-fanin yet");
    await lab(road, "start", "fanout-fanin");
    expect((await lab(road, "bug")).stdout).toContain("npx lab watch fanout-fanin");
  });
});

describe("lab list", () => {
  it("gives the nine labs in order as JSON, those missing marked", async () => {
    using road = copyRoad();
    const places = JSON.parse((await lab(road, "list", "--json")).stdout);
    expect(places.map((place: { order: number }) => place.order)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(places[0]).toMatchObject({ lab: "worker-pool", available: true, started: false });
    expect(places[1]).toEqual({ order: 2, lab: "fanout-fanin", available: false });
  });
});

describe("lab start", () => {
  it("tells the problem, and never touches an attempt", async () => {
    using road = copyRoad();
    const { stdout } = await lab(road, "start");
    expect(stdout).toMatch(/A museum has an old floor[\s\S]*labs\/worker-pool\/attempt\/index\.ts/);
    road.write("attempt/index.ts", "mine");
    const again = await lab(road, "start", "worker-pool");
    expect(again).toMatchObject({ status: 0 });
    expect(again.stdout).toContain("npx lab reset worker-pool");
    expect(road.read("attempt/index.ts")).toBe("mine");
  });
});

describe("lab reset", () => {
  it("needs --yes without a terminal, and keeps the old attempt", async () => {
    using road = copyRoad();
    road.write("attempt/index.ts", "mine");
    expect(await lab(road, "reset")).toMatchObject({ status: 2 });
    expect(road.read("attempt/index.ts")).toBe("mine");

    const { stdout } = await lab(road, "reset", "--yes");
    const [copy = ""] = /\.attempts\/\S+/.exec(stdout) ?? [];
    expect(readFileSync(join(road.root, copy, "index.ts"), "utf8")).toBe("mine");
    expect(road.read("attempt/index.ts")).toBe(road.read("starter/index.ts"));
  });
});

describe("lab hint", () => {
  it("gives one hint at a time, remembers it, and says which was the last", async () => {
    using road = copyRoad();
    const hints = [];
    for (let n = 0; n < 4; n += 1) hints.push((await lab(road, "hint")).stdout);
    expect(hints[0]).toMatch(/hint 1 of 3\s+Count\./);
    expect(hints[1]).toMatch(/hint 2 of 3\s+Compare/);
    expect(hints[3]).toMatch(/hint 3 of 3[\s\S]*That was the last one/);
  });
});

describe("lab test", () => {
  it("judges the reference, in words and as JSON", async () => {
    using road = copyRoad({ types: false });
    const { status, stdout } = await realLab(road, "test", "--target", "reference", "--json");
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      lab: "worker-pool",
      target: "reference",
      steps: [
        {
          step: 1,
          title: "Enter",
          passed: 2,
          failed: 0,
          tests: [{ guarantee: "1.1" }, { guarantee: "1.2" }],
        },
        { step: 2, title: "Leave", passed: 1, failed: 0 },
      ],
      challenges: [{ challenge: "names", attempted: true, passed: 1, failed: 0 }],
      passed: 3,
      failed: 0,
    });
    expect(existsSync(join(road.root, "progress.json"))).toBe(false);
  });

  it("fails on the starter, kindly", async () => {
    using road = copyRoad({ types: false });
    await lab(road, "start");
    const { status, stdout } = await lab(road, "test");
    expect(status).toBe(1);
    expect(stdout).toContain("judging your attempt (labs/worker-pool/attempt/index.ts)");
    expect(stdout).toMatch(/Step 2 · Leave\s+○ not written yet \(1 test\)/);
    expect(stdout).toContain("Challenges not taken up: names");
  });

  it("notes what an attempt passed, and says so once it has changed", async () => {
    using road = copyRoad({ types: false });
    attemptReference(road);
    const judged = road.read("attempt/index.ts");
    expect(await lab(road, "test")).toMatchObject({ status: 0 });
    expect((await lab(road, "list")).stdout).toMatch(/✔ worker-pool .*passed, 1 of 1 challenge\n/);
    road.write("attempt/index.ts", `${judged}\n// more`);
    expect((await lab(road, "list")).stdout).toContain("changed since");
    expect((await lab(road, "status")).stdout).toContain("your attempt has changed");
    road.write("attempt/index.ts", judged);
    road.write("contract.ts", `${road.read("contract.ts")}\n// more`);
    expect((await lab(road, "status")).stdout).toContain("the lab has changed");
  });

  it("judges one step, or one guarantee, by itself", async () => {
    using road = copyRoad({ types: false, tests: ["1-enter", "2-leave"] });
    road.write(
      "attempt/index.ts",
      road.read("solution/index.ts").replace("void inside.shift()", "undefined"),
    );
    expect(await lab(road, "test", "--step", "1")).toMatchObject({ status: 0 });
    expect(await lab(road, "test", "--step", "2")).toMatchObject({ status: 1 });
    const one = await lab(road, "test", "--title", "1.2");
    expect(one.status).toBe(0);
    expect(one.stdout).not.toContain("1.1");
    expect(await lab(road, "test", "--step", "2", "--title", "9.9")).toMatchObject({ status: 2 });
  });
});

describe("lab demo", () => {
  it("runs on the answer that is asked for, with arguments of its own and its own status", async () => {
    using road = copyRoad({ types: false });
    const { status, stdout } = await realLab(road, "demo", "--target", "reference", "--", "Ada", "Bo", "Cy");
    expect({ status, stdout }).toEqual({ status: 0, stdout: "Ada: comes in\nBo: comes in\nCy: waits\n" });
    road.write("demo/index.ts", "process.exitCode = 7;");
    expect(await lab(road, "demo")).toMatchObject({ status: 7 });
  });

  it.each([
    { words: ["--limit", "3"], passedOn: ["--limit", "3"] },
    { words: ["--target", "reference", "--limit=3", "x"], passedOn: ["--limit=3", "x"] },
    { words: ["--limit", "3", "--", "--target", "x"], passedOn: ["--limit", "3", "--target", "x"] },
    { words: ["worker-pool", "--help"], passedOn: ["--help"] },
    { words: ["worker-pool", "--target=reference", "-h"], passedOn: ["-h"] },
    { words: ["worker-pool", "src", "--deep"], passedOn: ["src", "--deep"] },
  ])("passes on the demo's own options, with or without --: $words", async ({ words, passedOn }) => {
    using road = copyRoad({ types: false });
    road.write(
      "demo/index.ts",
      `import { writeFileSync } from "node:fs";
       writeFileSync(import.meta.dirname + "/heard.json", JSON.stringify(process.argv.slice(2)));`,
    );
    expect(await lab(road, "demo", ...words)).toMatchObject({ status: 0 });
    expect(JSON.parse(road.read("demo/heard.json"))).toEqual(passedOn);
  });

  it("describes itself where no lab is named", async () => {
    using road = copyRoad({ types: false });
    const { status, stdout } = await lab(road, "demo", "--help");
    expect(status).toBe(0);
    expect(stdout).toContain("Usage: lab demo");
  });

  it("says so where somebody else has ended the demo", async () => {
    using road = copyRoad({ types: false });
    road.write("demo/index.ts", 'process.kill(process.pid, "SIGKILL");');
    const { status, stderr } = await lab(road, "demo");
    expect(status).toBe(137);
    expect(stderr).toContain("It was ended from outside, by SIGKILL.");
  });

  it("leaves the stopping to the demo at Ctrl-C, and ends with its status", async () => {
    using road = copyRoad({ types: false });
    road.write(
      "demo/index.ts",
      `const alive = setInterval(() => {}, 1000);
       process.on("SIGINT", () => { clearInterval(alive); console.log("stopped cleanly"); process.exitCode = 3; });
       console.log("ready");`,
    );
    const command = spawn(process.execPath, [join(import.meta.dirname, "main.ts"), "demo"], {
      cwd: road.root,
      stdio: ["ignore", "pipe", "ignore"],
    });
    let printed = "";
    command.stdout.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
      if (text.includes("ready")) command.kill("SIGINT");
    });
    const [status] = await once(command, "close");
    expect({ status, printed }).toEqual({ status: 3, printed: "ready\nstopped cleanly\n" });
  });
});
