/**
 * What the threads of the tests of `SharedCounter` and `SharedMutex` run: each function is a thread of `exploreThreads`.
 */
import { setImmediate as turn } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { SharedCounter } from "../shared-counter.ts";
import { SharedMutex } from "../shared-mutex.ts";

interface Memory {
  readonly lock: SharedArrayBuffer;
  readonly count: SharedArrayBuffer;
}

interface Context {
  readonly moment: (label: string) => Promise<void>;
}

/** Not atomic, so that only the lock keeps two threads from spoiling it. */
export function raise(count: SharedArrayBuffer): void {
  const words = new Int32Array(count);
  words[0] = (words[0] ?? 0) + 1;
}

export function add({ count }: Memory): number {
  return new SharedCounter(count).add();
}

export function tryAdd({ count }: Memory): boolean {
  return new SharedCounter(count).tryAdd(1, { limit: 2 });
}

export function lockSync({ lock, count }: Memory): void {
  using _lock = new SharedMutex(lock).lockSync();
  raise(count);
}

export function tryLock({ lock, count }: Memory): boolean {
  using held = new SharedMutex(lock).tryLock();
  if (held !== undefined) raise(count);
  return held !== undefined;
}

export async function lock({ lock, count }: Memory): Promise<void> {
  using _lock = await new SharedMutex(lock).lock();
  raise(count);
}

/** Two tasks of one thread. */
export async function lockTwice({ lock, count }: Memory): Promise<void> {
  const mutex = new SharedMutex(lock);
  const task = async () => {
    using _lock = await mutex.lock();
    raise(count);
  };
  await Promise.all([task(), task()]);
}

/** May give up at any moment; tells whether it did. */
export async function lockOrLeave({ lock, count }: Memory, { moment }: Context): Promise<boolean> {
  const mutex = new SharedMutex(lock);
  const controller = new AbortController();
  void moment("abort").then(() => controller.abort("gone"));
  try {
    using _lock = await mutex.lock(controller);
    raise(count);
    return false;
  } catch (reason) {
    if (reason !== "gone") throw reason;
    return true;
  }
}

/** One task of a thread may give up at any moment while another waits. */
export async function lockAndLeave(memory: Memory, { moment }: Context): Promise<boolean> {
  const mutex = new SharedMutex(memory.lock);
  const controller = new AbortController();
  void moment("abort").then(() => controller.abort("gone"));
  const patient = async () => {
    using _lock = await mutex.lock();
    raise(memory.count);
  };
  const quitter = mutex.lock(controller).then(
    (held) => {
      raise(memory.count);
      held[Symbol.dispose]();
      return false;
    },
    () => true,
  );
  const [left] = await Promise.all([quitter, patient()]);
  return left;
}

/** Stops the thread while a task of it waits; tells whether it was refused because the task holds the lock. */
export async function lockBothWays({ lock, count }: Memory): Promise<boolean> {
  const mutex = new SharedMutex(lock);
  const task = async () => {
    using _lock = await mutex.lock();
    raise(count);
  };
  const waiting = task();
  const refused = tryLockSync(mutex, count);
  await waiting;
  return refused;
}

function tryLockSync(mutex: SharedMutex, count: SharedArrayBuffer): boolean {
  try {
    using _lock = mutex.lockSync();
    raise(count);
    return false;
  } catch {
    return true;
  }
}

// Started as a real thread of its own: many rounds of the same, as fast as they go.
if (workerData?.rounds !== undefined) {
  const { rounds, lock, count } = workerData as Memory & { readonly rounds: number };
  const mutex = new SharedMutex(lock);
  for (let round = 0; round < rounds; round += 1) {
    if (round % 64 === 0) await turn();
    using _lock = round % 16 === 0 ? await mutex.lock() : mutex.lockSync();
    raise(count);
  }
  parentPort?.postMessage("done");
}
