import { challenge, guarantee, simulate } from "@pattern-labs/testkit";
import { describeOutcome, failedWith } from "@pattern-labs/testkit/outcome";
import { it } from "vitest";
import { outcomeOf } from "./outcome.ts";
import { entries, Rig } from "./rig.ts";
import { lab } from "./subject.ts";

challenge("rate", lab, () => {
  it("rate.1 so many entries a second begin to be enriched, evenly, and no fewer", () =>
    simulate(
      async (sim) => {
        const at: number[] = [];
        const rig = new Rig(sim, {
          sources: [entries("a", 500)],
          quick: true,
          workers: 4,
          enrich: () => void at.push(sim.now()),
          options: { ratePerSecond: 100 },
        });
        await sim.waitFor("the end", rig.run().done);
        const most = Math.max(...at.map((begin) => at.filter((t) => t >= begin && t < begin + 1_000).length));
        guarantee(at.length === 500 && most <= 101, {
          happened: `at 100 a second, ${most} began within one second`,
          expected: "at most 101",
          why: "Who asks more often is refused, and then everything is late.",
        });
        const took = (at.at(-1) ?? 0) - (at[0] ?? 0);
        guarantee(took <= 499 * 10 * 1.05, {
          happened: `500 entries took ${took} ms at 100 a second`,
          expected: "at most 5,240 ms: 95 % of the rate",
          why: "The rate was agreed, and paid for.",
        });
      },
      { leaks: false },
    ));

  it("rate.2 a drain keeps to the rate, and an abort does not wait for it", () =>
    simulate(
      async (sim) => {
        const at: number[] = [];
        const controller = new AbortController();
        const start = () => {
          const rig = new Rig(sim, {
            sources: [entries("a")],
            quick: true,
            enrich: () => void at.push(sim.now()),
            options: { ratePerSecond: 2, signal: controller.signal },
          });
          return rig.run();
        };
        const pipeline = start();
        await new Promise((resolve) => setTimeout(resolve, 600));
        await sim.waitFor("drain", pipeline.drain());
        const gaps = at.slice(1).map((begin, i) => begin - (at[i] ?? 0));
        guarantee(
          gaps.every((gap) => gap >= 499),
          {
            happened: `at 2 a second, drained after 600 ms, entries began ${gaps.join(", ")} ms apart`,
            expected: "500 ms apart to the end",
            why: "The directory does not know that we are in a hurry.",
          },
        );
        const other = start().done;
        other.catch(() => {});
        await sim.idle();
        const before = sim.now();
        controller.abort("shutdown");
        const outcome = await outcomeOf(sim, other);
        guarantee(failedWith(outcome, "shutdown") && sim.now() === before, {
          happened: `aborted while entries waited for their turn, \`done\` ${describeOutcome(outcome)}`,
          expected: "it rejects at once with the reason",
          why: "Who wants to stop does not wait for a turn.",
        });
      },
      { leaks: false },
    ));
});
