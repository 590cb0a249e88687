import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { BenchReport, Row, WorkloadReport } from "./report.ts";
import { type Plan, type Progress, type RunOptions, runBench } from "./run-bench.ts";

const fixture = (name: string) => join(import.meta.dirname, "..", "fixtures", name);
const quick = { seconds: 0.01, rounds: 1 } satisfies RunOptions;

describe("runBench, once through", () => {
  let report: BenchReport;
  beforeAll(async () => {
    report = await runBench(fixture("sum.bench.ts"), quick);
  });

  it("measures each strategy, and tells it as a ratio to the floor's time", () => {
    const { title, interrupted, workloads } = report;
    expect({ title, interrupted }).toEqual({ title: "Sum", interrupted: false });
    expect(workloads.map(({ title }) => title)).toEqual(["add up to a thousand", "add up to two"]);
    const rows = rowsOf(workloads[0]);
    expect(Object.values(rows).map(({ failure }) => failure)).toEqual([undefined, undefined, undefined]);
    expect(rows["loop"]).toMatchObject({ kind: "floor", rounds: 1, ratio: { median: 1 } });
    const [jobs, loop] = [rows["jobs, four at once"], rows["loop"]].map((row) => row?.nsPerOperation?.median);
    expect(rows["jobs, four at once"]?.ratio?.median).toBeCloseTo((jobs ?? 0) / (loop ?? 1));
    expect(rows["hoarder"]?.kind).toBe("peer");
  });

  it("counts what is in flight and what lies in the heap", () => {
    const rows = rowsOf(report.workloads[0]);
    expect(rows["jobs, four at once"]?.peakInFlight).toBe(4);
    expect(rows["loop"]?.peakInFlight).toBeUndefined();
    // 400,000 objects of at least 12 bytes each: 4.6 MB, seen after one of the collections on the way.
    expect(rows["hoarder"]?.heapMb).toBeGreaterThan(3.5);
    expect(rows["hoarder"]?.rssMb).toBeGreaterThan(3.5);
    expect(rows["loop"]?.heapMb).toBeLessThan(1);
  });
});

