import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type RunningProcess, startProcess } from "@pattern-labs/testkit";
import { afterAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "demo-"));
afterAll(() => rmSync(folder, { recursive: true }));
const inFolder = (name: string) => join(folder, name);

const SCRIPT = fileURLToPath(new URL("./index.ts", import.meta.url));

/** Runs the demo in a process of its own, on the reference or under another condition. */
function start(args: string, condition = "default"): Promise<RunningProcess> {
  return startProcess(process.execPath, [
    "--conditions",
    condition,
    SCRIPT,
    ...args.split(" ").filter(Boolean),
  ]);
}

async function portOf(demo: RunningProcess): Promise<number> {
  return Number(/\d+/.exec(await demo.line(/^Listening on port \d+/))?.[0]);
}

async function dial(port: number): Promise<Socket & Disposable> {
  const socket = connect({ host: "127.0.0.1", port });
  socket.on("error", () => {}); // A drain closes what is still open.
  await once(socket, "connect");
  return Object.assign(socket, { [Symbol.dispose]: () => void socket.destroy() });
}

interface Summary {
  readonly counters: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
  readonly connections: Readonly<Record<string, unknown>>;
  readonly latestRejected: readonly { readonly reason: string; readonly origin: string }[];
  readonly problem: string | null;
}

const linesOf = (name: string) => readFileSync(inFolder(name), "utf8").trimEnd().split("\n");

