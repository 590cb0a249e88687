import { getEventListeners } from "node:events";
import { explore, guarantee, isPending, noLeaks } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";
import { orDone } from "./or-done.ts";

function stuck() {
  let closed = 0;
  const late = Promise.withResolvers<IteratorResult<string>>();
  const source: AsyncIterable<string> = {
    [Symbol.asyncIterator]: () => ({
      next: () => late.promise,
      return: async () => {
        closed += 1;
        return { done: true, value: undefined };
      },
    }),
  };
  return { source, late, closed: () => closed };
}

async function* letters(log: string[] = []) {
  try {
    yield* ["a", "b", "c"];
  } finally {
    log.push("closed");
  }
}

describe("orDone", () => {
  it("gives every value, and ends with the source", async () => {
    const { signal } = new AbortController();
    expect(await Array.fromAsync(orDone(letters(), { signal }))).toEqual(["a", "b", "c"]);
    expect(await Array.fromAsync(orDone(letters(), { signal: undefined }))).toEqual(["a", "b", "c"]);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("throws the signal's reason at once although the next value never comes, and closes the source", async () => {
    const { source, closed } = stuck();
    const controller = new AbortController();
    const reading = orDone(source, controller).next();
    expect(await isPending(reading)).toBe(true);
    controller.abort("enough");
    await expect(reading).rejects.toBe("enough");
    expect(closed()).toBe(1);
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });

  it("listens only while a value is waited for", async () => {
    const { signal } = new AbortController();
    for await (const _letter of orDone(letters(), { signal })) {
      expect(getEventListeners(signal, "abort")).toHaveLength(0);
    }
  });

  it("handles a late failure of the source", async () => {
    const { source, late } = stuck();
    const controller = new AbortController();
    const reading = orDone(source, controller).next();
    controller.abort("enough");
    await expect(reading).rejects.toBe("enough");
    late.reject(new Error("connection lost"));
    await new Promise(setImmediate); // An unhandled rejection would fail the run.
  });

  it.each([
    ["no options", () => orDone(numbers())],
    ["no signal", () => orDone(numbers(), {})],
    ["an undefined signal", () => orDone(numbers(), { signal: undefined })],
  ])("reads to the end with %s", async (_, read) => {
    expect(await Array.fromAsync(read())).toEqual([1, 2]);
  });

  it("looks at the signal first, even when a value is there", async () => {
    const log: string[] = [];
    const controller = new AbortController();
    const reading = orDone(letters(log), controller);
    expect((await reading.next()).value).toBe("a");
    controller.abort("enough");
    await expect(reading.next()).rejects.toBe("enough");
    expect(log).toEqual(["closed"]);
    await expect(reading.next()).rejects.toBe("enough");
  });

  it("opens nothing for a signal that has aborted", async () => {
    let opened = false;
    const source: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => {
        opened = true;
        return letters();
      },
    };
    await expect(Array.fromAsync(orDone(source, { signal: AbortSignal.abort("late") }))).rejects.toBe("late");
    expect(opened).toBe(false);
  });

  it("closes the source when the loop is left, and waits for that", async () => {
    const log: string[] = [];
    for await (const _letter of orDone(letters(log), new AbortController())) break;
    expect(log).toEqual(["closed"]);
  });

  it("passes the source's error on, and then is at its end", async () => {
    const failing = async function* () {
      yield "a";
      throw new Error("disk full");
    };
    const reading = orDone(failing(), new AbortController());
    await reading.next();
    await expect(reading.next()).rejects.toThrow("disk full");
    expect(await reading.next()).toEqual({ done: true, value: undefined });
  });

  it("gives what came before the abort, in order, and nothing afterwards, in every order", async () => {
    await explore(async (sim) => {
      const controller = new AbortController();
      const source = async function* () {
        for (const value of [1, 2, 3]) yield await sim.io(`read ${value}`, () => value);
      };
      const seen: number[] = [];
      let abortedAt: number | undefined;
      sim.anytime("abort", () => {
        abortedAt = seen.length;
        controller.abort("gone");
      });
      const outcome = await sim.spawn("reader", async () => {
        try {
          for await (const value of orDone(source(), controller)) seen.push(value);
          return "ended";
        } catch (error) {
          return error;
        }
      });
      const expected = outcome === "gone" ? [1, 2, 3].slice(0, abortedAt) : [1, 2, 3];
      guarantee(seen.join() === expected.join() && (outcome === "ended" || outcome === "gone"), {
        happened: `it saw ${seen} and came to ${outcome}; the abort came after ${abortedAt}`,
        expected: `${expected}`,
        why: "a reader that goes on after the abort works for nobody",
      });
    });
  });

  it("leaves nothing behind", async () => {
    await noLeaks(async () => {
      const controller = new AbortController();
      const { source, late } = stuck();
      const reading = orDone(source, controller).next();
      controller.abort("enough");
      await expect(reading).rejects.toBe("enough");
      late.resolve({ done: true, value: undefined });
    });
  });
});

async function* numbers() {
  yield* [1, 2];
}
