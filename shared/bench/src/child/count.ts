import { GCProfiler } from "node:v8";
import type { Reply } from "../assignment.ts";
import { Gauge } from "../gauge.ts";
import { checkResult, prepare, type Subject } from "./subject.ts";

const MB = 2 ** 20;

/**
 * One run, counted and not measured.
 *
 * - In flight: the most that the jobs' gauge showed.
 * - Heap: what lay there right after a garbage collection, at most, above what lay there before the run. V8 reports
 *   every collection, even while a run never lets go of the thread, and this process has a young generation of 1 MB, so
 *   it collects after every megabyte or so. The last collection is forced, with the run's result still held.
 * - Resident: how far the run raised the high-water mark that the system keeps for the process.
 */
export async function count(subject: Subject): Promise<Reply> {
  const gauge = new Gauge();
  await using prepared = await prepare(subject, gauge);
  await prepared.before();
  collect();
  const heapBefore = process.memoryUsage().heapUsed;
  const residentBefore = highWaterKb();
  const collections = new GCProfiler();
  collections.start();

  const result = await prepared.run();

  const resident = highWaterKb() - residentBefore;
  collect();
  const heaps = collections.stop().statistics.map(({ afterGC }) => afterGC.heapStatistics.usedHeapSize);
  checkResult(subject.workload, result);
  return {
    kind: "counted",
    peakInFlight: gauge.peak,
    heapMb: Math.max(0, ...[heaps.reduce((most, heap) => Math.max(most, heap), 0) - heapBefore]) / MB,
    rssMb: resident / 1024,
  };
}

function collect(): void {
  if (globalThis.gc === undefined)
    throw new Error("Cannot count: the process was started without --expose-gc");
  globalThis.gc();
}

const highWaterKb = () => process.resourceUsage().maxRSS;