describe("runBench", () => {
  it("gets ready before each run, and counts nothing of that", async () => {
    const { workloads } = await runBench(fixture("before.bench.ts"), { seconds: 0.01, rounds: 2 });
    const { failure, rounds, heapMb } = rowsOf(workloads[0])["taker"] ?? {};
    expect({ failure, rounds }).toEqual({ failure: undefined, rounds: 2 });
    expect(heapMb).toBeLessThan(1); // What was laid ready takes 5 MB.
  });

  it("tells beforehand how much it is going to be", async () => {
    const plans: Plan[] = [];
    const onBegin = (plan: Plan) => void plans.push(plan);
    const options = { seconds: 0.01, rounds: 2, only: "two", onBegin };
    const { rounds, seconds } = await runBench(fixture("sum.bench.ts"), options);
    expect(plans).toEqual([{ rows: 1, rounds: 2, seconds: 0.01, expectedSeconds: 2 }]);
    expect({ rounds, seconds }).toEqual({ rounds: 2, seconds: 0.01 });
  });

  it("interleaves the rounds, and begins each with the next one", async () => {
    const { progress, onProgress } = collect();
    await runBench(fixture("sum.bench.ts"), { seconds: 0.01, rounds: 3, only: "thousand", onProgress });
    expect(progress.map(({ strategy, doing }) => `${strategy[0]} ${doing}`)).toEqual([
      ...["l counted", "j counted", "h counted"],
      ...["l round 1 of 3", "j round 1 of 3", "h round 1 of 3"],
      ...["j round 2 of 3", "h round 2 of 3", "l round 2 of 3"],
      ...["h round 3 of 3", "l round 3 of 3", "j round 3 of 3"],
    ]);
    expect(progress.at(-1)).toMatchObject({ done: 11, total: 12 });
  });

  it("reports who fails, in words, and measures the others", async () => {
    const { workloads } = await runBench(fixture("faulty.bench.ts"), quick);
    const { right, ...faulty } = rowsOf(workloads[0]);
    expect(right).toMatchObject({ failure: undefined, rounds: 1 });
    expect(Object.entries(faulty).map(([name, { failure }]) => `${name}: ${failure}`)).toEqual([
      "wrong: Wrong result: 8 is not seven",
      "wrong the second time: Wrong result: 8 is not seven",
      "throws: TypeError: no seven",
      "throws in prepare: Error: not ready",
      "throws nothing: threw undefined",
      "waits for ever: it waits for ever: nothing is left that could wake it",
      "ends the process: it ended its process before it had finished",
      "dies: its process was ended by SIGTERM",
      "leaves a rejection: Error: nobody caught it",
      "cannot put away: Error: the drawer is stuck",
    ]);
    expect(Object.values(faulty).every(({ ratio, nsPerOperation }) => !ratio && !nsPerOperation)).toBe(true);
    expect(workloads[0]?.targets[0]).toMatchObject({ ratio: undefined, reached: undefined });
  });

  it("ends who never ends", async () => {
    const { workloads } = await runBench(fixture("endless.bench.ts"), { only: "for ever", patienceMs: 500 });
    expect(rowsOf(workloads[0])["spins"]?.failure).toBe("it had not finished after 0.5 s");
  });

  it("reports who runs out of memory", async () => {
    vi.stubEnv("NODE_OPTIONS", "--max-old-space-size=40");
    const { workloads } = await runBench(fixture("endless.bench.ts"), { only: "ever more" });
    vi.unstubAllEnvs();
    expect(rowsOf(workloads[0])["eats"]?.failure).toBe("it ran out of memory");
  });

  it("runs what is built on #lab once for each answer", async () => {
    const file = fixture("answers/answers.bench.ts");
    const { workloads } = await runBench(file, { ...quick, answers: ["attempt", "reference"] });
    expect(Object.entries(rowsOf(workloads[0])).map(([name, { failure }]) => [name, failure])).toEqual([
      ["known", undefined],
      ["attempt", "Wrong result: the answer is 41"],
      ["reference", undefined],
    ]);
    expect(workloads[0]?.targets).toMatchObject([
      { strategy: "attempt", reached: undefined },
      { strategy: "reference", reached: true },
    ]);
    expect(Object.keys(rowsOf((await runBench(file, quick)).workloads[0]))).toEqual(["known", "reference"]);
  });

  it("keeps only what is asked for, with its floor", async () => {
    const { workloads } = await runBench(fixture("sum.bench.ts"), { ...quick, only: "HOARD" });
    expect(workloads.map(({ rows }) => rows.map(({ name }) => name))).toEqual([["loop", "hoarder"]]);
  });

  it("stops at an abort, and keeps what was measured until then", async () => {
    const controller = new AbortController();
    const { progress, onProgress } = collect((one) => {
      if (one.doing === "round 2 of 2") controller.abort();
    });
    const { interrupted, workloads } = await runBench(fixture("sum.bench.ts"), {
      seconds: 0.01,
      rounds: 2,
      signal: controller.signal,
      onProgress,
    });
    expect(interrupted).toBe(true);
    expect(progress).toHaveLength(7);
    expect(workloads[0]?.rows.map(({ rounds, failure }) => [rounds, failure])).toEqual(
      Array(3).fill([1, undefined]),
    );
    expect(workloads[1]?.rows[0]?.rounds).toBe(0);
  });

  it("ends at an abort even what never ends", async () => {
    const controller = new AbortController();
    const { interrupted, workloads } = await runBench(fixture("endless.bench.ts"), {
      signal: controller.signal,
      patienceMs: 2_000_000_000,
      onProgress: () => queueMicrotask(() => controller.abort()), // when its process has been started
    });
    expect(interrupted).toBe(true);
    expect(rowsOf(workloads[0])["spins"]).toMatchObject({ rounds: 0, failure: undefined });
  });

  it("writes profiles that viewers of V8's formats open", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bench-profiles-"));
    try {
      const read = (path = "") => JSON.parse(readFileSync(path, "utf8"));
      const options = { ...quick, only: "two" };
      const cpu = await runBench(fixture("sum.bench.ts"), { ...options, profile: { kind: "cpu", folder } });
      expect(cpu.profiles).toEqual([join(folder, "sum.add-up-to-two.constant.cpuprofile")]);
      const { nodes, samples, timeDeltas } = read(cpu.profiles[0]);
      expect([nodes.length > 0, samples.length]).toEqual([true, timeDeltas.length]);

      const heap = await runBench(fixture("sum.bench.ts"), { ...options, profile: { kind: "heap", folder } });
      const [sampled, snapshot] = heap.profiles.map((path) => read(path));
      expect(sampled.head.callFrame.functionName).toBe("(root)");
      expect(snapshot.snapshot.node_count).toBeGreaterThan(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    [{ seconds: 0 }, "seconds must be above 0, got 0"],
    [{ seconds: Number.NaN }, "got NaN"],
    [{ rounds: 1.5 }, "rounds must be a whole number from 1, got 1.5"],
    [{ only: "nobody" }, 'nothing in it is called "nobody"'],
  ])("refuses %j", async (options, words) => {
    await expect(runBench(fixture("sum.bench.ts"), options)).rejects.toThrow(words);
  });

  it("refuses a file that exports no bench", async () => {
    await expect(runBench(fixture("answers/reference.ts"))).rejects.toThrow("it exports no bench");
  });
});

function rowsOf(workload: WorkloadReport | undefined): Record<string, Row> {
  return Object.fromEntries((workload?.rows ?? []).map((row) => [row.name, row]));
}

function collect(also: (progress: Progress) => void = () => {}) {
  const progress: Progress[] = [];
  const onProgress = (one: Progress) => {
    progress.push(one);
    also(one);
  };
  return { progress, onProgress };
}
