import { getEventListeners } from "node:events";
import { explore, guarantee, isPending, noLeaks, simulate } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";
import { Channel } from "./channel.ts";
import { merge } from "./merge.ts";
import { sleep } from "./sleep.ts";

async function* count(name: string, to: number, log: string[] = []) {
  try {
    for (let n = 1; n <= to; n += 1) yield `${name}${n}`;
  } finally {
    log.push(`${name} closed`);
  }
}

/** A source in the test's own hands. */
function tap() {
  const channel = new Channel<string>(8);
  let reads = 0;
  let closed = false;
  const source: AsyncIterable<string> = {
    [Symbol.asyncIterator]: () => {
      const values = channel.values();
      return {
        next: () => {
          reads += 1;
          return values.next();
        },
        return: async () => {
          closed = true;
          return { done: true, value: undefined };
        },
      };
    },
  };
  return { source, channel, reads: () => reads, closed: () => closed };
}

describe("merge", () => {
  it("gives the union of what its sources give, in types as well", async () => {
    const numbers = new Channel<number>(1);
    const texts = new Channel<string>(1);
    await Promise.all([numbers.send(1), texts.send("a")]);
    for (const channel of [numbers, texts]) channel.close();
    const merged: AsyncIterable<number | string> = merge([numbers, texts]);
    const seen = await Array.fromAsync(merged);
    expect(seen.toSorted()).toEqual([1, "a"]);
    // @ts-expect-error What comes may be a text.
    const onlyNumbers: AsyncIterable<number> = merge([numbers, texts]);
    expect(onlyNumbers).toBeDefined();
  });

  it("opens no source and starts nothing if one of them is none", () => {
    const opened: string[] = [];
    const source = {
      [Symbol.asyncIterator]: () => {
        opened.push("opened");
        return new Channel<number>().values();
      },
    };
    expect(() => merge([source, [1] as unknown as AsyncIterable<number>])).toThrow(TypeError);
    expect(opened).toEqual([]);
  });

  it("gives every value of every source, and ends when all have ended", async () => {
    const values = await Array.fromAsync(merge([count("a", 3), count("b", 0), count("c", 1)]));
    expect(values.toSorted()).toEqual(["a1", "a2", "a3", "c1"]);
    expect(await Array.fromAsync(merge([]))).toEqual([]);
  });

  it("gives them as they come: a slow source keeps nobody waiting", async () => {
    await simulate(async (sim) => {
      const paced = async function* (name: string, pauseMs: number) {
        for (let n = 1; n <= 3; n += 1) {
          await sleep(pauseMs);
          yield `${name}${n}`;
        }
      };
      const seen: string[] = [];
      for await (const value of merge([paced("slow", 100), paced("fast", 10)]))
        seen.push(`${value}@${sim.now()}`);
      expect(seen).toEqual(["fast1@10", "fast2@20", "fast3@30", "slow1@100", "slow2@200", "slow3@300"]);
    });
  });

  it("starves none: sources that always have a value take turns", async () => {
    const seen: string[] = [];
    for await (const value of merge([count("a", 1_000), count("b", 1_000), count("c", 1_000)])) {
      seen.push(value.slice(0, 1));
      if (seen.length === 300) break;
    }
    for (const name of ["a", "b", "c"]) expect(seen.filter((one) => one === name)).toHaveLength(100);
  });

  it("reads nothing before it is asked, and has at most one value of each source ready", async () => {
    const [a, b] = [tap(), tap()];
    for (const value of ["1", "2", "3"]) {
      a.channel.trySend(`a${value}`);
      b.channel.trySend(`b${value}`);
    }
    const merged = merge([a.source, b.source]);
    await new Promise(setImmediate);
    expect([a.reads(), b.reads()]).toEqual([0, 0]);
    expect((await merged.next()).value).toBe("a1");
    await new Promise(setImmediate);
    expect([a.reads(), b.reads()]).toEqual([1, 1]);
    expect((await merged.next()).value).toBe("b1");
    await new Promise(setImmediate);
    expect([a.reads(), b.reads()]).toEqual([2, 1]);
  });

  it("serves several who ask at once, in order, even from one source", async () => {
    const merged = merge([count("a", 3)]);
    const asked = [merged.next(), merged.next(), merged.next(), merged.next()];
    expect((await Promise.all(asked)).map(({ value }) => value)).toEqual(["a1", "a2", "a3", undefined]);
  });

  it("throws a source's error once, after what came before it and when the others are closed", async () => {
    const log: string[] = [];
    const failing = async function* () {
      yield "f1";
      throw new Error("disk full");
    };
    const slowToClose = async function* () {
      try {
        for (;;) yield "s";
      } finally {
        await new Promise(setImmediate);
        log.push("closed");
      }
    };
    const merged = merge([failing(), slowToClose()]);
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const value of merged) seen.push(value);
    })();
    await expect(reading.catch((error: unknown) => Promise.reject([error, [...log]]))).rejects.toEqual([
      new Error("disk full"),
      ["closed"],
    ]);
    expect(seen.slice(0, 2)).toEqual(["f1", "s"]);
    expect(await merged.next()).toEqual({ done: true, value: undefined });
  });

  it("drops the errors that come after the first", async () => {
    const failures = [Promise.withResolvers<never>(), Promise.withResolvers<never>()];
    const sources = failures.map(({ promise }): AsyncIterable<never> => {
      return { [Symbol.asyncIterator]: () => ({ next: () => promise }) };
    });
    const merged = merge(sources);
    const reading = merged.next();
    failures[1]?.reject(new Error("first"));
    await expect(reading).rejects.toThrow("first");
    failures[0]?.reject(new Error("second"));
    await new Promise(setImmediate); // An unhandled rejection would fail the run.
    expect(await merged.next()).toEqual({ done: true, value: undefined });
  });

  it("closes the others as soon as one fails, though nobody asks just then", async () => {
    const a = tap();
    const failure = Promise.withResolvers<never>();
    const failing: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({ next: () => failure.promise }),
    };
    const merged = merge([a.source, failing]);
    a.channel.trySend("a1");
    expect((await merged.next()).value).toBe("a1");
    failure.reject(new Error("disk full"));
    await new Promise(setImmediate);
    expect(a.closed()).toBe(true);
    await expect(merged.next()).rejects.toThrow("disk full");
  });

  it("closes every source when the loop is left, and waits for that", async () => {
    const log: string[] = [];
    for await (const _value of merge([count("a", 3, log), count("b", 3, log)])) break;
    expect(log.toSorted()).toEqual(["a closed", "b closed"]);
  });

  it("closes every source even if one cannot be closed, and says so", async () => {
    const b = tap();
    b.channel.trySend("b1");
    const bad: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: "bad" }),
        return: () => Promise.reject(new Error("cannot close")),
      }),
    };
    const merged = merge([bad, b.source]);
    await merged.next();
    await expect(merged.return?.()).rejects.toThrow("cannot close");
    expect(b.closed()).toBe(true);
    expect(await merged.next()).toEqual({ done: true, value: undefined });
  });

  it("ends who still waits when it is left", async () => {
    const a = tap();
    const merged = merge([a.source]);
    const waiting = merged.next();
    expect(await isPending(waiting)).toBe(true);
    await merged.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
    a.channel.trySend("late");
    await new Promise(setImmediate);
    expect(await merged.next()).toEqual({ done: true, value: undefined });
  });

  it("throws the signal's reason at once, and closes sources without waiting for one that is stuck", async () => {
    const a = tap();
    const stuck = async function* () {
      await new Promise(() => {});
      yield "never";
    };
    const controller = new AbortController();
    const merged = merge([a.source, stuck()], controller);
    const waiting = merged.next();
    expect(await isPending(waiting)).toBe(true);
    controller.abort("enough");
    await expect(waiting).rejects.toBe("enough");
    expect(a.closed()).toBe(true);
    await expect(merged.next()).rejects.toBe("enough");
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });

  it("reads nothing for a signal that has aborted", async () => {
    const a = tap();
    await expect(merge([a.source], { signal: AbortSignal.abort("late") }).next()).rejects.toBe("late");
    expect(a.reads()).toBe(0);
  });

  it.each([0, 3])(
    "gives each value once, in each source's order, in every order: squeeze %s",
    async (squeeze) => {
      await explore(
        async (sim) => {
          const controller = new AbortController();
          const failure = new Error("disk full");
          const source = async function* (name: string, fails = false) {
            for (let n = 1; n <= 2; n += 1) yield await sim.io(`${name}${n}`, () => `${name}${n}`);
            if (fails) throw failure;
          };
          const fails = sim.choose("b", [false, true]);
          sim.anytime("abort", () => controller.abort("gone"));
          const seen: string[] = [];
          const outcome = await sim.spawn("reader", async () => {
            try {
              for await (const value of merge([source("a"), source("b", fails)], controller))
                seen.push(value);
              return "ended";
            } catch (error) {
              return error;
            }
          });
          const inOrder = ["a", "b"].every((name) => {
            const own = seen.filter((value) => value.startsWith(name));
            return own.every((value, index) => value === `${name}${index + 1}`);
          });
          const complete = outcome !== "ended" || seen.length === 4;
          const failed = outcome === failure && seen.includes("b2");
          guarantee(
            inOrder && complete && (failed || outcome === (fails ? "gone" : "ended") || outcome === "gone"),
            {
              happened: `it saw ${seen} and came to ${outcome}`,
              expected: "each source's values in order, all of them unless it failed or was aborted",
              why: "what is merged must be what was sent",
            },
          );
        },
        { squeeze },
      );
    },
  );

  it("leaves nothing behind", async () => {
    await noLeaks(async () => {
      const { signal } = new AbortController();
      for await (const _value of merge([count("a", 3), count("b", 3)], { signal })) break;
      await Array.fromAsync(merge([count("a", 3), count("b", 3)], { signal }));
    });
  });
});
