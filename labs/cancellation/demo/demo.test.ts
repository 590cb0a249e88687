import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type RunningProcess, startProcess } from "@pattern-labs/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "demo-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A match at once, and then a text in which the pattern loses its way for a second. */
const astray = `aab\n${"x".repeat(70_000)}\n${"a".repeat(60)}\n`;

// Each test starts processes, and waits for what they do, not for a time: the limit only ends a hang.
describe("the search", { timeout: 600_000 }, () => {
  it("prints the lines that it finds, as grep does, and tells the rest elsewhere", async () => {
    makeFiles({ "one.txt": "to be\nor not\nto be", "deep/two.txt": "be\r\n", three: "nothing", bin: "be\0" });
    await using demo = await start("--pattern", "\\bb(e|ä)\\b", "--folder", folder);
    expect(await demo.exit).toEqual({ code: 0, signal: null });
    const lines = demo.stdout.trimEnd().split("\n").sort();
    expect(lines).toEqual(["./deep/two.txt:1:be", "./one.txt:1:to be", "./one.txt:3:to be"]);
    expect(demo.stderr).toContain("3 matches\n4 files found: 3 searched, 1 binary\n");
  });

  it("ends with 1 when it finds nothing", async () => {
    makeFiles({ a: "a" });
    await using demo = await start("--pattern", "b", "--folder", folder, "--json");
    expect(await demo.exit).toEqual({ code: 1, signal: null });
    expect(JSON.parse(demo.stdout).summary).toMatchObject({ matches: 0, stillOpen: 0, faults: [] });
  });

  it.each([
    ["SIGINT", 130, "Ctrl-C"],
    ["SIGTERM", 143, "SIGTERM"],
  ] as const)("stops at %s with what it has, and every file is closed", async (signal, code, name) => {
    makeFiles(Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`f${n}`, astray])));
    await using demo = await start("--pattern", "(a+)+b", "--folder", folder);
    await demo.line(/^\.\/f\d:1:aab$/);
    demo.kill(signal);
    expect(await demo.exit).toEqual({ code, signal: null });
    expect(demo.stderr).toContain(`Stopped by ${name}.`);
    expect(demo.stderr).toMatch(/8 files found: .* given up/);
    expect(demo.stderr).toMatch(/every file was closed, 0 still open/);
    expect(demo.stderr).not.toContain("✗");
  });

  it("stops at its deadline with the status of timeout", async () => {
    makeFiles({ f: astray });
    await using demo = await start("--pattern", "(a+)+b", "--folder", folder, "--deadline", "1");
    expect(await demo.exit).toEqual({ code: 124, signal: null });
    expect(demo.stderr).toContain("The deadline of 1.0 ms came");
  });

  it("stops when it has found enough", async () => {
    makeFiles({ f: "be\n".repeat(9) });
    await using demo = await start("--pattern", "be", "--folder", folder, "--max", "4");
    expect(await demo.exit).toEqual({ code: 0, signal: null });
    expect(demo.stdout).toBe("./f:1:be\n./f:2:be\n./f:3:be\n./f:4:be\n");
  });

  it("draws who read what when", async () => {
    makeFiles({ a: "a", b: "b" });
    const file = join(folder, "run.svg");
    await using demo = await start("--pattern", "a", "--folder", folder, "--picture", file);
    expect(await demo.exit).toEqual({ code: 0, signal: null });
    expect(readFileSync(file, "utf8")).toMatch(/^<svg/);
  });
});

describe("the service", { timeout: 600_000 }, () => {
  it("has clients that leave, and nothing is alive at the end", async () => {
    await using demo = await start(
      "--serve",
      "--seconds",
      "0.7",
      "--clients",
      "6",
      "--leave",
      "60",
      "--json",
    );
    expect(await demo.exit).toEqual({ code: 0, signal: null });
    const report = JSON.parse(demo.stdout);
    expect(report).toMatchObject({ faults: [], changedReasons: 0, clients: { shopsBusy: 0 } });
    expect(Object.values(report.left)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(report.clients.sent).toBeGreaterThan(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("serves curl until Ctrl-C, and logs the id of each request", async () => {
    await using demo = await start("--serve", "--clients", "0");
    const [, url = ""] = /GET (\S+)</.exec(await demo.line(/^GET /)) ?? [];
    const response = await fetch(`${url}1`, { headers: { "x-request-id": "mine" } });
    expect([response.status, await response.json()]).toMatchObject([200, { requestId: "mine", customer: 1 }]);
    expect(JSON.parse(await demo.line(/the request has ended/))).toMatchObject({
      requestId: "mine",
      end: "answered",
    });
    demo.kill("SIGINT");
    expect(await demo.exit).toEqual({ code: 130, signal: null });
    expect(demo.stdout).toContain("1 request: answered 1\n");
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("the demo", { timeout: 600_000 }, () => {
  it("refuses what it cannot understand in a sentence", async () => {
    const refuse = async (args: readonly string[], complaint: string) => {
      await using demo = await start(...args);
      expect(await demo.exit).toEqual({ code: 2, signal: null });
      expect(demo.stderr).toBe(`${complaint}\nSee --help.\n`);
      expect(demo.stdout).toBe("");
    };
    await Promise.all([
      refuse(["--concurrency", "0"], '--concurrency must be a whole number from 1 to 1024, got "0"'),
      refuse(["--folder", "/not/there"], '--folder must be a folder that exists, got "/not/there"'),
      refuse(["--pattern", "("], '--pattern must be a regular expression, got "(": /(/: Unterminated group'),
      refuse(
        ["--picture", "/not/there/run.svg"],
        '--picture must be in a folder that can be written to, got "/not/there/run.svg"',
      ),
      refuse(["--folder"], "--folder must be the name of a folder, got nothing"),
      refuse(["--port", "8080"], "--port has no effect without --serve"),
      refuse(["--serve", "--folder", folder], "--folder has no effect with --serve"),
      refuse(["--serve", "--port", "70000"], '--port must be a whole number from 0 to 65535, got "70000"'),
    ]);
  });

  it("says in a sentence that an answer is not written yet", async () => {
    const explain = async (...args: readonly string[]) => {
      await using demo = await startOn("starter", ...args);
      expect(await demo.exit).toEqual({ code: 1, signal: null });
      expect(demo.stderr).toMatch(/^This scope is not ready for the demo: TODO [^\n]*\.\n$/);
      expect(demo.stdout).toBe("");
    };
    await Promise.all([explain(), explain("--serve")]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("prints its usage", async () => {
    await using demo = await start("--help");
    expect(await demo.exit).toEqual({ code: 0, signal: null });
    expect(demo.stdout).toMatch(/^Usage: /);
  });
});

const start = (...args: readonly string[]) => startOn("default", ...args);

/** What the demo makes for itself, it makes in the folder of the test. */
function startOn(condition: string, ...args: readonly string[]): Promise<RunningProcess> {
  const script = fileURLToPath(new URL("./index.ts", import.meta.url));
  return startProcess(process.execPath, ["--conditions", condition, script, ...args], {
    env: { TMPDIR: folder },
  });
}

function makeFiles(files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}
