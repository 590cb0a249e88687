import { getEventListeners } from "node:events";
import { setTimeout as nodeSleep, setImmediate } from "node:timers/promises";
import { explore, guarantee, noLeaks, simulate } from "@pattern-labs/testkit";
import { describe, expect, it, vi } from "vitest";
import { Bulkhead } from "./bulkhead.ts";
import { sleep } from "./sleep.ts";

const unbounded = { queueLimit: Infinity };

describe("new Bulkhead", () => {
  it.each([0, -1, 1.5, Number.NaN])("throws RangeError for a limit of %s", (limit) => {
    expect(() => new Bulkhead({ limit, queueLimit: 0 })).toThrow(
      new RangeError(`Cannot create Bulkhead: limit must be a whole number from 1, got ${limit}`),
    );
  });

  it.each([-1, 1.5, Number.NaN])("throws RangeError for a queueLimit of %s", (queueLimit) => {
    expect(() => new Bulkhead({ limit: 1, queueLimit })).toThrow(
      new RangeError(
        `Cannot create Bulkhead: queueLimit must be a whole number from 0, or Infinity, got ${queueLimit}`,
      ),
    );
  });
});

describe("Bulkhead.run", () => {
  it("begins at once if there is a place, and else in order of arrival, before any newcomer", async () => {
    await simulate(async () => {
      const bulkhead = new Bulkhead({ limit: 1, ...unbounded });
      const begun: string[] = [];
      const first = bulkhead.run(() => {
        begun.push("first");
        return sleep(1);
      });
      expect(begun).toEqual(["first"]);
      const second = bulkhead.run(() => begun.push("second"));
      const third = bulkhead.run(() => begun.push("third"));
      expect([bulkhead.running, bulkhead.queued]).toEqual([1, 2]);
      await first;
      const newcomer = bulkhead.run(() => begun.push("newcomer"));
      await Promise.all([second, third, newcomer]);
      expect(begun).toEqual(["first", "second", "third", "newcomer"]);
    });
  });

  it("gives each caller the outcome of its own task; a failure stops no other", async () => {
    const bulkhead = new Bulkhead({ limit: 1, ...unbounded });
    const failure = new Error("mine");
    const outcomes = await Promise.allSettled([
      bulkhead.run(() => 1),
      bulkhead.run(() => {
        throw failure;
      }),
      bulkhead.run(() => Promise.reject(undefined)),
      bulkhead.run(async () => 4),
    ]);
    expect(outcomes).toEqual([
      { status: "fulfilled", value: 1 },
      { status: "rejected", reason: failure },
      { status: "rejected", reason: undefined },
      { status: "fulfilled", value: 4 },
    ]);
    expect(bulkhead.running).toBe(0);
  });

  it("refuses at once what is beyond the limit and the queue", async () => {
    const bulkhead = new Bulkhead({ limit: 1, queueLimit: 1 });
    const gate = Promise.withResolvers<void>();
    const running = bulkhead.run(() => gate.promise);
    const queued = bulkhead.run(() => "queued");
    const task = vi.fn();
    await expect(bulkhead.run(task)).rejects.toMatchObject({
      name: "BulkheadFullError",
      message: "Cannot run on Bulkhead: it is full, 1 run and 1 wait",
      limit: 1,
      queueLimit: 1,
    });
    gate.resolve();
    await running;
    expect(await queued).toBe("queued");
    expect(await bulkhead.run(() => "room again")).toBe("room again");
    expect(task).not.toHaveBeenCalled();
  });

  it("does not overflow the stack, nor take a place twice, when 100,000 tasks end at once", async () => {
    const bulkhead = new Bulkhead({ limit: 2, ...unbounded });
    const tasks = Array.from({ length: 100_000 }, (_, n) => bulkhead.run(() => n));
    const sum = (await Promise.all(tasks)).reduce((total, n) => total + n, 0);
    expect(sum).toBe((100_000 * 99_999) / 2);
    expect([bulkhead.running, bulkhead.queued]).toEqual([0, 0]);
  });

  it("refuses a signal that has aborted, even when there is a place", async () => {
    const bulkhead = new Bulkhead({ limit: 1, queueLimit: 0 });
    const task = vi.fn();
    await expect(bulkhead.run(task, { signal: AbortSignal.abort("late") })).rejects.toBe("late");
    expect(task).not.toHaveBeenCalled();
  });

  it("takes a queued task back when its signal aborts: its place in the queue is free, no listener is left", async () => {
    const bulkhead = new Bulkhead({ limit: 1, queueLimit: 1 });
    const gate = Promise.withResolvers<void>();
    const running = bulkhead.run(() => gate.promise);
    const controller = new AbortController();
    const task = vi.fn();
    const queued = bulkhead.run(task, controller);
    controller.abort("changed my mind");
    await expect(queued).rejects.toBe("changed my mind");
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
    const next = bulkhead.run(() => "next");
    gate.resolve();
    await running;
    expect(await next).toBe("next");
    expect(task).not.toHaveBeenCalled();
  });

  it("never begins a queued task by whose signal's abort the running one ends", async () => {
    const bulkhead = new Bulkhead({ limit: 1, queueLimit: 1 });
    const gate = Promise.withResolvers<void>();
    const running = bulkhead.run(() => gate.promise);
    const controller = new AbortController();
    controller.signal.addEventListener("abort", () => gate.resolve()); // Called before the bulkhead's own.
    const task = vi.fn();
    const queued = bulkhead.run(task, controller);
    controller.abort("gone");
    await expect(queued).rejects.toBe("gone");
    await running;
    await bulkhead.close();
    expect(task).not.toHaveBeenCalled();
  });

  it("tells a running task of the abort, and settles when that has ended, with the identical reason", async () => {
    await simulate(async (sim) => {
      const bulkhead = new Bulkhead({ limit: 1, queueLimit: 0 });
      const controller = new AbortController();
      const reason = { gone: true };
      const call = bulkhead.run(async ({ signal }) => {
        try {
          await nodeSleep(60_000, undefined, { signal });
        } finally {
          await sleep(5); // cleans up
        }
      }, controller);
      const rejected = expect(call).rejects.toBe(reason);
      controller.abort(reason);
      expect(bulkhead.running).toBe(1);
      await rejected;
      expect(sim.now()).toBe(5);
      expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
    });
  });

  it("gives what a task returns in spite of the abort", async () => {
    const bulkhead = new Bulkhead({ limit: 1, queueLimit: 0 });
    const controller = new AbortController();
    const gate = Promise.withResolvers<string>();
    const call = bulkhead.run(() => gate.promise, controller);
    controller.abort("too late");
    gate.resolve("paid");
    expect(await call).toBe("paid");
  });

  it("leaves no listener on the signal of a task that has run, queued or not", async () => {
    const bulkhead = new Bulkhead({ limit: 1, queueLimit: 1 });
    const controller = new AbortController();
    await Promise.all([bulkhead.run(() => 1, controller), bulkhead.run(() => 2, controller)]);
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });
});

