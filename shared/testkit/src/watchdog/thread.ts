/**
 * The thread that watches the main one. It must not rely on anything that the main thread does for it: no console, no
 * process.stdout.
 */
import { writeSync } from "node:fs";
import { workerData } from "node:worker_threads";
import { HangDetector } from "./hang-detector.ts";
import type { HungReport } from "./report.ts";

const LOOK_EVERY_MS = 200;

export interface Watch {
  /** Grows whenever the main thread's event loop turns. */
  readonly heartbeats: Int32Array;
  readonly parent: number;
  readonly cwd: string;
  /** The CPU time that it may take to turn once. */
  readonly limitMs: Int32Array;
  /** Where a judge listens; absent in an ordinary run, where a person reads stderr. */
  readonly reportFd?: number;
}

const { heartbeats, parent, cwd, limitMs, reportFd } = workerData as Watch;

const detector = new HangDetector(() => Atomics.load(limitMs, 0));

const timer = setInterval(() => {
  if (process.ppid !== parent) end(); // Nobody is left to hear of the results.
  if (!detector.isHung(Atomics.load(heartbeats, 0), cpuMs())) return;
  clearInterval(timer);
  void reportAndEnd();
}, LOOK_EVERY_MS);

async function reportAndEnd(): Promise<void> {
  try {
    // Loaded only now: every test process starts this thread, and hardly any gets here.
    const { whereMainThreadIs } = await import("./main-thread.ts");
    const report: HungReport = {
      kind: "hung",
      cpuMs: Atomics.load(limitMs, 0),
      frames: await whereMainThreadIs(),
    };
    if (reportFd === undefined) writeSync(2, `\n${await inWords(report)}\n`);
    else writeSync(reportFd, `${JSON.stringify(report)}\n`);
  } finally {
    end();
  }
}

async function inWords(report: HungReport): Promise<string> {
  const { hungMessage } = await import("./report.ts");
  const { relative } = await import("node:path");
  const frame = report.frames[0];
  if (frame === undefined) return hungMessage(report);
  return hungMessage(report, {
    name: frame.name,
    where: `${relative(cwd, frame.file)}:${frame.line}:${frame.column}`,
  });
}

/** Of all that could end a process, only this needs nothing from the main thread. */
function end(): void {
  process.kill(process.pid, "SIGKILL");
}

/** Of the whole process: only the main thread does anything worth mentioning in it. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
