import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { type Counts, holds } from "./count-up.ts";
import type { CourseView } from "./course.ts";
import { Hook } from "./hook.ts";
import { Ledger } from "./ledger.ts";
import { asJson, asText } from "./report.ts";
import { liveView, plainLine } from "./view.ts";

const good: Counts = {
  ...{ acknowledged: 2_000, completed: 2_000, lost: 0, left: 0, crashes: 74 },
  effects: { gzip: 1_500, webhook: 500, twice: 0, foreign: 0 },
  ...{ files: 150, broken: [], lastStatus: 0 },
};

/** 2,000 jobs, of which three were acknowledged; one is completed, and one was in hand when the service was killed. */
async function courseWith(): Promise<CourseView & AsyncDisposable> {
  const ledger = new Ledger(10);
  const hook = await Hook.open();
  const line = (msg: string, n: number) => ({ msg, job: `id ${n}`, requestId: `client:${n}` });
  for (const n of [1, 2, 3]) ledger.acknowledge(`id ${n}`, n);
  for (const msg of ["job begins", "job completed"]) ledger.hear(line(msg, 1));
  ledger.hear(line("job begins", 2));
  ledger.killed();
  ledger.resent = 1;
  const options = { jobs: 2_000, kills: 10, concurrency: 10, lease: 2_000, folder: "", paths: [], data: "" };
  const dispose = () => hook[Symbol.asyncDispose]();
  return { ledger, hook, options, upSince: undefined, pid: undefined, [Symbol.asyncDispose]: dispose };
}

describe("holds", () => {
  it("is true of what was promised", () => {
    expect(holds(good, 2_000)).toBe(true);
  });

  it.each<[string, Partial<Counts>]>([
    ["a job that nobody acknowledged", { acknowledged: 1_999 }],
    ["a job too few", { completed: 1_999 }],
    ["a job too many", { completed: 2_001 }],
    ["one that was acknowledged and lost", { lost: 1 }],
    ["one that has not ended well", { left: 1 }],
    ["an effect too few", { effects: { ...good.effects, gzip: 1_499 } }],
    ["an effect too many", { effects: { ...good.effects, webhook: 501 } }],
    ["an effect that is there twice", { effects: { ...good.effects, twice: 1 } }],
    ["an effect of no job", { effects: { ...good.effects, foreign: 1 } }],
    ["a file that is not what it was", { broken: ["a.txt"] }],
  ])("is false of %s", (_, more) => {
    expect(holds({ ...good, ...more }, 2_000)).toBe(false);
  });
});

describe("the summary", () => {
  it("tells what was promised, and what was found", async () => {
    await using course = await courseWith();
    expect(asText({ course, counts: good, tookMs: 52_600 }, 80)).toBe(
      `Job queue: 2,000 jobs, and kill -9 10 times on the way

acknowledged  2,000 of 2,000; 1 request without an answer, sent again with the
              same key
completed     2,000 ✓ lost 0, left over 0
effects       2,000 by idempotency key ✓ 1,500 gzip, 500 webhook; twice 0
files         150 files gzipped ✓ each is what it was
handlers      2 begun for 2,000 jobs; 1 job in hand when the service was killed,
              74 leases ran out
webhook       0 calls: 0 told that it is busy, 0 answers lost, 0 asked for again
              and not done again
took          52.6 s; the last service ended with status 0
`,
    );
  });

  it("says what is wrong", async () => {
    await using course = await courseWith();
    const effects = { gzip: 1_500, webhook: 499, twice: 0, foreign: 0 };
    const counts = { ...good, completed: 1_999, lost: 1, effects, broken: ["a.txt"] };
    const text = asText({ course, counts, tookMs: 1 }, 80);
    expect(text).toContain("completed     1,999 ✗ lost 1, left over 0\n");
    expect(text).toContain("effects       1,999 by idempotency key ✗");
    expect(text).toContain("files         150 files gzipped ✗ broken: a.txt\n");
    expect(JSON.parse(asJson({ course, counts, tookMs: 1 }))).toMatchObject({ holds: false, counts });
  });

  it("tells as much as is known when it was stopped", async () => {
    await using course = await courseWith();
    const run = { course, counts: undefined, tookMs: 1_500 };
    expect(asText(run, 80)).toContain("acknowledged  3 of 2,000\ncompleted     1, as far as is known\n");
    expect(JSON.parse(asJson(run))).toMatchObject({
      holds: false,
      counts: null,
      acknowledged: 3,
      inHandWhenKilled: [1],
    });
  });

  it.each([50, 80])("fits into %i columns", async (width) => {
    await using course = await courseWith();
    const lines = asText({ course, counts: good, tookMs: 1 }, width).split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
  });
});

describe("the live view", () => {
  it("shows how far it is, and the kills", async () => {
    await using course = await courseWith();
    const [title, , bar, counts, , service, kills, handlers] = stripVTControlCharacters(
      liveView(course),
    ).split("\n");
    expect(title).toBe("Job queue: 2,000 jobs, and kill -9 10 times on the way");
    expect(bar).toBe(`  ${"░".repeat(46)}`);
    expect(counts).toBe("  1 completed, 0 in hand, 2 waiting, 1,997 to come");
    expect(service).toBe("  service   starts");
    expect(kills).toBe("  kill -9   1 of 10; 1 jobs were in hand, 0 of them done since");
    expect(handlers).toBe("  handlers  2 begun for 3 jobs");
    expect(plainLine(course)).toBe("1 completed, 0 in hand, 2 waiting, 1,997 to come, killed 1 of 10 times");
  });
});
