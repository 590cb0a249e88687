import { getEventListeners } from "node:events";
import { explore, isPending } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";
import { WaitGroup } from "./wait-group.ts";

describe("WaitGroup.wait", () => {
  it("does not wait if nothing is under way", async () => {
    expect(await isPending(new WaitGroup().wait())).toBe(false);
  });

  it("lets all go when the last is done, and not before", async () => {
    const group = new WaitGroup();
    group.add(2);
    const waiting = [group.wait(), group.wait()];
    group.done();
    expect(await isPending(Promise.race(waiting))).toBe(true);
    group.done();
    expect(await isPending(Promise.all(waiting))).toBe(false);
  });

  it("can be used again and again", async () => {
    const group = new WaitGroup();
    group.add();
    group.done();
    group.add();
    const second = group.wait();
    expect(await isPending(second)).toBe(true);
    group.done();
    await second;
  });

  it("rejects with the signal's reason, before or while it waits, and leaves no listener", async () => {
    const group = new WaitGroup();
    await expect(group.wait({ signal: AbortSignal.abort("late") })).rejects.toBe("late");
    group.add();
    const controller = new AbortController();
    const waiting = group.wait(controller);
    controller.abort("enough");
    await expect(waiting).rejects.toBe("enough");
    expect(group.count).toBe(1);
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });

  it("rejects who waits under a signal by whose abort the work ends: the signal comes first", async () => {
    const group = new WaitGroup();
    group.add();
    const controller = new AbortController();
    controller.signal.addEventListener("abort", () => group.done()); // Called before the group's own.
    const waiting = group.wait(controller);
    controller.abort("enough");
    await expect(waiting).rejects.toBe("enough");
  });
});

describe("WaitGroup.add", () => {
  it.each([0, -1, 1.5, Number.NaN])("throws RangeError for %s", (count) => {
    expect(() => new WaitGroup().add(count)).toThrow(
      new RangeError(`Cannot add to WaitGroup: count must be a whole number from 1, got ${count}`),
    );
  });
});

describe("WaitGroup.done", () => {
  it("throws RangeError if nothing is under way", () => {
    expect(() => new WaitGroup().done()).toThrow(
      new RangeError("Cannot call done on WaitGroup: nothing is under way, its count is 0"),
    );
  });
});

describe("WaitGroup.go", () => {
  it("gives back what the task returns, and counts until it has ended", async () => {
    const group = new WaitGroup();
    const { promise, resolve } = Promise.withResolvers<string>();
    const task = group.go(() => promise);
    expect(group.count).toBe(1);
    resolve("done");
    expect(await task).toBe("done");
    expect(group.count).toBe(0);
  });

  it("is done even if the task throws, at once or later; the error is the caller's", async () => {
    const group = new WaitGroup();
    const atOnce = group.go(() => {
      throw new Error("at once");
    });
    const later = group.go(() => Promise.reject(new Error("later")));
    await expect(atOnce).rejects.toThrow("at once");
    await expect(later).rejects.toThrow("later");
    await group.wait();
  });

  it("does not count what is no function", async () => {
    const group = new WaitGroup();
    await expect(group.go("task" as never)).rejects.toThrow(TypeError);
    expect(group.count).toBe(0);
  });

  it("keeps a waiter until every task has ended, in every order", async () => {
    await explore(async (sim) => {
      const group = new WaitGroup();
      let running = 0;
      const task = async () => {
        running += 1;
        await sim.io("work");
        running -= 1;
      };
      const tasks = [group.go(task), group.go(task), group.go(task)];
      await group.wait();
      expect(running).toBe(0);
      await Promise.all(tasks);
    });
  });
});
