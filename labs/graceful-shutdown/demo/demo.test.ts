import { mkdtempSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isSoak, rounds, startProcess, tellCounts } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";

const script = fileURLToPath(new URL("./index.ts", import.meta.url));
const start = (args: string, condition = "default") =>
  startProcess(process.execPath, ["--conditions", condition, script, ...args.split(" ").filter(Boolean)]);

/** Little load, answers that outlast the notice, and limits that only a hang would reach, however busy the machine is. */
const QUICK = { seconds: 0, clients: 6, slow: 800, stream: 900, job: 150, notice: 500 };
const LIMITS = { drain: 100_000, deadline: 120_000, grace: 200_000 };

/** The demo as a test runs it, where `args` say nothing else. */
function quick(args: string): string {
  const others = Object.entries({ ...QUICK, ...LIMITS }).filter(([name]) => !args.includes(`--${name} `));
  return `--json ${others.map(([name, value]) => `--${name} ${value}`).join(" ")} ${args}`;
}

interface Told {
  readonly server: string;
  readonly status: number | null;
  readonly complaint: string | null;
  readonly wasKilled: boolean;
  readonly requests: Readonly<Record<"answered" | "cut" | "reset" | "refused" | "endless", number>>;
  readonly jobs: Readonly<Record<"accepted" | "done" | "back" | "lost" | "doneTwice", number>>;
  readonly log: readonly string[];
  readonly stops: readonly string[];
}

/** Runs the demo with one server, and gives what it tells. */
async function shutDown(args: string, server = "answer"): Promise<Told> {
  await using demo = await start(quick(`--server ${server} ${args}`));
  await demo.exit;
  const told: Told | undefined = JSON.parse(demo.stdout).outcomes[0];
  if (told === undefined) throw new Error(`The demo has told nothing: ${demo.stderr}`);
  return told;
}

function expectNoLoss({ requests, jobs }: Told): void {
  expect(requests.cut).toBe(0);
  expect([jobs.lost, jobs.doneTwice]).toEqual([0, 0]);
  expect(requests.answered).toBeGreaterThan(6);
  expect(jobs.accepted).toBeGreaterThanOrEqual(6);
}

const ALL_STOPPED = ["http", "broker", "workers", "cache", "store"].flatMap((name) => [
  `${name} begins`,
  `${name} ended`,
]);

const ROUNDS = rounds(2, 50);

// Each test starts processes, and waits for what they do, not for a time: the limit only ends a hang.
describe("the demo's service under load", { timeout: isSoak ? 1_800_000 : 180_000, concurrent: true }, () => {
  it(`loses nothing when it is sent SIGTERM, ${ROUNDS} times`, async () => {
    const sums = { answered: 0, cut: 0, reset: 0, refused: 0, accepted: 0, lost: 0 };
    let begun = 0;
    const lanes = Array.from({ length: 3 }, async () => {
      while (begun < ROUNDS) {
        begun += 1;
        const told = await shutDown("");
        expectNoLoss(told);
        expect([told.status, told.complaint]).toEqual([0, null]);
        expect(told.stops).toEqual(ALL_STOPPED);
        expect(told.log.at(-1)).toBe("the log is flushed");
        for (const key of ["answered", "cut", "reset", "refused"] as const) sums[key] += told.requests[key];
        for (const key of ["accepted", "lost"] as const) sums[key] += told.jobs[key];
      }
    });
    await Promise.all(lanes);
    tellCounts(`${ROUNDS} × SIGTERM under load: ${JSON.stringify(sums)}`);
  });

  it("loses nothing when it is sent SIGINT", async () => {
    const told = await shutDown("--signal SIGINT");
    expectNoLoss(told);
    expect([told.status, told.complaint]).toEqual([0, null]);
  });

  it.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ])("ends at a second %s, whatever that costs", async (signal, status) => {
    // Streams that would go on for an hour: only the second signal can have ended it.
    const told = await shutDown(`--twice --signal ${signal} --stream 600000`);
    expect([told.status, told.complaint, told.wasKilled]).toEqual([status, null, false]);
    expect(told.requests.cut).toBeGreaterThan(0);
  });

  it.each(["uncaught", "rejection"])(
    "goes the same road at an error that nobody has caught: %s",
    async (fault) => {
      const told = await shutDown(`--fault ${fault}`);
      expectNoLoss(told);
      expect([told.status, told.complaint]).toEqual([1, null]);
      expect(told.stops).toEqual(ALL_STOPPED);
      expect(told.log[0]).toBe("nobody has caught: a bug that nobody has caught");
    },
  );

  it("gives a hook up that hangs, and stops all others", async () => {
    const told = await shutDown("--fault hanging-hook");
    expectNoLoss(told);
    expect([told.status, told.complaint]).toEqual([1, null]);
    expect(told.stops).toEqual(ALL_STOPPED.filter((line) => line !== "cache ended"));
    expect(told.log.at(-1)).toBe("the log is flushed");
  });

  it("stops all others when a hook throws", async () => {
    const told = await shutDown("--fault throwing-hook");
    expectNoLoss(told);
    expect([told.status, told.complaint]).toEqual([1, null]);
    expect(told.stops).toEqual(ALL_STOPPED.map((line) => (line === "cache ended" ? "cache failed" : line)));
    expect(told.log.at(-1)).toBe("the log is flushed");
  });

  it("stops what was started when a start fails half-way", async () => {
    const told = await shutDown("--fault failing-start");
    expect([told.status, told.complaint]).toEqual([1, null]);
    expect(told.stops).toEqual(ALL_STOPPED.filter((line) => !/^(http|broker) /.test(line)));
  });

  it("cuts a stream that goes on for ever, and nothing else", async () => {
    const told = await shutDown("--fault endless-stream --drain 1000");
    expect(told.requests.endless).toBe(1);
    expect([told.status, told.jobs.lost]).toEqual([0, 0]);
  });

  it("loses what it has in hand when it ends by process.exit", async () => {
    const told = await shutDown("--stream 600000", "exit");
    expect(told.status).toBe(0);
    expect(told.requests.cut).toBeGreaterThan(0);
    expect(told.jobs.lost).toBeGreaterThan(0);
  });

  it("never ends by server.close alone while its clients go on, and is killed with what it has in hand", async () => {
    const told = await shutDown("--stream 600000 --grace 1000", "close");
    expect([told.status, told.wasKilled]).toEqual([null, true]);
    expect(told.requests.cut).toBeGreaterThan(0);
  });
});