// Each test starts processes, and waits for what they do, not for a time: the limit only ends a hang.
describe("the demo", { timeout: 600_000 }, () => {
  it("collects what several senders send, mischief included, and loses no line", async () => {
    const [out, rejects] = [inFolder("out"), inFolder("rejects")];
    const few = "--lines 100 --line-bytes 300 --mischief --lookup 0 --stall-after 50 --stall-for 0";
    await using demo = await start(`${few} --out ${out} --copy ${out}-2 --rejects ${rejects} --json`);

    expect(await demo.exit).toEqual({ code: 0, signal: null });

    const { counters, faults, connections, problem }: Summary = JSON.parse(demo.stdout);
    expect({ faults, problem }).toEqual({ faults: [], problem: null });
    expect(connections).toMatchObject({ accepted: 11, ended: 10, broken: 1, left: 0 });
    // 300 of the senders, a quarter of them DEBUG; of the mischief five are good ones.
    expect(counters).toMatchObject({ filtered: 75, written: 225 + 5, discarded: 0 });
    expect(linesOf("out")).toHaveLength(230);
    expect(linesOf("out-2")).toEqual(linesOf("out"));
    expect(linesOf("rejects")).toHaveLength(counters["rejected"] ?? 0);
    const reasons = new Set(linesOf("rejects").map((line) => JSON.parse(line).reason));
    expect(reasons).toContain("longer than 65536 bytes");
    expect(reasons).toContain("was cut off before its end");
    expect(reasons).toContain('level must be DEBUG, INFO, WARN or ERROR, got "LOUD"');
  });

  it("has room for forty services", async () => {
    await using demo = await start("--senders 40 --lines 20 --line-bytes 300 --lookup 0 --json");
    expect(await demo.exit).toEqual({ code: 0, signal: null });
    const { counters, connections, problem }: Summary = JSON.parse(demo.stdout);
    expect({ counters, connections, problem }).toMatchObject({
      counters: { read: 800, filtered: 200, written: 600 },
      connections: { accepted: 40, ended: 40, turnedAway: 0 },
      problem: null,
    });
  });

  it("fails if some of the senders could not send, and loses nothing of the others", async () => {
    // The first connection takes a second. By then all have come, and there is room for one more.
    await using demo = await start("--slots 1 --senders 5 --lines 5000 --line-bytes 300 --json");
    expect((await demo.exit).code).toBe(1);
    const { counters, faults, connections, problem }: Summary = JSON.parse(demo.stdout);
    expect(connections).toMatchObject({ ended: 2, turnedAway: 3 });
    expect(problem).toMatch(/^Not everything was sent\. A connection failed: /);
    expect(faults).toEqual([]);
    expect(counters).toMatchObject({ read: 10_000, written: 7_500 });
  });

  it("drains at Ctrl-C: what was read is written, and it says so", async () => {
    const out = inFolder("drained");
    await using demo = await start(`--serve --levels WARN,ERROR --out ${out} --json`);
    using sender = await dial(await portOf(demo));
    sender.write(
      "2015-07-29 17:41:44,747 - WARN  [a] - kept\n<135>1 2015-07-29T17:41:44Z h a - - - dropped\nno",
    );
    const { localPort } = sender;
    await until(() => linesOf("drained")[0] !== "");

    demo.kill("SIGINT");

    expect(await demo.exit).toEqual({ code: 130, signal: null });
    const { counters, faults, connections, latestRejected }: Summary = JSON.parse(demo.stdout);
    expect(faults).toEqual([]);
    expect(counters).toMatchObject({ read: 3, filtered: 1, rejected: 1, written: 1, discarded: 0 });
    expect(connections).toMatchObject({ left: 1, cutShort: [`127.0.0.1:${localPort}, line 3`] });
    expect(latestRejected).toMatchObject([
      { origin: `127.0.0.1:${localPort}, line 3`, reason: "is in none of the known formats" },
    ]);
    expect(JSON.parse(linesOf("drained")[0] ?? "")).toMatchObject({
      level: "WARN",
      source: "a",
      message: "kept",
    });
  });

  it("ends at once at a second Ctrl-C, and says what was still inside", async () => {
    // The first output rests; the second tells that the entry has come so far.
    const [out, copy] = [inFolder("resting"), inFolder("copy")];
    await using demo = await start(`--serve --stall-after 0 --stall-for 86400 --out ${out} --copy ${copy}`);
    using sender = await dial(await portOf(demo));
    sender.write("2015-07-29 17:41:44,747 - WARN  [a] - waits\n");
    await until(() => linesOf("copy")[0] !== "");

    demo.kill("SIGINT");
    await demo.line(/Once more ends at once/);
    demo.kill("SIGINT");

    expect(await demo.exit).toEqual({ code: 130, signal: null });
    expect(demo.stdout).toContain("1 lines read = 0 written + 0 filtered + 0 rejected + 1 still inside\n");
    expect(demo.stdout).toContain("✗ It was ended before everything was written\n");
  });

  // A disk that is always full: the only one that a test can have without asking for rights, and not every system has it.
  it.runIf(existsSync("/dev/full"))(
    "says that an output failed, and counts nothing as written that is not",
    async () => {
      await using demo = await start("--lines 100 --line-bytes 300 --out /dev/full --json");
      expect(await demo.exit).toEqual({ code: 1, signal: null });
      const { counters, problem }: Summary = JSON.parse(demo.stdout);
      expect(problem).toMatch(/^The pipeline failed: output: ENOSPC/);
      expect(counters).toMatchObject({ written: 0 });
    },
  );

  it("writes entries to stdout, and all else to stderr", async () => {
    await using demo = await start("--lines 20 --line-bytes 300 --senders 1 --threshold DEBUG --out -");
    expect(await demo.exit).toEqual({ code: 0, signal: null });
    const levels = demo.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).level);
    expect(levels).toHaveLength(20);
    expect(demo.stderr).toContain("20 lines read = 20 written + 0 filtered + 0 rejected\n");
  });

  it("draws the run", async () => {
    const picture = inFolder("run.svg");
    await using demo = await start(`--lines 10 --picture ${picture}`);
    expect((await demo.exit).code).toBe(0);
    expect(readFileSync(picture, "utf8")).toMatch(/The log collector[\s\S]*to look up/);
  });

  it("refuses a bad option in a sentence", async () => {
    await using demo = await start("--workers many");
    expect(await demo.exit).toEqual({ code: 2, signal: null });
    const stderr = '--workers must be a whole number from 1 to 10000, got "many"\nSee --help.\n';
    expect(demo).toMatchObject({ stdout: "", stderr });
  });

  it("says in a sentence that nobody listens where it is to send", async () => {
    await using demo = await start("--send 127.0.0.1:1 --senders 1");
    expect((await demo.exit).code).toBe(1);
    expect(demo.stderr).toBe("A connection failed: connect ECONNREFUSED 127.0.0.1:1\n");
  });

  it("says in a sentence that a pipeline is not written yet", async () => {
    await using demo = await start("", "starter");
    expect((await demo.exit).code).toBe(1);
    expect(demo.stderr).toMatch(/^This pipeline is not ready for the demo: TODO \d\.\d: [^\n]*\.\n$/);
  });
});

/** Looked at whenever the event loop has turned. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
