import { getEventListeners } from "node:events";
import { explore, guarantee, isPending, noLeaks } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";
import { Semaphore } from "./semaphore.ts";

describe("new Semaphore", () => {
  it.each([0, -1, 1.5, Number.NaN, Infinity])("throws RangeError for a limit of %s", (limit) => {
    expect(() => new Semaphore(limit)).toThrow(
      new RangeError(`Cannot create Semaphore: limit must be a whole number from 1, got ${limit}`),
    );
  });
});

describe("Semaphore.acquire", () => {
  it("serves waiters in order of arrival, before any newcomer", async () => {
    const semaphore = new Semaphore(1);
    const held = await semaphore.acquire();
    const first = semaphore.acquire();
    const second = semaphore.acquire();

    held[Symbol.dispose]();
    const newcomer = semaphore.acquire();

    expect(await isPending(first)).toBe(false);
    expect(await isPending(second)).toBe(true);
    expect(await isPending(newcomer)).toBe(true);
    expect(semaphore.waiting).toBe(2);
  });

  it("takes and gives back the whole weight", async () => {
    const semaphore = new Semaphore(5);
    const heavy = await semaphore.acquire({ weight: 4 });
    expect(semaphore.available).toBe(1);
    const light = await semaphore.acquire();
    heavy[Symbol.dispose]();
    expect(semaphore.available).toBe(4);
    light[Symbol.dispose]();
    expect(semaphore.available).toBe(5);
  });

  it("does not let light requests starve a heavy one", async () => {
    const semaphore = new Semaphore(3);
    const held = [await semaphore.acquire(), await semaphore.acquire()];
    const heavy = semaphore.acquire({ weight: 3 });
    const light = semaphore.acquire(); // It would fit, but would overtake.
    expect(await isPending(light)).toBe(true);

    for (const permit of held) permit[Symbol.dispose]();
    expect(await isPending(heavy)).toBe(false);
    expect(await isPending(light)).toBe(true);
    (await heavy)[Symbol.dispose]();
    expect(await isPending(light)).toBe(false);
  });

  it("lets in at once all who fit when a heavy permit comes back", async () => {
    const semaphore = new Semaphore(3);
    const heavy = await semaphore.acquire({ weight: 3 });
    const waiting = [1, 1, 2].map((weight) => semaphore.acquire({ weight }));
    heavy[Symbol.dispose]();
    expect(await Promise.all(waiting.map(isPending))).toEqual([false, false, true]);
  });

  it("gives a permit back once, however often it is disposed", async () => {
    const semaphore = new Semaphore(2);
    const first = await semaphore.acquire();
    await semaphore.acquire();
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    expect(await isPending(semaphore.acquire())).toBe(false);
    expect(await isPending(semaphore.acquire())).toBe(true);
  });

  it("refuses a weight above the limit, and names both", async () => {
    const semaphore = new Semaphore(3);
    const refusal = new RangeError(
      "Cannot acquire from Semaphore: weight must not exceed the limit of 3, got 4",
    );
    await expect(semaphore.acquire({ weight: 4 })).rejects.toThrow(refusal);
    expect(() => semaphore.tryAcquire({ weight: 4 })).toThrow(refusal);
  });

  it.each([0, -1, 0.5, Number.NaN, null as unknown as number])("refuses a weight of %s", async (weight) => {
    const semaphore = new Semaphore(3);
    const refusal = new RangeError(
      `Cannot acquire from Semaphore: weight must be a whole number from 1, got ${weight}`,
    );
    await expect(semaphore.acquire({ weight })).rejects.toThrow(refusal);
    expect(() => semaphore.tryAcquire({ weight })).toThrow(refusal);
    expect(semaphore.available).toBe(3);
  });

  it("refuses a signal that has aborted, even when a permit is free", async () => {
    const semaphore = new Semaphore(1);
    await expect(semaphore.acquire({ signal: AbortSignal.abort("late") })).rejects.toBe("late");
    expect(semaphore.available).toBe(1);
  });

  it("lets those behind a head that has left go on at once, if they fit now", async () => {
    const semaphore = new Semaphore(3);
    await semaphore.acquire();
    const controller = new AbortController();
    const head = semaphore.acquire({ weight: 3, signal: controller.signal });
    const behind = [semaphore.acquire(), semaphore.acquire(), semaphore.acquire()];
    controller.abort("changed my mind");
    await expect(head).rejects.toBe("changed my mind");
    expect(await Promise.all(behind.map(isPending))).toEqual([false, false, true]);
  });

  it("rejects all who wait under one signal, and hands none of them what the first would have freed", async () => {
    const semaphore = new Semaphore(2);
    const held = await semaphore.acquire();
    const controller = new AbortController();
    const { signal } = controller;
    const waiting = [semaphore.acquire({ weight: 2, signal }), semaphore.acquire({ signal })];
    const other = semaphore.acquire();
    controller.abort("gone");
    await expect(waiting[0]).rejects.toBe("gone");
    await expect(waiting[1]).rejects.toBe("gone");
    expect(await isPending(other)).toBe(false);
    held[Symbol.dispose]();
    (await other)[Symbol.dispose]();
    expect(semaphore.available).toBe(2);
  });

  it("rejects who waits under a signal by whose abort a holder gives its permit back", async () => {
    const semaphore = new Semaphore(1);
    const held = await semaphore.acquire();
    const controller = new AbortController();
    controller.signal.addEventListener("abort", () => held[Symbol.dispose]()); // Called before the semaphore's own.
    const quitter = semaphore.acquire(controller);
    const patient = semaphore.acquire();
    controller.abort("gone");
    await expect(quitter).rejects.toBe("gone");
    (await patient)[Symbol.dispose]();
    expect(semaphore.available).toBe(1);
  });

  it("keeps a permit that was handed over before the abort came", async () => {
    const semaphore = new Semaphore(1);
    const held = await semaphore.acquire();
    const controller = new AbortController();
    const next = semaphore.acquire({ signal: controller.signal });
    held[Symbol.dispose]();
    controller.abort("too late");
    (await next)[Symbol.dispose]();
    expect(semaphore.available).toBe(1);
  });

  it("leaves no listener, served or not", async () => {
    await noLeaks(async () => {
      const semaphore = new Semaphore(1);
      const controller = new AbortController();
      const { signal } = controller;
      const held = await semaphore.acquire({ signal });
      const served = semaphore.acquire({ signal });
      held[Symbol.dispose]();
      await served;
      expect(getEventListeners(signal, "abort")).toHaveLength(0);
      const cancelled = semaphore.acquire({ signal });
      controller.abort("over");
      await expect(cancelled).rejects.toBe("over");
      expect(getEventListeners(signal, "abort")).toHaveLength(0);
    });
  });

  it("does not overflow the stack when 100,000 who wait leave with one abort", async () => {
    const semaphore = new Semaphore(2);
    await semaphore.acquire();
    const controller = new AbortController();
    const { signal } = controller;
    const waiting = Array.from({ length: 100_000 }, () => semaphore.acquire({ weight: 2, signal }));
    controller.abort("gone");
    const outcomes = await Promise.allSettled(waiting);
    expect(outcomes.every(({ status }) => status === "rejected")).toBe(true);
    expect(semaphore.waiting).toBe(0);
  });

  it.each([0, 3])(
    "never admits too much, and has all back in the end, in every order: squeeze %s",
    async (squeeze) => {
      await explore(
        async (sim) => {
          const semaphore = new Semaphore(3);
          const controller = new AbortController();
          let used = 0;
          const task = async (weight: number, signal?: AbortSignal) => {
            using _permit = await semaphore.acquire({ weight, signal });
            used += weight;
            guarantee(used <= 3, {
              happened: `${used} were in use at once`,
              expected: "at most 3",
              why: "the limit is all that protects what is behind it",
            });
            await sim.io(`work of ${weight}`);
            used -= weight;
          };
          sim.anytime("abort", () => controller.abort("gone"));
          await Promise.allSettled([
            sim.spawn("light", () => task(1)),
            sim.spawn("heavy", () => task(3, controller.signal)),
            sim.spawn("medium", () => task(2)),
            sim.spawn("impatient", () => task(1, controller.signal)),
          ]);
          expect(semaphore.available).toBe(3);
          expect(semaphore.waiting).toBe(0);
        },
        { squeeze },
      );
    },
  );
});

describe("Semaphore.tryAcquire", () => {
  it("takes what is free and never waits", () => {
    const semaphore = new Semaphore(2);
    const permit = semaphore.tryAcquire({ weight: 2 });
    expect(semaphore.tryAcquire()).toBeUndefined();
    permit?.[Symbol.dispose]();
    expect(semaphore.tryAcquire()).toBeDefined();
  });

  it("does not overtake who waits, even where it would fit", async () => {
    const semaphore = new Semaphore(3);
    await semaphore.acquire({ weight: 2 });
    const heavy = semaphore.acquire({ weight: 2 });
    expect(semaphore.tryAcquire()).toBeUndefined();
    expect(await isPending(heavy)).toBe(true);
  });
});
