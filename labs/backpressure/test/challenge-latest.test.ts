import { challenge, explore, guarantee, simulate } from "@pattern-labs/testkit";
import { expectRefused } from "@pattern-labs/testkit/out-of-range";
import { show } from "@pattern-labs/testkit/outcome";
import { it } from "vitest";
import type { LatestBuffer, LatestCounts, LatestOptions } from "../contract.ts";
import { lab } from "./subject.ts";

challenge("latest", lab, () => {
  it("latest.1 of each key only the latest value is delivered", () =>
    simulate(async () => {
      const prices = createLatest<string, number>({ limit: 3 });
      for (const price of [1, 2, 3]) {
        prices.put("AAA", price);
        prices.put("BBB", price * 10);
      }
      expectPairs(
        await drain(prices),
        "AAA 3, BBB 30",
        "AAA 1, BBB 10, AAA 2, BBB 20, AAA 3, BBB 30 were put",
      );
    }));

  it("latest.2 a key keeps its place in line when its value is replaced", () =>
    simulate(async () => {
      const prices = createLatest<string, number>({ limit: 3 });
      for (const key of ["AAA", "BBB", "CCC"]) prices.put(key, 1);
      prices.put("AAA", 2);
      prices.put("BBB", 2);
      expectPairs(
        await drain(prices),
        "AAA 2, BBB 2, CCC 1",
        "AAA, BBB and CCC were put, then AAA and BBB again",
      );
    }));

  it("latest.3 what was handed over is not replaced any more, and a loop that waits gets what comes", () =>
    simulate(async (sim) => {
      const prices = createLatest<string, number | undefined>({ limit: 1 });
      const taken: string[] = [];
      const loop = sim.spawn("screen", async () => {
        for await (const [key, value] of prices) {
          taken.push(`${key} ${value}`);
          await sim.io("draws it");
        }
      });
      await sim.idle(); // It waits, with nothing there.
      prices.put("AAA", 1);
      await sim.idle();
      prices.put("AAA", 2); // Whether it still draws 1 or not: that one is with the screen.
      await sim.idle();
      prices.put("AAA", undefined);
      await sim.idle();
      prices.close();
      await sim.waitFor("the end of the loop", loop, () => ({
        happened: "the buffer was closed and is empty, and the loop over it still waits",
        expected: "it ends",
        why: "A consumer that nobody tells of the end waits for ever.",
      }));
      expectPairs(
        taken,
        "AAA 1, AAA 2, AAA undefined",
        "AAA was put three times, each time after the last was taken",
      );
    }));

  it("latest.4 at most `limit` keys wait: one more is a BufferFullError, a known one always fits", () =>
    simulate(async () => {
      const prices = createLatest<string, number>({ limit: 2 });
      prices.put("AAA", 1);
      prices.put("BBB", 1);
      const error = errorOf(() => prices.put("CCC", 1));
      guarantee(error instanceof Error && error.name === "BufferFullError", {
        happened: `two keys waited, with a limit of 2, and a third ${error === undefined ? "was taken" : `gave ${String(error)}`}`,
        expected: "a BufferFullError",
        why: "One value a key is no bound where anybody can make up keys.",
      });
      prices.put("AAA", 2);
      expectPairs(await drain(prices), "AAA 2, BBB 1", "AAA, BBB, CCC (refused), and AAA again were put");
    }));

  it("latest.5 put = delivered + replaced + refused + waiting, at every instant and after `close`", () =>
    explore(async (sim) => {
      const prices = createLatest<string, number>({ limit: 2 });
      const check = (when: string) => expectBalance(prices.counts(), when);
      const feed = (name: string, keys: readonly string[]) =>
        sim.spawn(name, async () => {
          for (const key of keys) {
            await sim.io("hears a price");
            errorOf(() => prices.put(key, sim.now()));
            check("after a put");
          }
        });
      const loop = sim.spawn("screen", async () => {
        for await (const _ of prices) {
          check("inside the loop");
          await sim.io("draws it");
        }
      });
      sim.anytime("close", () => prices.close());
      await Promise.all([feed("Ann", ["AAA", "BBB"]), feed("Bob", ["AAA", "CCC"])]);
      prices.close();
      const late = errorOf(() => prices.put("AAA", 0));
      guarantee(late instanceof Error && late.name === "BufferClosedError", {
        happened: `a put after \`close\` ${late === undefined ? "was taken" : `gave ${String(late)}`}`,
        expected: "a BufferClosedError",
        why: "Nobody will ever look at it.",
      });
      await sim.waitFor("the end of the loop", loop);
      check("at the end");
      const { put, waiting } = prices.counts();
      guarantee(put === 5 && waiting === 0, {
        happened: `\`put\` was called 5 times and the loop has ended; counts: ${show(prices.counts())}`,
        expected: "put 5, waiting 0",
        why: "Every call counts, the refused ones, too.",
      });
    }));

  it("latest.6 a `limit` out of range is refused at once", () => {
    const why = "No key fits, or any number of them.";
    expectRefused("limit", [0, -1, 1.5, Number.NaN, Infinity], (limit) => createLatest({ limit }), why);
  });
});

function createLatest<K, V>(options: LatestOptions): LatestBuffer<K, V> {
  if (lab.createLatest === undefined) throw new Error("TODO latest.1: createLatest is yours to export");
  return lab.createLatest(options);
}

async function drain<K, V>(latest: LatestBuffer<K, V>): Promise<string[]> {
  latest.close();
  const pairs: string[] = [];
  for await (const [key, value] of latest) pairs.push(`${key} ${value}`);
  return pairs;
}

function expectPairs(pairs: readonly string[], expected: string, story: string): void {
  guarantee(pairs.join(", ") === expected, {
    happened: `${story}; delivered were ${pairs.join(", ") || "none"}`,
    expected,
    why: "A screen that shows an old price, or never comes to the quiet ones, is worse than an empty one.",
  });
}

function expectBalance(counts: LatestCounts, when: string): void {
  const { put, delivered, replaced, refused, waiting } = counts;
  guarantee(put === delivered + replaced + refused + waiting && waiting <= 2, {
    happened: `${when}, with a limit of 2: ${show(counts)}`,
    expected: "put = delivered + replaced + refused + waiting, and at most 2 wait",
    why: "The difference is values of which nobody knows where they are.",
  });
}

function errorOf(action: () => void): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  }
}
