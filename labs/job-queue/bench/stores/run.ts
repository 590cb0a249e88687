/**
 * Measures one way in a process of its own, and prints the figures as a line of JSON.
 *
 * ```sh
 * node run.ts "sqlite" /tmp/jobs.db 10000
 * ```
 */
import { closeSync, fsyncSync, openSync, rmSync, writeSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as turnIn } from "node:timers/promises";
import type { JobStore } from "../../contract.ts";
import { claimAndComplete, enqueue } from "./load.ts";
import { bytesOf, type OpenStore, ways } from "./ways.ts";

export interface Figures {
  /** What the disk takes for the least that a commit needs, just before: the floor of everything that is durable. */
  readonly flushMs: number;
  readonly enqueuedPerSecond: number;
  readonly completedPerSecond: number;
  /** 99 % of the time the event loop was late by less than that. */
  readonly loopP99Ms: number;
  readonly loopMaxMs: number;
  readonly bytes: number;
}

const [way = "", file = "", count = ""] = process.argv.slice(2);
const open = ways[way];
if (open === undefined) {
  throw new RangeError(`Cannot measure: the way must be one of ${Object.keys(ways)}, got ${way}`);
}
const flushMs = flushTime(`${file}.flush`);
const speeds = await measure(open, Number(count));
const figures: Figures = { flushMs, ...speeds, bytes: await bytesOf(file) };
process.stdout.write(`${JSON.stringify(figures)}\n`);

async function measure(open: (file: string) => Promise<OpenStore>, jobs: number) {
  await using opened = await open(file);
  const { store } = opened;
  await warmUp(store);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await turnIn(5); // From here on it knows when it ought to come.
  const enqueuedPerSecond = await rate(jobs, () => enqueue(store, jobs));
  const completedPerSecond = await rate(jobs, () => claimAndComplete(store, jobs));
  await turnIn(5); // A loop that has stood still all the time is late only now.
  delay.disable();
  // Each sample is of a timer of 1 ms, which is no delay.
  const loopP99Ms = delay.percentile(99) / 1e6 - 1;
  return { enqueuedPerSecond, completedPerSecond, loopP99Ms, loopMaxMs: delay.max / 1e6 - 1 };
}

async function warmUp(store: JobStore): Promise<void> {
  await enqueue(store, 300);
  await claimAndComplete(store, 300);
}

async function rate(count: number, body: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await body();
  return (count / (performance.now() - begun)) * 1_000;
}

/** The median of a hundred appends of two pages. */
function flushTime(path: string): number {
  const descriptor = openSync(path, "w");
  const times = Array.from({ length: 100 }, () => {
    const begun = performance.now();
    writeSync(descriptor, Buffer.alloc(8_192, 1));
    fsyncSync(descriptor);
    return performance.now() - begun;
  });
  closeSync(descriptor);
  rmSync(path);
  return times.toSorted((a, b) => a - b)[50] ?? Number.NaN;
}
