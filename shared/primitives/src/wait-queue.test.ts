import { getEventListeners } from "node:events";
import { explore, guarantee, isPending, noLeaks } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";
import { WaitQueue } from "./wait-queue.ts";

describe("WaitQueue.wake", () => {
  it("wakes the one who has waited longest, with the value", async () => {
    const queue = new WaitQueue<string>();
    const first = queue.wait();
    const second = queue.wait();
    expect(queue.wake("your turn")).toBe(true);
    expect(await first).toBe("your turn");
    expect(await isPending(second)).toBe(true);
    expect(queue.size).toBe(1);
  });

  it("is not remembered if nobody waits", async () => {
    const queue = new WaitQueue();
    expect(queue.wake()).toBe(false);
    expect(await isPending(queue.wait())).toBe(true);
  });
});

describe("WaitQueue.wake from another listener of a waiter's signal, called before the queue's own", () => {
  it("passes over who has aborted, rejects it, and wakes the next", async () => {
    const queue = new WaitQueue<string>();
    const controller = new AbortController();
    controller.signal.addEventListener("abort", () => queue.wake("yours"));
    const quitters = [queue.wait(controller), queue.wait(controller)];
    const patient = queue.wait();
    controller.abort("gone");
    for (const quitter of quitters) await expect(quitter).rejects.toBe("gone");
    expect(await patient).toBe("yours");
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(1); // The test's own.
  });

  it("finds nobody if all have aborted", async () => {
    const queue = new WaitQueue();
    const controller = new AbortController();
    let found: boolean | undefined;
    controller.signal.addEventListener("abort", () => {
      found = queue.wake();
    });
    const quitter = queue.wait(controller);
    controller.abort("gone");
    await expect(quitter).rejects.toBe("gone");
    expect(found).toBe(false);
  });
});

describe("WaitQueue.wakeAll", () => {
  it("wakes those who wait now, in order, and not who comes after", async () => {
    const queue = new WaitQueue();
    const woken: number[] = [];
    const wait = async (order: number) => {
      await queue.wait();
      woken.push(order);
    };
    const all = [wait(0), wait(1), wait(2)];
    queue.wakeAll();
    const late = wait(3);
    await Promise.all(all);
    expect(woken).toEqual([0, 1, 2]);
    expect(await isPending(late)).toBe(true);
  });
});

describe("WaitQueue.wait", () => {
  it("refuses a signal that has aborted, and takes no place", async () => {
    const queue = new WaitQueue();
    await expect(queue.wait({ signal: AbortSignal.abort("late") })).rejects.toBe("late");
    expect(queue.size).toBe(0);
  });

  it("gives up its place when the signal aborts; the others move up", async () => {
    const queue = new WaitQueue<string>();
    const controller = new AbortController();
    const quitter = queue.wait({ signal: controller.signal });
    const patient = queue.wait();
    controller.abort("changed my mind");
    queue.wake("next");
    await expect(quitter).rejects.toBe("changed my mind");
    expect(await patient).toBe("next");
  });

  it("tells whoever asked that it has left, once it has, and not if it is woken", async () => {
    const queue = new WaitQueue();
    const controller = new AbortController();
    const sizes: number[] = [];
    const left = () => sizes.push(queue.size);
    const woken = queue.wait(controller, left);
    const quitter = queue.wait(controller, left);
    queue.wake();
    await woken;
    controller.abort("gone");
    await expect(quitter).rejects.toBe("gone");
    expect(sizes).toEqual([0]);
  });

  it("is not undone by an abort that comes after the wake, even before the woken one has run", async () => {
    const queue = new WaitQueue<string>();
    const controller = new AbortController();
    const waiter = queue.wait({ signal: controller.signal });
    queue.wake("yours");
    controller.abort("too late");
    expect(await waiter).toBe("yours");
  });

  it("leaves no listener, woken or not", async () => {
    await noLeaks(async () => {
      const queue = new WaitQueue();
      const controller = new AbortController();
      const woken = queue.wait(controller);
      queue.wake();
      await woken;
      expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
      const cancelled = queue.wait(controller);
      controller.abort("over");
      await expect(cancelled).rejects.toBe("over");
      expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
    });
  });

  it("spends every wake on exactly one waiter, whenever another one leaves", async () => {
    await explore(async (sim) => {
      const queue = new WaitQueue<string>();
      const controller = new AbortController();
      const waiting = [queue.wait(controller), queue.wait(), queue.wait(controller)];
      const outcomes = Promise.allSettled(waiting);
      let spent = 0;
      sim.anytime("abort", () => controller.abort("gone"));
      for (let wake = 0; wake < 3; wake += 1) {
        await sim.io("news");
        if (queue.wake("news")) spent += 1;
      }
      const told = (await outcomes).filter(({ status }) => status === "fulfilled").length;
      guarantee(told === spent, {
        happened: `${spent} wakes found somebody, ${told} waiters were told`,
        expected: "each wake tells exactly one",
        why: "a wake that is lost leaves somebody waiting for ever",
      });
    });
  });
});

describe("WaitQueue.dismissAborted", () => {
  it("rejects who has aborted but was not told yet; the others stay, in their order", async () => {
    const queue = new WaitQueue<string>();
    const controller = new AbortController();
    const { signal } = controller;
    signal.addEventListener("abort", () => queue.dismissAborted());
    const first = queue.wait({ signal: new AbortController().signal });
    const quitters = [queue.wait({ signal }), queue.wait({ signal })];
    const second = queue.wait();
    controller.abort("gone");
    for (const quitter of quitters) await expect(quitter).rejects.toBe("gone");
    expect(queue.size).toBe(2);
    queue.wake("first");
    queue.wake("second");
    expect(await Promise.all([first, second])).toEqual(["first", "second"]);
  });
});
