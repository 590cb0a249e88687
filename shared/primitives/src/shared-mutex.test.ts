import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { isPending, noLeaks } from "@pattern-labs/testkit";
import { exploreThreads } from "@pattern-labs/testkit/threads";
import { describe, expect, it } from "vitest";
import { SharedMutex } from "./shared-mutex.ts";

const module = new URL("./threads-under-test/shared.ts", import.meta.url);
const wordOf = (buffer: SharedArrayBuffer) => new Int32Array(buffer)[0];

interface Memory {
  readonly lock: SharedArrayBuffer;
  readonly count: SharedArrayBuffer;
}

/** Each thread raises the count once for each name it stands under, unless it returned that it left. */
const exclusion = (threads: Record<string, string>, raised: number) => ({
  module,
  threads,
  memory: { lock: 4, count: 4 },
  check: ({ lock, count }: Memory, results: Readonly<Record<string, unknown>>) => {
    const left = Object.values(results).filter((result) => result === true).length;
    expect(wordOf(count)).toBe(raised - left);
    expect(wordOf(lock)).toBe(0);
  },
});

describe("SharedMutex: every order of the threads' steps", () => {
  it.for([
    ["two that stop", exclusion({ A: "lockSync", B: "lockSync" }, 2)],
    ["three that stop", exclusion({ A: "lockSync", B: "lockSync", C: "lockSync" }, 3)],
    ["two that await", exclusion({ A: "lock", B: "lock" }, 2)],
    ["one that stops, two that await", exclusion({ A: "lockSync", B: "lock", C: "lock" }, 3)],
    ["two tasks of one thread, and another", exclusion({ A: "lockTwice", B: "lockSync" }, 3)],
    ["one that may leave, two that stop", exclusion({ A: "lockSync", B: "lockOrLeave", C: "lockSync" }, 3)],
    [
      "two that may leave, one that stops",
      exclusion({ A: "lockOrLeave", B: "lockOrLeave", C: "lockSync" }, 3),
    ],
    ["a task that may leave, its neighbour, another", exclusion({ A: "lockSync", B: "lockAndLeave" }, 3)],
    ["a thread that stops over its waiting task", exclusion({ A: "lockSync", B: "lockBothWays" }, 3)],
    ["the same beside two", exclusion({ A: "lockSync", B: "lockBothWays", C: "lockSync" }, 4)],
  ] as const)("lets one in at a time, loses no wake-up and leaves no waiter: %s", async ([, scenario]) => {
    await exploreThreads(scenario, { maxSchedules: 250 });
  });

  it("tries without waiting", async () => {
    await exploreThreads({
      module,
      threads: { A: "tryLock", B: "tryLock" },
      memory: { lock: 4, count: 4 },
      check: ({ count }, results) => {
        expect(wordOf(count)).toBe(Object.values(results).filter(Boolean).length);
        expect(wordOf(count)).toBeGreaterThan(0);
      },
    });
  });
});

describe("SharedMutex between real threads", () => {
  it("loses no update under load, whether they stop or await", async () => {
    const mutex = new SharedMutex();
    const count = new SharedArrayBuffer(4);
    const rounds = 5_000;
    const threads = [1, 2, 3].map(
      () => new Worker(module, { workerData: { rounds, lock: mutex.buffer, count } }),
    );
    const ended = Promise.all(threads.map((thread) => once(thread, "exit")));
    for (let round = 0; round < 500; round += 1) {
      using _lock = await mutex.lock();
      new Int32Array(count)[0] = (wordOf(count) ?? 0) + 1;
    }
    await ended;
    expect(wordOf(count)).toBe(3 * rounds + 500);
    expect(mutex.locked).toBe(false);
  });
});

describe("SharedMutex.lock", () => {
  it("gets a free lock at once, and is free again when that is disposed; twice is harmless", async () => {
    const mutex = new SharedMutex();
    const first = await mutex.lock();
    expect(mutex.locked).toBe(true);
    first[Symbol.dispose]();
    expect(mutex.locked).toBe(false);
    const second = mutex.lockSync();
    first[Symbol.dispose]();
    expect(mutex.locked).toBe(true);
    second[Symbol.dispose]();
  });

  it("serves the tasks of one thread in order of arrival, before any newcomer", async () => {
    const mutex = new SharedMutex();
    const held = await mutex.lock();
    const served: string[] = [];
    const wait = (name: string) =>
      mutex.lock().then((lock) => {
        served.push(name);
        lock[Symbol.dispose]();
      });
    const waiting = [wait("first"), wait("second")];
    held[Symbol.dispose]();
    waiting.push(wait("newcomer"));
    await Promise.all(waiting);
    expect(served).toEqual(["first", "second", "newcomer"]);
  });

  it("refuses a signal that has aborted, even when the lock is free", async () => {
    const mutex = new SharedMutex();
    await expect(mutex.lock({ signal: AbortSignal.abort("late") })).rejects.toBe("late");
    expect(mutex.locked).toBe(false);
  });

  it("rejects with the signal's reason, leaving listeners, waiters and the lock as they were", async () => {
    await noLeaks(async () => {
      const mutex = new SharedMutex();
      const held = mutex.lockSync();
      const controller = new AbortController();
      const waiting = mutex.lock(controller);
      expect(await isPending(waiting)).toBe(true);
      controller.abort("changed my mind");
      await expect(waiting).rejects.toBe("changed my mind");
      expect(Atomics.notify(new Int32Array(mutex.buffer), 0)).toBe(0);
      held[Symbol.dispose]();
      expect(mutex.locked).toBe(false);
    });
  });
});

describe("SharedMutex.lockSync", () => {
  it("refuses to wait for its own thread", async () => {
    const mutex = new SharedMutex();
    const held = await mutex.lock();
    expect(() => mutex.lockSync()).toThrow(/this thread, or a task of it, holds it/);
    held[Symbol.dispose]();
    mutex.lockSync()[Symbol.dispose]();
    expect(mutex.locked).toBe(false);
  });
});

describe("SharedMutex", () => {
  it.each([new SharedArrayBuffer(8), new ArrayBuffer(4) as unknown as SharedArrayBuffer])(
    "refuses a buffer that is not a mutex's",
    (buffer) => {
      expect(() => new SharedMutex(buffer)).toThrow(TypeError);
    },
  );
});
