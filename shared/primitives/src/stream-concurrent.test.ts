import { getEventListeners } from "node:events";
import { setImmediate } from "node:timers/promises";
import { explore, guarantee, noLeaks, simulate } from "@pattern-labs/testkit";
import { describe, expect, it, vi } from "vitest";
import { sleep } from "./sleep.ts";
import { streamConcurrent } from "./stream-concurrent.ts";

describe("streamConcurrent", () => {
  it("throws RangeError at once for a limit or a lookAhead that cannot be", () => {
    expect(() => streamConcurrent([1], String, { limit: 0 })).toThrow(
      new RangeError("Cannot map concurrently: limit must be a whole number from 1 or Infinity, got 0"),
    );
    expect(() => streamConcurrent([1], String, { limit: 3, lookAhead: 2 })).toThrow(
      new RangeError(
        "Cannot map concurrently: lookAhead must be at least the limit, which is 3, and an integer or Infinity, got 2",
      ),
    );
  });

  const slowFirst = async (ms: number) => {
    await sleep(ms);
    return ms;
  };

  it.each([["sync"], ["async"]])("gives results in the order of the values: %s", async (kind) => {
    await simulate(async () => {
      const values = kind === "sync" ? [30, 10, 20] : later([30, 10, 20]);
      expect(await Array.fromAsync(streamConcurrent(values, slowFirst, { limit: 3 }))).toEqual([30, 10, 20]);
    });
  });

  it("gives results as they are completed, if they need not be ordered", async () => {
    await simulate(async () => {
      const stream = streamConcurrent([30, 10, 20], slowFirst, { limit: 3, ordered: false });
      expect(await Array.fromAsync(stream)).toEqual([10, 20, 30]);
    });
  });

  it("gives results that are undefined, too", async () => {
    const stream = streamConcurrent([1, 2], () => undefined, { limit: 1 });
    expect(await Array.fromAsync(stream)).toEqual([undefined, undefined]);
  });

  it("begins nothing before the first result is asked for", async () => {
    const task = vi.fn((n: number) => n);
    const stream = streamConcurrent([1, 2], task, { limit: 2 });
    await null;
    expect(task).not.toHaveBeenCalled();
    expect(await stream.next()).toEqual({ done: false, value: 1 });
    expect(task).toHaveBeenCalledTimes(2);
  });

  it.each([
    { ordered: true, limit: 2, lookAhead: undefined, ahead: 2 },
    { ordered: false, limit: 2, lookAhead: undefined, ahead: 2 },
    { ordered: true, limit: 2, lookAhead: 5, ahead: 5 },
  ])("takes values of an endless source only $ahead ahead of what was consumed: %o", async (options) => {
    await simulate(async () => {
      let taken = 0;
      function* endless() {
        for (;;) {
          taken += 1;
          yield taken;
        }
      }
      const stream = streamConcurrent(endless(), async (n) => n, options);
      for (let consumed = 1; consumed <= 20; consumed += 1) {
        await stream.next();
        await sleep(1);
        expect(taken).toBe(consumed + options.ahead);
      }
      await stream.return();
    });
  });

  it("keeps `limit` tasks at work behind a slow head, and no more, if it may look ahead", async () => {
    await simulate(async (sim) => {
      let running = 0;
      let most = 0;
      const counted = async (ms: number) => {
        running += 1;
        most = Math.max(most, running);
        await sleep(ms);
        running -= 1;
      };
      const work = (lookAhead: number) =>
        Array.fromAsync(streamConcurrent([40, 10, 10, 10, 10], counted, { limit: 2, lookAhead }));
      await work(2);
      expect(sim.now()).toBe(60);
      await work(5);
      expect(sim.now()).toBe(100);
      expect(most).toBe(2);
    });
  });

  it("keeps `limit` tasks under way even if they are short, where the source need not be waited for", async () => {
    let running = 0;
    let most = 0;
    const short = async () => {
      running += 1;
      most = Math.max(most, running);
      await null;
      running -= 1;
    };
    await Array.fromAsync(streamConcurrent([1, 2, 3, 4, 5, 6], short, { limit: 3 }));
    expect(most).toBe(3);
  });

  it("asks a source for one value at a time", async () => {
    await simulate(async () => {
      let given = 0;
      let asked = 0;
      let most = 0;
      const values: AsyncIterable<number> = {
        [Symbol.asyncIterator]: () => ({
          next: async () => {
            asked += 1;
            most = Math.max(most, asked);
            await sleep(1);
            asked -= 1;
            given += 1;
            return { done: given === 9, value: given };
          },
        }),
      };
      await Array.fromAsync(streamConcurrent(values, (n) => sleep(n), { limit: 3 }));
      expect(most).toBe(1);
    });
  });

  it("stops at the first error: tells the tasks, waits for them, drops what waits, closes the source", async () => {
    await simulate(async (sim) => {
      const failure = new Error("first");
      let closedAt = -1;
      async function* values() {
        try {
          for (let n = 0; ; n += 1) yield n;
        } finally {
          closedAt = sim.now();
        }
      }
      const told: unknown[] = [];
      const task = async (n: number, { signal }: { signal: AbortSignal }) => {
        if (n === 1) {
          await sleep(5);
          throw failure;
        }
        await sleep(60_000, { signal }).catch((reason) => told.push(reason));
        await sleep(20); // cleans up
      };
      await expect(Array.fromAsync(streamConcurrent(values(), task, { limit: 3 }))).rejects.toBe(failure);
      expect(told).toEqual([failure, failure]);
      expect([closedAt, sim.now()]).toEqual([25, 25]);
    });
  });

  it("waits for the tasks under way and closes the source, when the loop is left early", async () => {
    await simulate(async (sim) => {
      const closed = vi.fn();
      function* values() {
        try {
          for (let n = 1; ; n += 1) yield n;
        } finally {
          closed();
        }
      }
      let stopped = 0;
      const task = async (n: number, { signal }: { signal: AbortSignal }) => {
        if (n === 1) return n;
        await sleep(60_000, { signal }).catch(() => {});
        await sleep(5);
        stopped += 1;
        throw new Error("nobody is left to be told");
      };
      for await (const result of streamConcurrent(values(), task, { limit: 3 })) {
        expect(result).toBe(1);
        break;
      }
      expect(stopped).toBe(3); // The first result made room for another.
      expect(closed).toHaveBeenCalledTimes(1);
      expect(sim.now()).toBe(5);
    });
  });

  it("rejects with the identical reason of its signal, and leaves no listener", async () => {
    await simulate(async () => {
      const controller = new AbortController();
      const { signal } = controller;
      const stream = streamConcurrent([1, 2], (_, options) => sleep(60_000, options), { limit: 2, signal });
      const rejected = expect(stream.next()).rejects.toBe("gone");
      await null;
      controller.abort("gone");
      await rejected;
      expect(getEventListeners(signal, "abort")).toHaveLength(0);
      expect(await stream.next()).toEqual({ done: true, value: undefined });

      const late = streamConcurrent([1], vi.fn(), { limit: 1, signal });
      await expect(late.next()).rejects.toBe("gone");
    });
  });

  it("leaves nothing alive", async () => {
    await noLeaks(async () => {
      const { signal } = new AbortController();
      const options = { limit: 2, signal, ordered: false };
      const turn = (_: number, told: { signal: AbortSignal }) => setImmediate(undefined, told);
      await Array.fromAsync(streamConcurrent(later([1, 2, 3]), turn, options));
      for await (const _ of streamConcurrent(later([1, 2, 3]), (n) => n, options)) break;
    });
  });

  it.each([0, 3])("loses and doubles no result, in every order: squeeze %s", async (squeeze) => {
    await explore(
      async (sim) => {
        async function* values() {
          for (const name of ["a", "b", "c"]) yield await sim.io(`read ${name}`, () => name);
        }
        let running = 0;
        const task = async (name: string) => {
          running += 1;
          guarantee(running <= 2, {
            happened: `${running} tasks ran at once`,
            expected: "at most 2",
            why: "the limit is all that protects what is behind it",
          });
          await sim.io(name);
          running -= 1;
          return name;
        };
        const ordered = sim.choose("ordered", [true, false]);
        const names: string[] = [];
        for await (const name of streamConcurrent(values(), task, { limit: 2, ordered })) names.push(name);
        expect(ordered ? names : names.toSorted()).toEqual(["a", "b", "c"]);
      },
      { squeeze },
    );
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
            try {
              await sim.io(name);
              if (name === "b") throw new Error("b");
            } finally {
              running -= 1;
            }
          };
          sim.anytime("abort", () => controller.abort("gone"));
          const stream = streamConcurrent(["a", "b", "c"], task, { limit: 2, signal: controller.signal });
          const reason = await Array.fromAsync(stream).catch((error: unknown) => error);
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
