import { challenge, explore, guarantee, simulate } from "@pattern-labs/testkit";
import { show } from "@pattern-labs/testkit/outcome";
import { it } from "vitest";
import type { BatchesOptions, Stage } from "../contract.ts";
import { arriving, Feed, numbers, untold } from "./feed.ts";
import { expectRefused } from "./out-of-range.ts";
import { readAll } from "./outcome.ts";
import { lab } from "./subject.ts";

function batches(options: BatchesOptions): Stage<number, readonly number[]> {
  if (lab.batches === undefined) throw new Error("TODO batches.1: `batches` is not exported");
  return lab.batches<number>(options);
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

challenge("batches", lab, () => {
  it("batches.1 full batches, then what is left; every item once, in order", () =>
    explore(async (sim) => {
      const stage = batches({ size: 3, maxAgeMs: 60_000 });
      const feed = arriving(sim, "input", numbers(7));
      const { values } = await sim.waitFor("the end", readAll(stage(feed, { signal: untold() })));
      const all = values.flat().join();
      guarantee(all === "1,2,3,4,5,6,7" && values.every(({ length }) => length > 0 && length <= 3), {
        happened: `1 to 7 in batches of 3 came as ${show(values)}`,
        expected: "all of them, in order, at most 3 in a batch and none empty",
        why: "A row that is in no batch is lost, one that is in two is there twice.",
      });
      const quick = await readAll(stage(new Feed(numbers(7)), { signal: untold() }));
      guarantee(show(quick.values) === "[[1,2,3],[4,5,6],[7]]", {
        happened: `1 to 7, all there at once, came as ${show(quick.values)}`,
        expected: "[[1,2,3],[4,5,6],[7]]",
        why: "Batches are for the database, and it likes them full.",
      });
    }));

  it("batches.2 a batch that is not full is given when its first item is as old as it may become", () =>
    simulate(async (sim) => {
      // Items at 10, 20, 200, 210, 900, 950 and 1,030 ms, batches of 4, at most 100 ms old.
      const gaps = [10, 10, 180, 10, 690, 50, 80];
      const feed = new Feed(numbers(7), { wait: (n) => pause(gaps[n - 1] ?? 5_000) });
      const got: string[] = [];
      for await (const batch of batches({ size: 4, maxAgeMs: 100 })(feed, { signal: untold() })) {
        got.push(`${batch.join("+")} at ${sim.now()}`);
      }
      guarantee(got.join(", ") === "1+2 at 110, 3+4 at 300, 5+6 at 1000, 7 at 1130", {
        happened: `items came at 10, 20, 200, 210, 900, 950 and 1,030 ms; batches of at most 4, and 100 ms, were ${got.join(", ")}`,
        expected: "1+2 at 110, 3+4 at 300, 5+6 at 1000, 7 at 1130: when the first of each is 100 ms old",
        why: "At night the thousandth row comes in the morning; the first one must not wait for it, nor be set back by the second.",
      });
    }));

  it("batches.3 little is read ahead, and nothing is left behind", async () => {
    await simulate(async (sim) => {
      const feed = new Feed(numbers(1_000));
      const reader = batches({ size: 5, maxAgeMs: 1_000 })(feed, { signal: untold() })[
        Symbol.asyncIterator
      ]();
      await sim.waitFor("a batch", reader.next());
      await sim.idle();
      await pause(5_000);
      guarantee(feed.given <= 5 + 6, {
        happened: `one batch of 5 was taken, and then nobody came; ${feed.given} items were read`,
        expected: "at most 11",
        why: "Whoever reads on while nobody takes fills the memory.",
      });
      await reader.return?.();
      await sim.idle();
      guarantee(feed.closeCalls > 0, {
        happened: "the loop was left, and the input was not closed",
        expected: "it is",
        why: "A socket that nobody closes stays open.",
      });
    });
    await explore(
      async (sim) => {
        const controller = new AbortController();
        const feed = arriving(sim, "input", numbers(5));
        sim.anytime("abort", () => controller.abort("shutdown"));
        const stage = batches({ size: 2, maxAgeMs: 50 });
        const { values, error } = await sim.waitFor(
          "the end",
          readAll(stage(feed, { signal: controller.signal })),
        );
        guarantee(error === "shutdown" || values.flat().length === 5, {
          happened: `it ended with ${show(error)} after ${show(values)}`,
          expected: "all, or the signal's own reason",
          why: "A stream that was cut off must not look like one that is complete.",
        });
      },
      { leaks: 20 },
    );
  });

  it("batches.4 options out of range are refused at once, by name", () => {
    const why = "A batch of nothing is never full.";
    expectRefused("size", [0, 1.5, Number.NaN], (size) => batches({ size, maxAgeMs: 1 }), why);
    expectRefused("maxAgeMs", [-1, Number.NaN, 2 ** 31], (maxAgeMs) => batches({ size: 1, maxAgeMs }), why);
  });
});
