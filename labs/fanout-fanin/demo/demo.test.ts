import { createHash } from "node:crypto";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { byteNameOf } from "@pattern-labs/demo/files";
import { type RunningProcess, startProcess } from "@pattern-labs/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checksumLine } from "../given/checksum-file.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "demo-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

// Each test starts processes, and waits for what they do, not for a time: the limit only ends a hang.
describe("the demo", { timeout: 600_000 }, () => {
  it.each([
    ["the reference", [], { limit: 16, stillOpen: 0, failed: 1 }],
    ["a limit of one", ["--concurrency", "1"], { limit: 1, mostOpen: 1, stillOpen: 0, failed: 1 }],
    ["results in order", ["--ordered"], { limit: 16, stillOpen: 0, failed: 1 }],
    ["threads", ["--threads", "2", "--batch", "8"], { limit: 2, stillAlive: 0 }],
  ])(
    "hashes a tree of its own with all kinds of oddities, with %s, and removes it",
    async (_, args, more) => {
      await using demo = await start("--files", "230", "--json", ...args);
      expect(await demo.exit).toEqual({ code: 0, signal: null });
      const report: Report = JSON.parse(demo.stdout);
      expect(report).toMatchObject({
        stopped: false,
        givenUp: 0,
        faults: [],
        sums: { check: { ok: true } },
        ...more,
      });
      expect(report.hashed).toBeGreaterThan(230);
      expect(report.found).toBe(report.hashed + report.failed);
      expect(report.mostOpen ?? report.mostThreads).toBeLessThanOrEqual(report.limit);
      expect(report.problems).toContainEqual({ name: "./odd/vanishes", why: "it has vanished" });
      expect(report.leftAlone["symbolic link"]).toBe(3);
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  it("writes the checksums of a folder that it is given, and changes nothing else there", async () => {
    const files = { "two words": "a", "line\nbreak": "b", "back\\slash": "c", "über/nested": "" };
    makeFiles(files);
    const before = readdirSync(folder, { recursive: true });
    const out = join(folder, "SHA256SUMS");
    const expected = Object.entries(files).map(([name, content]) =>
      checksumLine(byteNameOf(`./${name}`), createHash("sha256").update(content).digest("hex")),
    );
    // The second time its own output lies in the folder.
    for (const _ of ["first", "second"]) {
      await using demo = await start("--folder", folder, "--out", out);
      expect(await demo.exit).toEqual({ code: 0, signal: null });
      expect(demo.stdout).toContain("4 files found: 4 hashed, 0 not read\n");
      expect(demo.stdout).toContain(`checksums: 4 lines in ${out}\n`);
      expect(readFileSync(out, "latin1").match(/.+\n/g)?.sort()).toEqual(expected.toSorted());
    }
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual([...before, "SHA256SUMS"].sort());
  });

  it("stops at Ctrl-C and SIGTERM, closes every file and says how far it came", async () => {
    const stop = async (signal: NodeJS.Signals, code: number, name: string) => {
      const own = join(folder, signal);
      makeFiles({ [`${signal}/small`]: "a", [`${signal}/huge`]: "" });
      truncateSync(join(own, "huge"), 2 ** 40); // It takes no room on the disk, and minutes to read.
      await using demo = await start("--folder", own, "--out", join(own, "sums"));
      await demo.line(/^1 file /);
      demo.kill(signal);
      expect(await demo.exit).toEqual({ code, signal: null });
      expect(demo.stdout).toMatch(/^2 files found: 1 hashed, 0 not read, 1 given up\n/);
      expect(demo.stdout).toContain("checksums: none, for not all are there\n");
      expect(demo.stdout).not.toContain("✗");
      expect(demo.stderr).toContain(`Stopped by ${name}.`);
      expect(readdirSync(own).sort()).toEqual(["huge", "small"]);
    };
    await Promise.all([stop("SIGINT", 130, "Ctrl-C"), stop("SIGTERM", 143, "SIGTERM")]);
  });

  it("refuses what it cannot understand in a sentence", async () => {
    const refuse = async (args: readonly string[], complaint: string) => {
      await using demo = await start(...args);
      expect(await demo.exit).toEqual({ code: 2, signal: null });
      expect(demo.stderr).toBe(`${complaint}\nSee --help.\n`);
      expect(demo.stdout).toBe("");
    };
    const file = fileURLToPath(import.meta.url);
    await Promise.all([
      refuse(["--concurrency", "0"], '--concurrency must be a whole number from 1 to 10000, got "0"'),
      refuse(["--folder", ""], '--folder must be the name of a folder, got ""'),
      refuse(["--folder", "/not/there"], '--folder must be a folder that exists, got "/not/there"'),
      refuse(["--folder", file], `--folder must be a folder that exists, got ${JSON.stringify(file)}`),
      refuse(["--folder"], "--folder must be the name of a folder, got nothing"),
      refuse(["--out", "/not/there"], '--out must be in a folder that can be written to, got "/not/there"'),
      refuse(["--out", folder], `--out must be a file, or not be there yet, got ${JSON.stringify(folder)}`),
      refuse(
        ["--picture", "/not/there/x.svg"],
        '--picture must be in a folder that can be written to, got "/not/there/x.svg"',
      ),
      refuse(["--folder", folder, "--files", "9"], "--files has no effect with --folder"),
      refuse(["--folder", folder, "--check"], "--check has no effect without --out"),
      refuse(["--threads", "2", "--ordered"], "--ordered has no effect with --threads"),
      refuse(["--threads", "2", "--concurrency", "9"], "--concurrency has no effect with --threads"),
      refuse(["--batch", "9"], "--batch has no effect without --threads"),
    ]);
  });

  it("follows a link to the file of checksums, and leaves the link", async () => {
    makeFiles({ "tree/a": "a", sums: "old" });
    symlinkSync("sums", join(folder, "link"));
    await using demo = await start("--folder", join(folder, "tree"), "--out", join(folder, "link"));
    expect(await demo.exit).toEqual({ code: 0, signal: null });
    expect(lstatSync(join(folder, "link")).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, "sums"), "latin1")).toMatch(/^[0-9a-f]{64} {2}\.\/a\n$/);
  });

  it("draws who read what when", async () => {
    makeFiles({ a: "a", b: "b" });
    const file = join(folder, "run.html");
    await using demo = await start("--folder", folder, "--picture", file);
    expect(await demo.exit).toEqual({ code: 0, signal: null });
    expect(readFileSync(file, "utf8")).toMatch(/The tree hasher[\s\S]*2 tasks/);
  });

  it("says in a sentence that an answer is not written yet, before it makes any file", async () => {
    const explain = async (...args: readonly string[]) => {
      await using demo = await startOn("starter", ...args);
      expect(await demo.exit).toEqual({ code: 1, signal: null });
      expect(demo.stderr).toMatch(/^This hasher is not ready for the demo: TODO [^\n]*\.\n$/);
      expect(demo.stdout).toBe("");
    };
    await Promise.all([explain(), explain("--threads", "2"), explain("--ordered")]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("prints its usage", async () => {
    await using demo = await start("--help");
    expect(await demo.exit).toEqual({ code: 0, signal: null });
    expect(demo.stdout).toMatch(/^Usage: /);
  });
});

interface Report {
  readonly found: number;
  readonly hashed: number;
  readonly failed: number;
  readonly limit: number;
  readonly mostOpen?: number;
  readonly mostThreads?: number;
  readonly leftAlone: Readonly<Record<string, number>>;
  readonly problems: readonly object[];
}

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
