import { getEventListeners } from "node:events";
import { explore, guarantee, isPending, noLeaks, simulate } from "@pattern-labs/testkit";
import { describe, expect, it, vi } from "vitest";
import { batch } from "./batch.ts";
import { Channel } from "./channel.ts";
import { sleep } from "./sleep.ts";

/** Gives 1, 2, 3 … after these pauses; closes itself out loud. */
async function* paced(pausesMs: number[], log: string[] = []) {
  try {
    for (const [index, pauseMs] of pausesMs.entries()) {
      if (pauseMs > 0) await sleep(pauseMs);
      yield index + 1;
    }
  } finally {
    log.push("closed");
  }
}

describe("batch", () => {
  it.each([
    [{ limit: 0 }, "limit must be a whole number from 1, got 0"],
    [{ limit: 1.5 }, "limit must be a whole number from 1, got 1.5"],
    [{ limit: 2, withinMs: 0 }, "withinMs must be a positive number of milliseconds, got 0"],
    [{ limit: 2, withinMs: Number.NaN }, "withinMs must be a positive number of milliseconds, got NaN"],
  ])("throws RangeError for %o", (options, message) => {
    expect(() => batch(paced([]), options)).toThrow(new RangeError(`Cannot batch: ${message}`));
  });

  it("gives a batch when it is full, and what is left at the end; never an empty one", async () => {
    expect(await Array.fromAsync(batch(paced([0, 0, 0, 0, 0]), { limit: 2 }))).toEqual([[1, 2], [3, 4], [5]]);
    expect(await Array.fromAsync(batch(paced([0, 0]), { limit: 2 }))).toEqual([[1, 2]]);
    expect(await Array.fromAsync(batch(paced([]), { limit: 2 }))).toEqual([]);
  });

  it("gives a batch `withinMs` after its first value, not after the last batch", async () => {
    await simulate(async (sim) => {
      const seen: string[] = [];
      for await (const values of batch(paced([100, 4, 4, 50, 1]), { limit: 10, withinMs: 10 })) {
        seen.push(`${values}@${sim.now()}`);
      }
      expect(seen).toEqual(["1,2,3@110", "4,5@159"]);
    });
  });

  it("counts the time of a value that came while nobody asked", async () => {
    await simulate(async (sim) => {
      const batches = batch(paced([0, 15, 100]), { limit: 10, withinMs: 10 });
      expect([(await batches.next()).value, sim.now()]).toEqual([[1], 10]);
      await sleep(10); // The second value came at 15, and is due at 25.
      expect([(await batches.next()).value, sim.now()]).toEqual([[2], 25]);
      expect(await Array.fromAsync(batches)).toEqual([[3]]);
    });
  });

  it("stops the timer of a batch that is full, so that it does not cut the next one short", async () => {
    await simulate(async (sim) => {
      const batches = batch(paced([0, 5, 1, 9, 100]), { limit: 2, withinMs: 10 });
      expect([(await batches.next()).value, sim.now()]).toEqual([[1, 2], 5]);
      expect([(await batches.next()).value, sim.now()]).toEqual([[3, 4], 15]);
      await batches.return?.();
    });
  });

  it("keeps its time though the source is never at rest and starves timers", async () => {
    let now = 0;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => ++now);
    const sizes: number[] = [];
    for await (const values of batch(paced(Array(100).fill(0)), { limit: 1_000, withinMs: 10 })) {
      sizes.push(values.length);
    }
    clock.mockRestore();
    expect(sizes.length).toBeGreaterThan(5);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(11);
  });

  it("reads one value at a time, though its time is up while it reads", async () => {
    await simulate(async () => {
      let reading = 0;
      let most = 0;
      const source: AsyncIterable<number> = {
        [Symbol.asyncIterator]: () => ({
          async next() {
            reading += 1;
            most = Math.max(most, reading);
            await sleep(25);
            reading -= 1;
            return { done: false, value: 0 };
          },
        }),
      };
      const batches = batch(source, { limit: 3, withinMs: 10 });
      for (let round = 0; round < 3; round += 1) expect((await batches.next()).value).toEqual([0]);
      expect(most).toBe(1);
      await sleep(25);
    });
  });

  it("throws an error after the batch of what came before it, and once", async () => {
    const failing = async function* () {
      yield* [1, 2, 3];
      throw new Error("disk full");
    };
    const batches = batch(failing(), { limit: 2, withinMs: 1_000 });
    expect((await batches.next()).value).toEqual([1, 2]);
    expect((await batches.next()).value).toEqual([3]);
    await expect(batches.next()).rejects.toThrow("disk full");
    expect(await batches.next()).toEqual({ done: true, value: undefined });
  });

  it("reads the source only while a batch is asked for", async () => {
    const channel = new Channel<number>(9);
    for (const value of [1, 2, 3, 4, 5]) channel.trySend(value);
    const batches = batch(channel, { limit: 2 });
    await new Promise(setImmediate);
    expect(channel.size).toBe(5);
    expect((await batches.next()).value).toEqual([1, 2]);
    await new Promise(setImmediate);
    expect(channel.size).toBe(3);
  });

  it("loses nothing when the loop is left between two batches", async () => {
    const channel = new Channel<number>(9);
    channel.trySend(1);
    for await (const values of batch(channel, { limit: 2, withinMs: 1 })) {
      expect(values).toEqual([1]); // Its time was up, and the next read waits already.
      break;
    }
    channel.trySend(2);
    expect(channel.tryReceive()).toEqual({ done: false, value: 2 });
  });

  it("closes the source when the loop is left, and waits for that", async () => {
    const log: string[] = [];
    for await (const _values of batch(paced([0, 0, 0], log), { limit: 2 })) break;
    expect(log).toEqual(["closed"]);
  });

  it("gives what is gathered to who still waits when it is left", async () => {
    const channel = new Channel<number>(2);
    channel.trySend(1);
    const batches = batch(channel, { limit: 2, withinMs: 1_000 });
    const waiting = batches.next();
    expect(await isPending(waiting)).toBe(true);
    await batches.return?.();
    expect(await waiting).toEqual({ done: false, value: [1] });
    expect(await batches.next()).toEqual({ done: true, value: undefined });
  });

  it("serves several who ask at once, in order, each a whole batch", async () => {
    const batches = batch(paced([1, 1, 1, 1]), { limit: 2 });
    const asked = [batches.next(), batches.next(), batches.next()];
    expect((await Promise.all(asked)).map(({ value }) => value)).toEqual([[1, 2], [3, 4], undefined]);
  });

  it("throws the signal's reason at once, and closes the source without waiting", async () => {
    let closed = false;
    const stuck: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: () => {
          closed = true;
          return new Promise(() => {});
        },
      }),
    };
    const controller = new AbortController();
    const batches = batch(stuck, { limit: 2, withinMs: 5, signal: controller.signal });
    const waiting = batches.next();
    expect(await isPending(waiting)).toBe(true);
    controller.abort("enough");
    await expect(waiting).rejects.toBe("enough");
    expect(closed).toBe(true);
    await expect(batches.next()).rejects.toBe("enough");
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });

  it.each([0, 3])(
    "gives every value once, in order, in every order of events: squeeze %s",
    async (squeeze) => {
      await explore(
        async (sim) => {
          const fails = sim.choose("source", [false, true]);
          const failure = new Error("disk full");
          const source = async function* () {
            for (let n = 1; n <= 4; n += 1) yield await sim.io(`read ${n}`, () => n);
            if (fails) throw failure;
          };
          const batches: number[][] = [];
          let outcome: unknown = "ended";
          try {
            for await (const values of batch(source(), { limit: 3, withinMs: 10 })) {
              batches.push(values);
              await sim.io("write");
            }
          } catch (error) {
            outcome = error;
          }
          const whole =
            batches.flat().join() === "1,2,3,4" && batches.every(({ length }) => length > 0 && length <= 3);
          guarantee(whole && outcome === (fails ? failure : "ended"), {
            happened: `batches ${JSON.stringify(batches)}, and it came to ${outcome}`,
            expected: "1, 2, 3 and 4, at most three together",
            why: "a batch that loses or doubles rows corrupts what it is written to",
          });
        },
        { squeeze },
      );
    },
  );

  it("leaves no timer, listener or reader", async () => {
    await noLeaks(async () => {
      const controller = new AbortController();
      const options = { limit: 2, withinMs: 10_000, signal: controller.signal };
      await Array.fromAsync(batch(paced([0, 0, 0]), options));
      for await (const _values of batch(paced([0, 0, 0]), options)) break;
      const channel = new Channel<number>(1);
      channel.trySend(1);
      const waiting = batch(channel, options).next();
      await new Promise(setImmediate);
      controller.abort("enough");
      await expect(waiting).rejects.toBe("enough");
    });
  });
});
