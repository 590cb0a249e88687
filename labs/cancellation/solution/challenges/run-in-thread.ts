import { Worker } from "node:worker_threads";
import type { ThreadOptions } from "../../contract.ts";
import { checkDuration } from "../../given/errors.ts";
import { onAbort } from "../on-abort.ts";
import type { ThreadStart } from "./thread-main.ts";

export async function runInThread<R>(module: URL, { input, signal, graceMs }: ThreadOptions): Promise<R> {
  checkDuration("graceMs", graceMs);
  signal.throwIfAborted();
  const cancelled = new Int32Array(new SharedArrayBuffer(4));
  const workerData: ThreadStart = { module: module.href, input, cancelled };
  const thread = new Worker(new URL("./thread-main.ts", import.meta.url), { workerData });
  let grace: NodeJS.Timeout | undefined;
  const withdraw = onAbort(signal, () => {
    Atomics.store(cancelled, 0, 1); // A thread that computes reads no messages, but it can look at memory.
    grace = setTimeout(() => void thread.terminate(), graceMs);
  });
  try {
    return await resultOf<R>(thread);
  } finally {
    withdraw();
    clearTimeout(grace);
    signal.throwIfAborted();
  }
}

/** Settles when the thread has ended: then nothing of it is left. */
function resultOf<R>(thread: Worker): Promise<R> {
  return new Promise((resolve, reject) => {
    let settle = () => reject(new Error("The thread ended without a result"));
    thread.once("message", (result: R) => {
      settle = () => resolve(result);
    });
    thread.once("error", (error) => {
      settle = () => reject(error);
    });
    thread.once("exit", () => settle());
  });
}
