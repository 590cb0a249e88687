import { getEventListeners } from "node:events";
import { explore, guarantee, isPending } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";
import { Mutex } from "./mutex.ts";

describe("Mutex.lock", () => {
  it("serves in order of arrival, before any newcomer", async () => {
    const mutex = new Mutex();
    const held = await mutex.lock();
    const first = mutex.lock();
    const second = mutex.lock();

    held[Symbol.dispose]();
    const newcomer = mutex.lock();

    expect(await isPending(first)).toBe(false);
    expect(await isPending(second)).toBe(true);
    expect(await isPending(newcomer)).toBe(true);
  });

  it("gives the lock back once, however often it is disposed", async () => {
    const mutex = new Mutex();
    const first = await mutex.lock();
    first[Symbol.dispose]();
    const second = await mutex.lock();

    first[Symbol.dispose](); // Must not unlock what is the second one's now.

    expect(mutex.locked).toBe(true);
    expect(await isPending(mutex.lock())).toBe(true);
    second[Symbol.dispose]();
  });

  it("refuses a signal that has aborted, even when the lock is free", async () => {
    const mutex = new Mutex();
    await expect(mutex.lock({ signal: AbortSignal.abort("late") })).rejects.toBe("late");
    expect(mutex.locked).toBe(false);
  });

  it("rejects with the signal's reason, gives up its place and leaves no listener", async () => {
    const mutex = new Mutex();
    const held = await mutex.lock();
    const controller = new AbortController();
    const quitter = mutex.lock(controller);
    const patient = mutex.lock(controller);
    held[Symbol.dispose]();
    (await quitter)[Symbol.dispose]();
    (await patient)[Symbol.dispose]();
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);

    const holder = await mutex.lock();
    const late = mutex.lock(controller);
    const last = mutex.lock();
    controller.abort("changed my mind");
    holder[Symbol.dispose]();
    await expect(late).rejects.toBe("changed my mind");
    expect(await isPending(last)).toBe(false);
  });

  it("keeps the lock that was handed over before the abort came", async () => {
    const mutex = new Mutex();
    const held = await mutex.lock();
    const controller = new AbortController();
    const next = mutex.lock(controller);
    held[Symbol.dispose]();
    controller.abort("too late");
    (await next)[Symbol.dispose]();
    expect(mutex.locked).toBe(false);
  });

  it("rejects who waits under a signal by whose abort the holder lets go, and is free for the next", async () => {
    const mutex = new Mutex();
    const held = await mutex.lock();
    const controller = new AbortController();
    controller.signal.addEventListener("abort", () => held[Symbol.dispose]()); // Called before the mutex's own.
    const quitter = mutex.lock(controller);
    controller.abort("gone");
    await expect(quitter).rejects.toBe("gone");
    expect(mutex.locked).toBe(false);

    const holder = await mutex.lock();
    const another = new AbortController();
    another.signal.addEventListener("abort", () => holder[Symbol.dispose]());
    const quitters = [mutex.lock(another), mutex.lock(another)];
    const patient = mutex.lock();
    another.abort("gone");
    for (const each of quitters) await expect(each).rejects.toBe("gone");
    (await patient)[Symbol.dispose]();
    expect(mutex.locked).toBe(false);
  });

  it.each([0, 3])(
    "lets one in at a time and is free in the end, in every order: squeeze %s",
    async (squeeze) => {
      await explore(
        async (sim) => {
          const mutex = new Mutex();
          const controller = new AbortController();
          let inside = 0;
          const task = async (signal?: AbortSignal) => {
            using _lock = await mutex.lock({ signal });
            inside += 1;
            guarantee(inside === 1, {
              happened: `${inside} tasks were inside`,
              expected: "one at a time",
              why: "what they read may be stale before they write",
            });
            await sim.io("work");
            inside -= 1;
          };
          sim.anytime("abort", () => controller.abort("gone"));
          await Promise.allSettled([
            sim.spawn("first", () => task()),
            sim.spawn("second", () => task(controller.signal)),
            sim.spawn("third", () => task()),
          ]);
          expect(mutex.locked).toBe(false);
        },
        { squeeze },
      );
    },
  );
});

describe("Mutex.tryLock", () => {
  it("takes a free lock and never waits for a held one", async () => {
    const mutex = new Mutex();
    const held = mutex.tryLock();
    expect(mutex.tryLock()).toBeUndefined();
    const waiting = mutex.lock();
    held?.[Symbol.dispose]();
    expect(mutex.tryLock()).toBeUndefined(); // It was handed over, not put back.
    (await waiting)[Symbol.dispose]();
    expect(mutex.tryLock()).toBeDefined();
  });
});
