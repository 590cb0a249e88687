import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isSoak, startProcess, tellCounts } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";
import type { Counts } from "./count-up.ts";

const script = fileURLToPath(new URL("./index.ts", import.meta.url));
const start = (args: string, { condition = "default", env = {} } = {}) =>
  startProcess(process.execPath, ["--conditions", condition, script, ...args.split(" ").filter(Boolean)], {
    env,
  });

const [JOBS, KILLS] = isSoak ? [2_000, 10] : [120, 2];

interface Told {
  readonly holds: boolean;
  readonly counts: Counts;
  readonly begun: number;
  readonly resent: number;
  readonly inHandWhenKilled: readonly number[];
}

function temporaryFolder() {
  const path = mkdtempSync(join(tmpdir(), "demo-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

// Each test starts processes, and waits for what they do, not for a time: the limit only ends a hang.
describe("the demo", { timeout: isSoak ? 1_800_000 : 300_000, concurrent: true }, () => {
  it(`completes ${JOBS} real jobs, killed ${KILLS} times on the way, and each effect is there exactly once`, async () => {
    await using demo = await start(`--json --jobs ${JOBS} --kills ${KILLS} --lease 1000`);
    expect(await demo.exit).toEqual({ code: 0, signal: null });
    const { holds, counts, inHandWhenKilled, begun, resent }: Told = JSON.parse(demo.stdout);
    const { effects } = counts;
    expect(holds).toBe(true);
    expect([counts.acknowledged, counts.completed, counts.lost, counts.left]).toEqual([JOBS, JOBS, 0, 0]);
    expect([effects.gzip + effects.webhook, effects.twice, effects.foreign]).toEqual([JOBS, 0, 0]);
    expect([counts.broken, counts.lastStatus]).toEqual([[], 0]);
    expect(inHandWhenKilled.length).toBe(KILLS);
    expect(inHandWhenKilled.some((count) => count > 0)).toBe(true);
    expect(counts.crashes).toBeGreaterThan(0);
    tellCounts(
      `${JOBS} jobs, ${KILLS} × kill -9: ${counts.completed} completed, ${effects.gzip + effects.webhook} effects by key, ` +
        `${effects.twice} twice, ${begun} handlers begun, ${resent} requests sent again`,
    );
  });

  it("takes files of the reader's own, and leaves them alone", async () => {
    using folder = temporaryFolder();
    mkdirSync(join(folder.path, "a"));
    writeFileSync(join(folder.path, "a/b.txt"), "hello");
    await using demo = await start(`--json --jobs 8 --kills 0 --folder ${folder.path}`);
    expect(await demo.exit).toEqual({ code: 0, signal: null });
    expect((JSON.parse(demo.stdout) as Told).counts).toMatchObject({ completed: 8, files: 1, broken: [] });
    expect(readdirSync(folder.path, { recursive: true }).sort()).toEqual(["a", "a/b.txt"]);
  });

  it("stops at Ctrl-C, prints what it has, and leaves no process and no folder behind", async () => {
    using folder = temporaryFolder();
    const own = join(folder.path, "tmp");
    mkdirSync(own);
    await using demo = await start("--jobs 20000 --kills 0", { env: { TMPDIR: own } });
    await demo.line(/^[1-9][\d,]* completed/);
    demo.kill("SIGINT");
    expect(await demo.exit).toEqual({ code: 130, signal: null });
    expect(demo.stderr).toContain("Stopped by Ctrl-C.");
    expect(demo.stdout).toMatch(/^completed +[\d,]+, as far as is known$/m);
    rmdirSync(own); // Fails if anything is in it.
  });

  it("ends at once when Ctrl-C comes again, and leaves nothing behind either", async () => {
    using folder = temporaryFolder();
    const own = join(folder.path, "tmp");
    mkdirSync(own);
    await using demo = await start("--jobs 20000 --kills 0", { env: { TMPDIR: own } });
    await demo.line(/^[1-9][\d,]* completed/);
    demo.kill("SIGINT");
    await demo.line(/Once more ends at once/);
    demo.kill("SIGINT");
    expect(await demo.exit).toEqual({ code: 130, signal: null });
    while (readdirSync(own).length > 0) await new Promise((resolve) => setImmediate(resolve)); // It is being removed.
  });

  it.each([
    ["the service did not start: it has ended", `process.kill(process.pid, "SIGKILL")`],
    [
      "the service has ended by itself",
      `process.getBuiltinModule("node:diagnostics_channel").subscribe(
        "http.server.request.start", () => process.kill(process.pid, "SIGKILL"))`,
    ],
  ])("tells that %s, and by what", async (words, die) => {
    const script = `if (process.argv[1].endsWith("main.ts")) ${die};`;
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` };
    await using demo = await start("--jobs 10 --kills 0", { env });
    expect(await demo.exit).toEqual({ code: 1, signal: null });
    expect(demo.stderr).toContain(`The demo could not go on: ${words} (SIGKILL).\n`);
  });

  it("serves alone, for curl, and keeps the jobs where it is told to", async () => {
    using folder = temporaryFolder();
    await using demo = await start(`--serve --data ${folder.path}`);
    const [url = ""] = /^http:\S+/.exec(await demo.line(/^http:/)) ?? [];
    const response = await fetch(`${url}jobs`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: '{"type":"gzip","payload":{"path":"file-001.log"}}',
    });
    expect(response.status).toBe(202);
    await demo.line(/"job completed"/);
    await using late = await start(`--serve --port ${new URL(url).port}`);
    expect(await late.exit).toEqual({ code: 2, signal: null });
    expect(late.stderr).toMatch(/^--port \d+ is taken: /m);
    demo.kill("SIGTERM");
    expect(await demo.exit).toEqual({ code: 143, signal: null });
    expect(readdirSync(folder.path)).toContain("jobs.db");
  });

  it("draws what happened, with the kills", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "run.svg");
    await using demo = await start(`--jobs 40 --kills 1 --lease 500 --picture ${file}`);
    expect((await demo.exit).code).toBe(0);
    expect(readFileSync(file, "utf8")).toMatch(/^<svg[\s\S]*kill -9/);
  });

  it.each([
    ["--jobs 0", '--jobs must be a whole number from 1 to 20000, got "0"\nSee --help.\n'],
    ["--folder /nowhere/at/all", "--folder must be a folder with a file in it of at most 4 MB"],
    ["--picture /nowhere/at/all.svg", "--picture must be in a folder that can be written to"],
    ["--serve --kills 2", "--kills has no effect with --serve\n"],
    ["--port 8080", "--port has no effect without --serve\n"],
  ])("refuses %s in a sentence", async (args, words) => {
    await using demo = await start(args);
    expect(await demo.exit).toEqual({ code: 2, signal: null });
    expect([demo.stdout, demo.stderr]).toEqual(["", expect.stringContaining(words)]);
  });

  it.each(["--jobs 10", "--serve"])(
    "says what is missing in an answer that is half done: %s",
    async (args) => {
      await using demo = await start(args, { condition: "starter" });
      expect(await demo.exit).toEqual({ code: 1, signal: null });
      expect(demo.stderr).toContain("This queue is not ready for the demo: TODO 1.1");
    },
  );
});