describe("the demo", { timeout: 180_000, concurrent: true }, () => {
  it("stops at Ctrl-C, prints what it has, and leaves no process and no folder behind", async () => {
    const folder = mkdtempSync(join(tmpdir(), "demo-"));
    await using demo = await startProcess(
      process.execPath,
      ["--conditions", "default", script, "--seconds", "3600"],
      {
        env: { TMPDIR: folder },
      },
    );
    await demo.line(/process\.exit under load/);
    demo.kill("SIGINT");
    expect(await demo.exit).toEqual({ code: 130, signal: null });
    expect(demo.stderr).toContain("Stopped by Ctrl-C.");
    expect(demo.stdout).toContain("not tried: process.exit, server.close, answer");
    rmdirSync(folder); // Fails if anything is in it.
  });

  it("draws what happened, resources as they stop", async () => {
    const folder = mkdtempSync(join(tmpdir(), "demo-"));
    try {
      const file = join(folder, "run.svg");
      await using demo = await start(quick(`--server answer --fault failing-start --picture ${file}`));
      expect((await demo.exit).code).toBe(0);
      expect(readFileSync(file, "utf8")).toMatch(/^<svg[\s\S]*stop workers[\s\S]*exit 1/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    ["--signal SIGKILL", '--signal must be one of SIGTERM, SIGINT, got "SIGKILL"\nSee --help.\n'],
    ["--clients 0", '--clients must be a whole number from 1 to 1000, got "0"'],
    ["--picture /nowhere/at/all.svg", "--picture must be in a folder that can be written to"],
    ["--twice --fault uncaught", "--twice goes with a signal, got --fault uncaught"],
    ["--twice --behind npm", "--twice goes with a service that hears a signal, got --behind npm"],
    ["--serve --json", "--json has no effect with --serve"],
    ["--serve --twice", "--twice has no effect with --serve"],
    ["--port 8080", "--port has no effect without --serve"],
  ])("refuses %s in a sentence", async (args, words) => {
    await using demo = await start(args);
    expect(await demo.exit).toEqual({ code: 2, signal: null });
    expect(demo.stdout).toBe("");
    expect(demo.stderr).toContain(words);
  });

  it("says what is missing in an answer that is half done", async () => {
    await using demo = await start("--server answer", "starter");
    expect(await demo.exit).toEqual({ code: 1, signal: null });
    expect(demo.stdout).toContain("This shutdown is not ready for the demo: TODO 1.1");
  });
});
