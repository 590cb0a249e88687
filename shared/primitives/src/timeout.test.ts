import { getEventListeners } from "node:events";
import { explore, guarantee, noLeaks, simulate } from "@pattern-labs/testkit";
import { describe, expect, it, vi } from "vitest";
import { sleep } from "./sleep.ts";
import { TimeoutError, timeout } from "./timeout.ts";

describe("timeout", () => {
  it("gives back what the task returns in time, and leaves no timer", async () => {
    await simulate(async (sim) => {
      expect(await timeout(() => "at once", { ms: 10 })).toBe("at once");
      expect(await timeout(() => sleep(5), { ms: 10 })).toBeUndefined();
      expect(sim.now()).toBe(5);
    });
  });

  it("throws what the task throws in time, at once or later", async () => {
    await simulate(async () => {
      const failure = new Error("disk full");
      const fail = () => {
        throw failure;
      };
      await expect(timeout(fail, { ms: 10 })).rejects.toBe(failure);
      await expect(timeout(() => sleep(5).then(fail), { ms: 10 })).rejects.toBe(failure);
    });
  });

  it("aborts the task's signal with the TimeoutError that the caller gets", async () => {
    await simulate(async (sim) => {
      let told: unknown;
      const task = ({ signal }: { signal: AbortSignal }) =>
        sleep(60_000, { signal }).catch((reason: unknown) => {
          told = reason;
          throw reason;
        });
      const error: unknown = await timeout(task, { ms: 10 }).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(TimeoutError);
      expect(error).toMatchObject({
        name: "TimeoutError",
        message: "Timed out after 10 ms",
        ms: 10,
        abandoned: false,
      });
      expect(error).toBe(told);
      expect((error as TimeoutError).cause).toBeUndefined();
      expect(sim.now()).toBe(10);
    });
  });

  it("goes on only when the task has stopped: a retry never meets the first try still at work", async () => {
    await simulate(async (sim) => {
      let atWork = false;
      const task = async ({ signal }: { signal: AbortSignal }) => {
        atWork = true;
        await sleep(60_000, { signal }).catch(() => {});
        await sleep(30); // closes what it had opened
        atWork = false;
      };
      await expect(timeout(task, { ms: 10 })).rejects.toThrow("Timed out after 10 ms");
      expect(atWork).toBe(false);
      expect(sim.now()).toBe(40);
    });
  });

  it("names what a failed clean-up threw as the cause", async () => {
    await simulate(async () => {
      const failure = new Error("could not close");
      const task = async ({ signal }: { signal: AbortSignal }) => {
        await sleep(60_000, { signal }).catch(() => {});
        throw failure;
      };
      await expect(timeout(task, { ms: 10 })).rejects.toMatchObject({ name: "TimeoutError", cause: failure });
    });
  });

  it("says so when it leaves a task running that outlasts its grace", async () => {
    await simulate(async (sim) => {
      const deaf = sleep(100);
      await expect(timeout(() => deaf, { ms: 10, graceMs: 20 })).rejects.toMatchObject({
        name: "TimeoutError",
        abandoned: true,
        message: "Timed out after 10 ms, and left the task running: it went on after its signal had aborted",
      });
      expect(sim.now()).toBe(30);
      await deaf;
    });
  });

  it("stops counting the grace when the task ends within it", async () => {
    await simulate(async (sim) => {
      const slowToStop = ({ signal }: { signal: AbortSignal }) =>
        sleep(60_000, { signal }).catch(() => sleep(5));
      await expect(timeout(slowToStop, { ms: 10, graceMs: 20 })).rejects.toMatchObject({ abandoned: false });
      expect(sim.now()).toBe(15); // A timer left behind would fail the simulation.
    });
  });

  it("owns the late rejection of a task that it has left running", async () => {
    await simulate(async () => {
      const failsLate = async () => {
        await sleep(100);
        throw new Error("nobody listens any more");
      };
      await expect(timeout(failsLate, { ms: 10, graceMs: 0 })).rejects.toThrow(TimeoutError);
      await sleep(200); // An unhandled rejection would fail the simulation.
    });
  });

  it.each([0, -1, -Infinity])("does not begin the task if %s ms are left", async (ms) => {
    const task = vi.fn();
    await expect(timeout(task, { ms })).rejects.toThrow(TimeoutError);
    expect(task).not.toHaveBeenCalled();
  });

  it("sets no limit for Infinity", async () => {
    await simulate(async () => {
      expect(await timeout(() => sleep(1e10).then(() => "done"), { ms: Infinity })).toBe("done");
    });
  });

  it.each([{ ms: Number.NaN }, { ms: 1, graceMs: Number.NaN }, { ms: "5" as unknown as number }])(
    "rejects with RangeError for %s",
    async (options) => {
      await expect(timeout(() => {}, options)).rejects.toThrow(
        /^Cannot run under a timeout: (graceMs|ms) must be a number/,
      );
    },
  );

  it("tells a caller who has left by the caller's own reason, once the task has stopped", async () => {
    await simulate(async (sim) => {
      const reason = { who: "client" };
      const controller = new AbortController();
      const task = async ({ signal }: { signal: AbortSignal }) => {
        await sleep(60_000, { signal }).catch(() => {});
        await sleep(7);
      };
      const running = timeout(task, { ms: 10_000, signal: controller.signal });
      controller.abort(reason);
      await expect(running).rejects.toBe(reason);
      expect(sim.now()).toBe(7);
    });
  });

  it("does not begin the task under a signal that has aborted", async () => {
    const task = vi.fn();
    await expect(timeout(task, { ms: 10, signal: AbortSignal.abort("late") })).rejects.toBe("late");
    expect(task).not.toHaveBeenCalled();
  });

  it("tells an outer deadline from an inner one", async () => {
    await simulate(async () => {
      const inner = ({ signal }: { signal: AbortSignal }) =>
        timeout((own) => sleep(1_000, own), { ms: 500, signal });
      await expect(timeout(inner, { ms: 50 })).rejects.toMatchObject({ ms: 50 });
      await expect(timeout(inner, { ms: 900 })).rejects.toMatchObject({ ms: 500 });
    });
  });

  it("leaves no listener on the caller's signal and no timer, however it ends, in every order", async () => {
    await explore(async (sim) => {
      const controller = new AbortController();
      sim.anytime("client leaves", () => controller.abort("left"));
      const task = async ({ signal }: { signal: AbortSignal }) => {
        await sim.io("query");
        signal.throwIfAborted();
        return "rows";
      };
      const [outcome] = await Promise.allSettled([timeout(task, { ms: 10, signal: controller.signal })]);
      const told = outcome.status === "fulfilled" ? outcome.value : outcome.reason;
      guarantee(told === "rows" || told === "left" || told instanceof TimeoutError, {
        happened: `the caller was told ${told}`,
        expected: "the rows, its own reason or a TimeoutError",
        why: "a caller can act only on what it knows",
      });
      expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
    });
  });

  it("leaves nothing alive in real time either", async () => {
    await noLeaks(async () => {
      await timeout(() => {}, { ms: 60_000 });
      const controller = new AbortController();
      const options = { ms: 60_000, graceMs: 60_000, signal: controller.signal };
      const stopped = timeout(({ signal }) => sleep(60_000, { signal }), options);
      controller.abort("gone");
      await expect(stopped).rejects.toBe("gone");
    });
  });
});
