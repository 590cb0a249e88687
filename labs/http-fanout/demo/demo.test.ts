import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isSoak, startProcess, tellCounts } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";
import type { Verdict } from "./truth.ts";

const script = fileURLToPath(new URL("./index.ts", import.meta.url));
const start = (args: string, condition = "default") =>
  startProcess(process.execPath, ["--conditions", condition, script, ...args.split(" ")]);

interface Told {
  readonly acts: readonly {
    readonly title: string;
    readonly sent: number;
    readonly ends: Readonly<Record<string, number>>;
    readonly permitsMost: number;
    readonly callsMost: number;
    readonly phases: readonly { readonly name: string }[];
    readonly verdict?: Verdict;
    readonly ending: Readonly<Record<string, number>>;
    readonly problems: readonly string[];
  }[];
}

const NOTHING_LEFT = { permits: 0, calls: 0, underWay: 0, sockets: 0, status: 0 };

// Each test waits for what processes do, not for a time, and judges none: the limit only ends a hang.
describe("the demo", { timeout: isSoak ? 900_000 : 300_000 }, () => {
  it("keeps the limit while ten services stall, with breakers and without, and leaves nothing behind", async () => {
    const folder = mkdtempSync(join(tmpdir(), "http-fanout-"));
    const picture = join(folder, "run.svg");
    const steps = "0.3:well,1:stalled*10,0.3:well";
    await using demo = await start(`--script ${steps} --clients 30 --json --picture ${picture}`);
    expect(await demo.exit).toEqual({ code: 0, signal: null });
    const { acts }: Told = JSON.parse(demo.stdout);
    expect(acts.map(({ title }) => title)).toEqual([
      "With a bulkhead and a breaker for each service",
      "Without bulkheads and breakers",
    ]);
    for (const { sent, ends, permitsMost, callsMost, ending, problems, phases } of acts) {
      expect(problems).toEqual([]);
      expect(ending).toEqual(NOTHING_LEFT);
      expect(Object.values(ends).reduce((sum, each) => sum + each, 0)).toBe(sent);
      expect(permitsMost).toBeGreaterThan(1);
      expect([permitsMost, callsMost].filter((most) => most > 100)).toEqual([]);
      expect(phases.map(({ name }) => name)).toEqual(["well", "stalled × 10", "well"]);
    }
    expect(readFileSync(picture, "utf8")).toContain("guarded: well");
    rmSync(folder, { recursive: true });
  });

  it("answers every request truthfully, whatever the services do", async () => {
    const seed = isSoak ? Date.now() % 1_000_000 : 42;
    await using demo = await start(
      `--faults --seconds ${isSoak ? 90 : 1.5} --clients 40 --seed ${seed} --json`,
    );
    const { code } = await demo.exit;
    const { acts }: Told = JSON.parse(demo.stdout);
    for (const { title, sent, ends, verdict, ending, problems } of acts) {
      tellCounts(`seed ${seed}, ${title}: ${JSON.stringify({ sent, ends, ...verdict })}`);
      expect(problems).toEqual([]);
      expect(ending).toEqual(NOTHING_LEFT);
      expect(verdict).toMatchObject({ answers: sent, lies: [] });
      expect([verdict?.answered, verdict?.failed, verdict?.calls].every((each) => Number(each) > 0)).toBe(
        true,
      );
    }
    expect([code, acts.length]).toEqual([0, 2]);
  });

  it("stops at Ctrl-C, and prints what it has", async () => {
    await using demo = await start("--script 3600:well --clients 3 --only bare");
    await demo.line(/, well: \d+ requests/);
    demo.kill("SIGINT");
    expect(await demo.exit).toEqual({ code: 130, signal: null });
    expect(demo.stdout).toMatch(/^Without bulkheads and breakers\n/);
    expect(demo.stdout).toContain("afterwards: 0 permits, 0 calls, 0 connections; exit status 0");
  });

  it.each([
    ["--script 3:fine", /--script.*must be steps such as.*got "3:fine"/],
    ["--clients 0", /--clients.*whole number from 1 to 2000.*"0"/],
    ["--seconds 3", /--seconds.*without --faults/],
    ["--picture /nowhere/at/all.svg", /--picture must be in a folder/],
  ])("refuses %s, and says why", async (args, words) => {
    await using demo = await start(args);
    expect(await demo.exit).toEqual({ code: 2, signal: null });
    expect([demo.stdout, demo.stderr]).toEqual(["", expect.stringMatching(words)]);
    expect(existsSync("/nowhere")).toBe(false);
  });

  it("says what an answer lacks: a challenge, or the first step", async () => {
    await using guarded = await start("--only guarded", "starter");
    expect([(await guarded.exit).code, guarded.stderr]).toEqual([
      1,
      expect.stringContaining("has not attempted the challenge breaker"),
    ]);
    await using demo = await start("--script 3600:well --clients 5", "starter");
    expect((await demo.exit).code).toBe(1);
    expect(demo.stdout).toBe("");
    expect(demo.stderr.match(/TODO 1\.1/g)).toHaveLength(1);
  });
});
