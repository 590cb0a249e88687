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
  const outcome = outcomeOf<R>(thread);
  let grace: NodeJS.Timeout | undefined;
  const withdraw = onAbort(signal, (reason) => {
    outcome.reject(reason);
    Atomics.store(cancelled, 0, 1); // A thread that computes reads no messages, but it can look at memory.
    grace = setTimeout(() => void thread.terminate(), graceMs);
  });
  try {
    await Promise.allSettled([outcome.promise, ended(thread)]); // Only then is nothing of it left.
    return await outcome.promise;
  } finally {
    withdraw();
    clearTimeout(grace);
  }
}

/** What comes first counts: the result, an error, or that the caller rejects it. */
function outcomeOf<R>(thread: Worker): PromiseWithResolvers<R> {
  const outcome = Promise.withResolvers<R>();
  thread.once("message", outcome.resolve);
  thread.once("error", outcome.reject);
  thread.once("exit", () => outcome.reject(new Error("The thread ended without a result")));
  return outcome;
}

/** Not `events.once`: that rejects at an error, after which the thread still has to end. */
const ended = (thread: Worker) => new Promise((resolve) => thread.once("exit", resolve));
