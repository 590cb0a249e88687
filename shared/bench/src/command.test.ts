import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startProcess } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";

const main = join(import.meta.dirname, "main.ts");
const fixture = (name: string) => join(import.meta.dirname, "..", "fixtures", name);

describe("bench", () => {
  it("prints a table, and writes numbers and a picture", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bench-command-"));
    try {
      const [json, svg] = [join(folder, "sum.json"), join(folder, "sum.svg")];
      const { status, stdout, stderr } = await bench("--json", json, "--svg", svg);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "0 of 2 · add up to two\n" });
      expect(stdout).toMatch(/^Sum\nNode [\s\S]*\n {2}constant +1\.00 {2}the floor /);
      expect(JSON.parse(readFileSync(json, "utf8")).rows).toMatchObject([
        { workload: "add up to two", floor: "constant", strategy: "constant", ratio: 1, rounds: 1 },
      ]);
      expect(readFileSync(svg, "utf8")).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("prints nothing but JSON with --json -", async () => {
    const { status, stdout } = await bench("--json", "-");
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      title: "Sum",
      interrupted: false,
      machine: { cores: expect.any(Number) },
    });
  });

  it.each([
    [["--time", "0"], '--time must be a number of seconds above 0, got "0"'],
    [["--time", "soon"], 'got "soon"'],
    [["--rounds", "1.5"], '--rounds must be a whole number from 1, got "1.5"'],
    [["--profile", "disk"], '--profile must be cpu or heap, got "disk"'],
    [["--tmie", "1"], "--tmie"],
    [["nowhere.bench.ts"], "There is no file nowhere.bench.ts"],
    [
      ["--only", "nobody"],
      'nothing in it is called "nobody". Workloads: add up to a thousand; add up to two. Strategies: loop; jobs, four at once; hoarder; constant',
    ],
    [["--only", " "], 'only must be a part of a name, got " "'],
  ])("answers %j with status 2 and a word that helps", async (args, words) => {
    const { status, stdout, stderr } = await bench(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(words);
    expect(stderr).not.toContain("    at ");
  });

  it("stops at Ctrl-C, ends its processes, prints what it has, and ends with status 130", async () => {
    await using command = await startProcess(process.execPath, [main, fixture("endless.bench.ts")]);
    await command.line(/0 of 12 · for ever/);
    command.kill("SIGINT");
    expect(await command.exit).toEqual({ code: 130, signal: null });
    expect(command.stdout).toContain("Stopped before it was through");
  });
});

/** Runs the command on the quick half of a small bench. */
function bench(...args: readonly string[]) {
  const all = [main, fixture("sum.bench.ts"), "--only", "two", "--time", "0.01", "--rounds", "1", ...args];
  return new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(process.execPath, all, (_error, stdout, stderr) => {
      resolve({ status: child.exitCode, stdout, stderr });
    });
  });
}