describe("Bulkhead.cancel", () => {
  it("refuses what is queued, tells what runs, and takes no more; every promise settles", async () => {
    await simulate(async () => {
      const bulkhead = new Bulkhead({ limit: 2, ...unbounded });
      const own = new AbortController();
      const task = vi.fn();
      const calls = [
        bulkhead.run((options) => sleep(60_000, options)),
        bulkhead.run((options) => nodeSleep(60_000, undefined, options), own),
        bulkhead.run(task),
        bulkhead.run(task, own),
      ];
      const settled = Promise.allSettled(calls);
      bulkhead.cancel("stop");
      expect(bulkhead.queued).toBe(0);
      expect((await settled).map((outcome) => (outcome as PromiseRejectedResult).reason)).toEqual(
        Array.from({ length: 4 }, () => "stop"),
      );
      await expect(bulkhead.run(task)).rejects.toBe("stop");
      expect(task).not.toHaveBeenCalled();
      expect(getEventListeners(own.signal, "abort")).toHaveLength(0);
    });
  });
});

describe("Bulkhead.close", () => {
  it("takes no more, and waits for all that it has taken, queued tasks included", async () => {
    await simulate(async (sim) => {
      const bulkhead = new Bulkhead({ limit: 1, ...unbounded });
      const calls = [bulkhead.run(() => sleep(5)), bulkhead.run(() => sleep(5))];
      const closed = bulkhead.close();
      await expect(bulkhead.run(() => 1)).rejects.toMatchObject({
        name: "BulkheadClosedError",
        message: "Cannot run on Bulkhead: it is closed",
      });
      await closed;
      expect(sim.now()).toBe(10);
      await Promise.all(calls);
      await bulkhead.close();
    });
  });

  it("can be left by a signal; the tasks go on and it stays closed", async () => {
    const bulkhead = new Bulkhead({ limit: 1, queueLimit: 0 });
    const gate = Promise.withResolvers<string>();
    const call = bulkhead.run(() => gate.promise);
    const controller = new AbortController();
    const closing = bulkhead.close(controller);
    controller.abort("no more patience");
    await expect(closing).rejects.toBe("no more patience");
    await expect(bulkhead.run(() => 1)).rejects.toThrow("it is closed");
    gate.resolve("done");
    expect(await call).toBe("done");
  });
});

describe("a Bulkhead that is full", () => {
  it("refuses misuse as such, and stays open if it is closed with a signal that is none", async () => {
    const bulkhead = new Bulkhead({ limit: 1, queueLimit: 0 });
    const gate = Promise.withResolvers<void>();
    const call = bulkhead.run(() => gate.promise);
    await expect(bulkhead.run(5 as never)).rejects.toThrow(TypeError);
    await expect(bulkhead.close({ signal: 5 as never })).rejects.toThrow(TypeError);
    gate.resolve();
    await call;
    expect(await bulkhead.run(() => "open")).toBe("open");
  });
});

describe("leaving the scope of a Bulkhead", () => {
  it("waits for its tasks, and leaves nothing alive", async () => {
    await noLeaks(async () => {
      let ended = 0;
      {
        await using bulkhead = new Bulkhead({ limit: 2, ...unbounded });
        for (let task = 0; task < 5; task += 1) {
          void bulkhead.run(async (options) => {
            await setImmediate(undefined, options);
            ended += 1;
          });
        }
      }
      expect(ended).toBe(5);
    });
  });

  it.each([0, 3])(
    "keeps the limit and settles every promise, in every order: squeeze %s",
    async (squeeze) => {
      await explore(
        async (sim) => {
          const controller = new AbortController();
          let running = 0;
          const calls: Promise<unknown>[] = [];
          {
            await using bulkhead = new Bulkhead({ limit: 2, ...unbounded });
            const task = (name: string) => async () => {
              running += 1;
              guarantee(running <= 2, {
                happened: `${running} tasks ran at once`,
                expected: "at most 2",
                why: "the limit is all that protects what is behind it",
              });
              await sim.io(name);
              running -= 1;
            };
            sim.anytime("abort", () => controller.abort("gone"));
            sim.anytime("cancel", () => bulkhead.cancel("stop"));
            for (const name of ["a", "b", "c", "d"]) {
              calls.push(bulkhead.run(task(name), name > "b" ? controller : {}));
            }
            for (const call of calls) call.catch(() => {});
          }
          expect(running).toBe(0);
          await Promise.allSettled(calls); // Else it is stuck here.
        },
        { squeeze },
      );
    },
  );
});
