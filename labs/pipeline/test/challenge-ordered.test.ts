import { challenge, explore, Gauge, guarantee, simulate } from "@pattern-labs/testkit";
import { show } from "@pattern-labs/testkit/outcome";
import { it } from "vitest";
import { arriving, Feed, numbers, untold } from "./feed.ts";
import { readAll } from "./outcome.ts";
import { Rig } from "./rig.ts";
import { lab } from "./subject.ts";
import { look } from "./work.ts";

challenge("ordered", lab, () => {
  it("ordered.1 results come in the order of their items, though they are worked on at the same time", async () => {
    await explore(
      async (sim) => {
        const gauge = new Gauge();
        const stage = lab.parallel((n: number) => gauge.during(() => look(sim, n)), {
          workers: 2,
          ordered: true,
        });
        const { values } = await sim.waitFor(
          "the end",
          readAll(stage(arriving(sim, "input", numbers(4)), { signal: untold() })),
        );
        guarantee(values.join() === "1,2,3,4" && gauge.peak <= 2, {
          happened: `of the items 1 to 4 the results came as ${values.join(", ")}, with ${gauge.peak} under way at once`,
          expected: "1, 2, 3, 4, and at most 2 at once",
          why: "Who reads a log takes what stands above for what came before.",
        });
        const rig = new Rig(sim, {
          sources: [["INFO a1", "INFO a2", "INFO a3"]],
          options: { ordered: true },
        });
        await sim.waitFor("the end", rig.run().done);
        guarantee(show(rig.taken[0]) === '["a1!","a2!","a3!"]', {
          happened: `a1, a2 and a3 were read, and written as ${show(rig.taken[0])}`,
          expected: "the same order",
          why: "Who reads a log takes what stands above for what came before.",
        });
      },
      { leaks: false, maxSchedules: 150 },
    );
    await simulate(
      async (sim) => {
        const gauge = new Gauge();
        const first = Promise.withResolvers<void>();
        const both = Promise.withResolvers<void>();
        let begun = 0;
        const work = (n: number) =>
          gauge.during(async () => {
            begun += 1;
            if (gauge.running === 2) both.resolve();
            if (n === 1) await first.promise;
            return n;
          });
        const stage = lab.parallel(work, { workers: 3, ordered: true });
        const reading = readAll(stage(new Feed(numbers(30)), { signal: untold() }));
        await sim.waitFor("two works at once", both.promise, () => ({
          happened: "while the first item was worked on, none of the other two workers did anything",
          expected: "they work on the next ones",
          why: "Order is about who is given first, not about who works.",
        }));
        await sim.idle();
        guarantee(begun === 3, {
          happened: `the first item took long; meanwhile ${begun} were begun, by 3 workers`,
          expected: "3: a work whose turn has not come keeps its worker",
          why: "Results that wait for their turn are held in memory, and so there must be a bound.",
        });
        first.resolve();
        const { values } = await sim.waitFor("the end", reading);
        guarantee(values.length === 30, {
          happened: `${values.length} of 30 results came out`,
          expected: "30",
          why: "Each item has a result.",
        });
      },
      { leaks: false },
    );
  });

  it("ordered.2 an error comes in its turn: after the results of all items before it", () =>
    explore(
      async (sim) => {
        const broken = new Error("lookup refused");
        let failed = false;
        const late: number[] = [];
        const work = async (n: number) => {
          if (failed) late.push(n);
          await look(sim, n);
          if (n !== 3) return n;
          failed = true;
          throw broken;
        };
        const stage = lab.parallel(work, { workers: 3, ordered: true });
        const { values, error } = await sim.waitFor(
          "the failure",
          readAll(stage(arriving(sim, "input", numbers(6)), { signal: untold() })),
        );
        guarantee(values.join() === "1,2" && error === broken && late.length === 0, {
          happened: `the work of item 3 failed; out came ${values.join(", ") || "nothing"}, and then ${show(error)}; begun after the failure: ${late.join(", ") || "none"}`,
          expected: "1, 2, and the very error, and nothing begun after it",
          why: "Then it is known exactly how far it came, and where to begin again.",
        });
      },
      { leaks: false },
    ));
});
