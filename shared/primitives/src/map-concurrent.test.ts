import { getEventListeners } from "node:events";
import { setTimeout as nodeSleep, setImmediate } from "node:timers/promises";
import { explore, guarantee, noLeaks, simulate } from "@pattern-labs/testkit";
import { describe, expect, it, vi } from "vitest";
import { mapConcurrent } from "./map-concurrent.ts";
import { sleep } from "./sleep.ts";

describe("mapConcurrent", () => {
  it.each([0, -1, 1.5, Number.NaN])("throws RangeError for a limit of %s", async (limit) => {
    await expect(mapConcurrent([1], String, { limit })).rejects.toThrow(
      new RangeError(
        `Cannot map concurrently: limit must be a whole number from 1 or Infinity, got ${limit}`,
      ),
    );
  });

  it("gives the results in the order of the values, whoever ends first", async () => {
    await simulate(async () => {
      const slowFirst = async (n: number) => {
        await sleep(10 - n);
        return n * n;
      };
      expect(await mapConcurrent([1, 2, 3, 4], slowFirst, { limit: 3 })).toEqual([1, 4, 9, 16]);
      expect(await mapConcurrent(later([1, 2, 3, 4]), slowFirst, { limit: 3 })).toEqual([1, 4, 9, 16]);
      expect(await mapConcurrent([], slowFirst, { limit: 3 })).toEqual([]);
      expect(await mapConcurrent(later([]), slowFirst, { limit: Infinity })).toEqual([]);
    });
  });

  it("works on `limit` values at a time, and takes no value before there is a place for it", async () => {
    await simulate(async () => {
      let taken = 0;
      let running = 0;
      let most = 0;
      function* values() {
        for (; taken < 10; taken += 1) {
          expect(running).toBeLessThan(3);
          yield taken;
        }
      }
      await mapConcurrent(
        values(),
        async () => {
          running += 1;
          most = Math.max(most, running);
          await sleep(1);
          running -= 1;
        },
        { limit: 3 },
      );
      expect(most).toBe(3);
    });
  });

  it("begins no more runners than there are values, even without a limit", async () => {
    expect(await mapConcurrent([1, 2], (n) => n, { limit: Infinity })).toEqual([1, 2]);
  });

  it("stops at the first error: tells the siblings, waits for them, and closes the source", async () => {
    await simulate(async (sim) => {
      const failure = new Error("first");
      const begun: number[] = [];
      let closedAt = -1;
      function* values() {
        try {
          for (let n = 0; ; n += 1) yield n;
        } finally {
          closedAt = sim.now();
        }
      }
      const mapping = mapConcurrent(
        values(),
        async (n, { signal }) => {
          begun.push(n);
          if (n === 1) {
            await sleep(5);
            throw failure;
          }
          await sleep(60_000, { signal }).catch(() => {});
          await sleep(20); // cleans up
          throw new Error("an echo");
        },
        { limit: 3 },
      );
      await expect(mapping).rejects.toBe(failure);
      expect(begun).toEqual([0, 1, 2]);
      expect(closedAt).toBe(25);
      expect(sim.now()).toBe(25);
    });
  });

  it("throws even an error that is undefined, and one thrown before any await", async () => {
    await expect(mapConcurrent([1], () => Promise.reject(undefined), { limit: 1 })).rejects.toBeUndefined();
    const failure = new Error("at once");
    const task = vi.fn(() => {
      throw failure;
    });
    await expect(mapConcurrent([1, 2, 3], task, { limit: 3 })).rejects.toBe(failure);
    expect(task).toHaveBeenCalledTimes(1);
  });

  it.each(["sync", "async"])(
    "throws the error of a source that throws, when the tasks have ended: %s",
    async (kind) => {
      await simulate(async (sim) => {
        const failure = new Error("the file is torn");
        function* values() {
          yield 1;
          yield 2;
          throw failure;
        }
        const task = (_: number, options: { signal: AbortSignal }) =>
          sleep(60_000, options).finally(() => sleep(5));
        const source = kind === "sync" ? values() : later(values());
        await expect(mapConcurrent(source, task, { limit: 3 })).rejects.toBe(failure);
        expect(sim.now()).toBe(5);
      });
    },
  );

  it("does not close a source that has ended or thrown by itself, and prefers the task's error to that of closing", async () => {
    const source = (values: number[], fails: boolean) => {
      const close = vi.fn(() => {
        throw new Error("cannot close");
      });
      const next = () => {
        const value = values.shift();
        if (value === undefined && fails) throw new Error("torn");
        return value === undefined ? { done: true as const, value } : { done: false as const, value };
      };
      return { close, values: { [Symbol.iterator]: () => ({ next, return: close }) } };
    };
    const ended = source([1, 2], false);
    await mapConcurrent(ended.values, String, { limit: 1 });
    expect(ended.close).not.toHaveBeenCalled();
    const torn = source([1, 2], true);
    await expect(mapConcurrent(torn.values, String, { limit: 1 })).rejects.toThrow("torn");
    expect(torn.close).not.toHaveBeenCalled();
    const left = source([1, 2], false);
    const mapping = mapConcurrent(left.values, () => Promise.reject("mine"), { limit: 1 });
    await expect(mapping).rejects.toBe("mine");
    expect(left.close).toHaveBeenCalledTimes(1);
  });

  it("takes nothing under a signal that has aborted", async () => {
    const values = vi.fn(() => [1].values());
    const mapping = mapConcurrent({ [Symbol.iterator]: values }, String, {
      limit: 1,
      signal: AbortSignal.abort("late"),
    });
    await expect(mapping).rejects.toBe("late");
    expect(values).not.toHaveBeenCalled();
  });

  it("rejects with the identical reason of its signal when the tasks have ended, even if they shrug it off", async () => {
    await simulate(async (sim) => {
      for (const deaf of [true, false]) {
        const began = sim.now();
        const reason = { deaf };
        const controller = new AbortController();
        const { signal } = controller;
        const task = vi.fn((ms: number, options: { signal: AbortSignal }) =>
          deaf ? sleep(ms) : nodeSleep(ms, undefined, options),
        );
        const mapping = mapConcurrent([10, 20, 30], task, { limit: 2, signal });
        const rejected = expect(mapping).rejects.toBe(reason);
        controller.abort(reason);
        await rejected;
        expect(sim.now() - began).toBe(deaf ? 20 : 0);
        expect(task).toHaveBeenCalledTimes(2);
        expect(getEventListeners(signal, "abort")).toHaveLength(0);
      }
    });
  });

  it("does not abort the signal of tasks that have all succeeded: what they returned may still use it", async () => {
    for (const values of [[1, 2], later([1, 2])]) {
      const signals = await mapConcurrent(values, (_, { signal }) => ({ signal }), { limit: 2 });
      expect(signals.map(({ signal }) => signal.aborted)).toEqual([false, false]);
    }
  });

  it("is not held up by a source that is being waited for when a task fails", async () => {
    const closed = vi.fn();
    const gate = Promise.withResolvers<never>();
    async function* values() {
      try {
        yield 1;
        await gate.promise; // the next message, in an hour or never
      } finally {
        closed();
      }
    }
    const failure = new Error("first");
    const mapping = mapConcurrent(values(), () => Promise.reject(failure), { limit: 2 });
    await expect(mapping).rejects.toBe(failure);
    gate.reject(new Error("the connection was lost")); // Nobody is left to be told, and it must not be unhandled.
    await expect.poll(() => closed.mock.calls.length).toBe(1);
  });

  it("drops the error of closing a source that is being waited for: nobody is left to be told", async () => {
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    const steps = [Promise.resolve({ done: false as const, value: 1 }), new Promise<never>(() => {})];
    const iterator = {
      next: () => steps.shift() ?? new Promise<never>(() => {}),
      return: () => Promise.reject(new Error("cannot close")),
    };
    const values = { [Symbol.asyncIterator]: () => iterator };
    await expect(mapConcurrent(values, () => Promise.reject("mine"), { limit: 2 })).rejects.toBe("mine");
    await setImmediate();
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it("does not overflow the stack on 100,000 tasks that end at once", async () => {
    const values = Array.from({ length: 100_000 }, (_, n) => n);
    const results = await mapConcurrent(values, (n) => n, { limit: 10 });
    expect(results).toEqual(values);
  });

  it("leaves nothing alive", async () => {
    await noLeaks(async () => {
      const { signal } = new AbortController();
      await mapConcurrent(later([1, 2, 3]), (_, options) => setImmediate(undefined, options), {
        limit: 2,
        signal,
      });
      await mapConcurrent([1, 2, 3], () => Promise.reject("no"), { limit: 2, signal }).catch(() => {});
    });
  });

  it.each([0, 3])(
    "leaves no task running, whatever fails or aborts, in every order: squeeze %s",
    async (squeeze) => {
      await explore(
        async (sim) => {
          const controller = new AbortController();
          let running = 0;
          const task = async (name: string) => {
            running += 1;
            guarantee(running <= 2, {
              happened: `${running} tasks ran at once`,
              expected: "at most 2",
              why: "the limit is all that protects what is behind it",
            });
            try {
              await sim.io(name);
              if (name === "b") throw new Error("b");
            } finally {
              running -= 1;
            }
          };
          sim.anytime("abort", () => controller.abort("gone"));
          const mapping = mapConcurrent(["a", "b", "c"], task, { limit: 2, signal: controller.signal });
          const reason = await mapping.catch((error: unknown) => error);
          expect(running).toBe(0);
          expect(reason === "gone" || (reason as Error).message === "b").toBe(true);
        },
        { squeeze },
      );
    },
  );
});

async function* later<T>(values: Iterable<T>): AsyncGenerator<T> {
  for (const value of values) {
    await null;
    yield value;
  }
}
