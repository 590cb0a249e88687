import { getEventListeners } from "node:events";
import { explore, guarantee, isPending } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";
import { RwLock } from "./rw-lock.ts";

describe("RwLock.lockRead", () => {
  it("lets readers in together", async () => {
    const lock = new RwLock();
    await lock.lockRead();
    expect(await isPending(lock.lockRead())).toBe(false);
    expect(lock.readers).toBe(2);
  });

  it("waits while somebody writes", async () => {
    const lock = new RwLock();
    const writer = await lock.lockWrite();
    const reader = lock.lockRead();
    expect(await isPending(reader)).toBe(true);
    expect(lock.tryLockRead()).toBeUndefined();
    writer[Symbol.dispose]();
    expect(await isPending(reader)).toBe(false);
    expect(lock.writing).toBe(false);
  });

  it("is held back by a writer that waits, so that readers do not keep it out for ever", async () => {
    const lock = new RwLock();
    const inside = await lock.lockRead();
    const writer = lock.lockWrite();
    const late = lock.lockRead();
    expect(await isPending(late)).toBe(true);
    expect(lock.tryLockRead()).toBeUndefined();
    inside[Symbol.dispose]();
    expect(await isPending(writer)).toBe(false);
    expect(await isPending(late)).toBe(true);
  });

  it("comes before the next writer, all who wait together, so that writers do not keep readers out for ever", async () => {
    const lock = new RwLock();
    const first = await lock.lockWrite();
    const second = lock.lockWrite();
    const readers = [lock.lockRead(), lock.lockRead()];
    first[Symbol.dispose]();
    expect(await Promise.all(readers.map(isPending))).toEqual([false, false]);
    const late = lock.lockRead();
    expect(await isPending(second)).toBe(true);
    for (const reader of readers) (await reader)[Symbol.dispose]();
    expect(await isPending(second)).toBe(false);
    expect(await isPending(late)).toBe(true);
  });

  it("gives the lock back once, however often it is disposed", async () => {
    const lock = new RwLock();
    const first = await lock.lockRead();
    await lock.lockRead();
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    expect(lock.readers).toBe(1);
    expect(lock.tryLockWrite()).toBeUndefined();
  });
});

describe("RwLock.lockWrite", () => {
  it("waits until all readers have left", async () => {
    const lock = new RwLock();
    const readers = [await lock.lockRead(), await lock.lockRead()];
    const writer = lock.lockWrite();
    readers[0]?.[Symbol.dispose]();
    expect(await isPending(writer)).toBe(true);
    expect(lock.tryLockWrite()).toBeUndefined();
    readers[1]?.[Symbol.dispose]();
    expect(await isPending(writer)).toBe(false);
    expect(lock.writing).toBe(true);
  });

  it("serves writers in order of arrival", async () => {
    const lock = new RwLock();
    const held = await lock.lockWrite();
    const first = lock.lockWrite();
    const second = lock.lockWrite();
    held[Symbol.dispose]();
    held[Symbol.dispose]();
    expect(await isPending(first)).toBe(false);
    expect(await isPending(second)).toBe(true);
  });

  it("lets in the readers that it held back, when it leaves by an abort", async () => {
    const lock = new RwLock();
    await lock.lockRead();
    const controller = new AbortController();
    const writer = lock.lockWrite({ signal: controller.signal });
    const reader = lock.lockRead();
    controller.abort("gone");
    await expect(writer).rejects.toBe("gone");
    expect(await isPending(reader)).toBe(false);
  });
});

describe("RwLock under a signal", () => {
  it("refuses one that has aborted, even when it is free", async () => {
    const lock = new RwLock();
    await expect(lock.lockRead({ signal: AbortSignal.abort("late") })).rejects.toBe("late");
    await expect(lock.lockWrite({ signal: AbortSignal.abort("late") })).rejects.toBe("late");
    expect(lock.tryLockWrite()).toBeDefined();
  });

  it("rejects a writer and the reader behind it, if it is theirs in common", async () => {
    const lock = new RwLock();
    const held = await lock.lockRead();
    const controller = new AbortController();
    const writer = lock.lockWrite(controller);
    const reader = lock.lockRead(controller);
    controller.abort("gone");
    await expect(writer).rejects.toBe("gone");
    await expect(reader).rejects.toBe("gone");
    held[Symbol.dispose]();
    expect(lock.readers).toBe(0);
  });

  it.each(["lockRead", "lockWrite"] as const)(
    "%s rejects who waits under a signal by whose abort the writer leaves",
    async (enter) => {
      const lock = new RwLock();
      const held = await lock.lockWrite();
      const controller = new AbortController();
      controller.signal.addEventListener("abort", () => held[Symbol.dispose]()); // Called before the lock's own.
      const quitters = [lock[enter](controller), lock[enter](controller)];
      const patient = lock.lockWrite();
      controller.abort("gone");
      for (const quitter of quitters) await expect(quitter).rejects.toBe("gone");
      const next = await patient;
      const another = new AbortController();
      another.signal.addEventListener("abort", () => next[Symbol.dispose]());
      const last = lock[enter](another);
      another.abort("gone");
      await expect(last).rejects.toBe("gone");
      expect(lock.tryLockWrite()).toBeDefined();
    },
  );

  it("leaves no listener", async () => {
    const lock = new RwLock();
    const controller = new AbortController();
    const held = await lock.lockWrite(controller);
    const reader = lock.lockRead(controller);
    const writer = lock.lockWrite(controller);
    held[Symbol.dispose]();
    (await reader)[Symbol.dispose]();
    (await writer)[Symbol.dispose]();
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
    expect(lock.tryLockWrite()).toBeDefined();
  });

  it.each([0, 3])(
    "keeps writers alone, and is free in the end, in every order: squeeze %s",
    async (squeeze) => {
      await explore(
        async (sim) => {
          const lock = new RwLock();
          const controller = new AbortController();
          let readers = 0;
          let writers = 0;
          const check = () =>
            guarantee(writers === 0 || (writers === 1 && readers === 0), {
              happened: `${writers} wrote and ${readers} read at once`,
              expected: "a writer is alone",
              why: "who reads meanwhile sees half of what was written",
            });
          const read = async (signal?: AbortSignal) => {
            using _lock = await lock.lockRead({ signal });
            readers += 1;
            check();
            await sim.io("read");
            readers -= 1;
          };
          const write = async (signal?: AbortSignal) => {
            using _lock = await lock.lockWrite({ signal });
            writers += 1;
            check();
            await sim.io("write");
            writers -= 1;
          };
          sim.anytime("abort", () => controller.abort("gone"));
          await Promise.allSettled([
            sim.spawn("reader", () => read()),
            sim.spawn("writer", () => write()),
            sim.spawn("impatient writer", () => write(controller.signal)),
            sim.spawn("impatient reader", () => read(controller.signal)),
          ]);
          expect(lock.tryLockWrite()).toBeDefined();
        },
        { squeeze },
      );
    },
  );
});
