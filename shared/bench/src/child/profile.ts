import { writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { writeHeapSnapshot } from "node:v8";
import type { Reply, Task } from "../assignment.ts";
import type { Prepared } from "../define-bench.ts";
import { Gauge, noGauge } from "../gauge.ts";
import { checkResult, prepare, type Subject } from "./subject.ts";

type ProfileTask = Extract<Task, { kind: "profile" }>;

/** Runs the strategy for `timeMs` under V8's own profiler, after one run that warms up. */
export async function profile(subject: Subject, task: ProfileTask): Promise<Reply> {
  const files = task.what === "cpu" ? await profileCpu(subject, task) : await profileHeap(subject, task);
  return { kind: "profiled", files };
}

async function profileCpu(subject: Subject, { timeMs, path }: ProfileTask): Promise<string[]> {
  await using prepared = await prepare(subject, noGauge);
  await prepared.before();
  await prepared.run();
  using session = openSession();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: 200 });
  await session.post("Profiler.start");
  await runFor(timeMs, subject, prepared);
  const { profile } = await session.post("Profiler.stop");
  return [write(`${path}.cpuprofile`, profile)];
}

/** What was allocated by whom, and what lay in the heap when half of the jobs had begun, or else after the last run. */
async function profileHeap(subject: Subject, { timeMs, path }: ProfileTask): Promise<string[]> {
  const snapshot = `${path}.heapsnapshot`;
  let armed = false;
  const half = Math.ceil(subject.workload.operations / 2);
  let entered = 0;
  const gauge = new Gauge(() => {
    entered += 1;
    if (!armed || entered < half) return;
    armed = false;
    writeHeapSnapshot(snapshot);
  });
  await using prepared = await prepare(subject, gauge);
  await prepared.before();
  await prepared.run();
  using session = openSession();
  await session.post("HeapProfiler.startSampling", {
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
  await runFor(timeMs, subject, prepared);
  const { profile } = await session.post("HeapProfiler.stopSampling");
  const sampled = write(`${path}.heapprofile`, profile);

  await prepared.before();
  entered = 0;
  armed = true;
  const result = await prepared.run();
  if (armed) writeHeapSnapshot(snapshot);
  checkResult(subject.workload, result);
  return [sampled, snapshot];
}

function openSession(): Session & Disposable {
  const session = new Session();
  session.connect();
  return Object.assign(session, { [Symbol.dispose]: () => session.disconnect() });
}

async function runFor(timeMs: number, { workload }: Subject, { before, run }: Prepared): Promise<void> {
  const end = performance.now() + timeMs;
  do {
    await before?.();
    checkResult(workload, await run());
  } while (performance.now() < end);
}

function write(path: string, profile: object): string {
  writeFileSync(path, JSON.stringify(profile));
  return path;
}
