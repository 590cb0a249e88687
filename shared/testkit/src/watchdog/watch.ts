import { Worker } from "node:worker_threads";
import { real } from "../real.ts";
import type { Watch } from "./thread.ts";

const HEARTBEAT_MS = 200;

/** What the two threads share: how often the event loop has turned, and how much CPU time it may take to do so. */
const shared = { heartbeats: int32(), limitMs: int32() };

/** Starts a thread that ends this process if it hangs, or if the process that started it has died. */
export function watchThisProcess({ limitMs, ...options }: { limitMs: number; reportFd?: number }): void {
  Atomics.store(shared.limitMs, 0, limitMs);
  real.setInterval(() => Atomics.add(shared.heartbeats, 0, 1), HEARTBEAT_MS).unref();
  const workerData: Watch = { ...options, ...shared, parent: process.ppid, cwd: process.cwd() };
  const thread = new Worker(new URL("./thread.ts", import.meta.url), { workerData, execArgv: [] });
  thread.on("error", () => {}); // Without its watchdog a process runs as well; only a hang would not be ended.
  thread.unref();
}

/** From now on this process is given up sooner: for a look that is repeated with patience if it ends in a hang. */
export function giveUpAfter(cpuMs: number): void {
  if (cpuMs < Atomics.load(shared.limitMs, 0)) Atomics.store(shared.limitMs, 0, cpuMs);
}

function int32(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4));
}
