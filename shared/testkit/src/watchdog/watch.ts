import { Worker } from "node:worker_threads";
import { real } from "../real.ts";
import type { Watch } from "./thread.ts";

const HEARTBEAT_MS = 200;

/** Starts a thread that ends this process if it hangs, or if the process that started it has died. */
export function watchThisProcess(options: Pick<Watch, "limitMs" | "reportFd">): void {
  const heartbeats = new Int32Array(new SharedArrayBuffer(4));
  real.setInterval(() => Atomics.add(heartbeats, 0, 1), HEARTBEAT_MS).unref();
  const workerData: Watch = { ...options, heartbeats, parent: process.ppid, cwd: process.cwd() };
  const thread = new Worker(new URL("./thread.ts", import.meta.url), { workerData, execArgv: [] });
  thread.on("error", () => {}); // Without its watchdog a process runs as well; only a hang would not be ended.
  thread.unref();
}
