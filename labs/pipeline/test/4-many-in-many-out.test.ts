import { explore, guarantee, type Sim, simulate } from "@pattern-labs/testkit";
import { show } from "@pattern-labs/testkit/outcome";
import { describe, it } from "vitest";
import type { PipelineOptions } from "../contract.ts";
import { arriving, Feed, numbers } from "./feed.ts";
import { below, expectRefused } from "./out-of-range.ts";
import { readAll } from "./outcome.ts";
import { entries, Rig } from "./rig.ts";
import { lab } from "./subject.ts";

describe("Step 4: many in, many out", () => {
  it("4.1 both sides of a tee get every value in order, the end, and an error", () =>
    explore(
      async (sim) => {
        const broken = new Error("connection reset");
        const then = sim.choose<"end" | Error>("then", ["end", broken]);
        const feed = arriving(sim, "input", numbers(3), { after: then });
        const sides = lab.tee(feed, { buffer: sim.choose("buffer", [1, 0]) });
        const reading = sides.map((side, i) =>
          sim.spawn(`side ${i}`, () =>
            readAll(
              (async function* () {
                for await (const value of side) {
                  yield value;
                  if (value === 1) await sim.io("works");
                }
              })(),
            ),
          ),
        );
        for (const [i, { values, error }] of (
          await sim.waitFor("both sides", Promise.all(reading))
        ).entries()) {
          guarantee(show(values) === "[1,2,3]" && error === (then === "end" ? undefined : then), {
            happened: `the input gave 1, 2, 3 and ${then === "end" ? "the end" : "threw"}; side ${i} got ${show(values)} and ${error === undefined ? "the end" : show(error)}`,
            expected: "the same on both sides",
            why: "The file and the terminal are to tell the same story.",
          });
        }
        guarantee(feed.overlaps === 0, {
          happened: `the input was asked for a value ${feed.overlaps} times while it still owed one`,
          expected: "it is asked for one value at a time",
          why: "Two sides that each read the input get half of it each.",
        });
      },
      { leaks: false },
    ));

  it("4.2 the faster side of a tee is never ahead by more than the buffer and one", async () => {
    await simulate(
      async (sim) => {
        for (const buffer of [0, 1, 4]) {
          const feed = new Feed(numbers(30));
          const [fast, slow] = lab.tee(feed, { buffer }).map((side) => side[Symbol.asyncIterator]());
          let taken = 0;
          void (async () => {
            while (!(await fast?.next())?.done) taken += 1;
          })();
          await sim.idle();
          guarantee(feed.given <= buffer + 1, {
            happened: `with a buffer of ${buffer}, the slow side had taken nothing, and ${feed.given} values had been read`,
            expected: `at most ${buffer + 1}`,
            why: "What the slow side has not taken is kept for it. Without a bound that is all of it.",
          });
          for (let n = 1; n <= 10; n += 1)
            await sim.waitFor("the slow side's next value", slow?.next() ?? Promise.reject());
          await sim.idle();
          guarantee(taken >= 10 && feed.given <= 10 + buffer + 1, {
            happened: `with a buffer of ${buffer}, the slow side had taken 10; the fast one ${taken}, and ${feed.given} were read`,
            expected: `from 10 to ${10 + buffer + 1}`,
            why: "The slower side sets the pace: it holds the faster one up, but no more than it must.",
          });
        }
      },
      { leaks: false },
    );
    expectRefused("buffer", below(0), (buffer) => lab.tee(new Feed([]), { buffer }));
  });

  it("4.3 a side that was left keeps nobody waiting, and the input is told to close when both have left", () =>
    simulate(async (sim) => {
      const feed = new Feed(numbers(1_000));
      const [one, other] = lab.tee(feed, { buffer: 2 });
      for await (const value of one) if (value === 2) break;
      await sim.idle();
      guarantee(feed.closeCalls === 0, {
        happened: "one side was left, and the input was told to close",
        expected: "it stays open while the other side is there",
        why: "The terminal was closed; the file is still to be written.",
      });
      let last = 0;
      const rest = async () => {
        for await (const value of other) {
          last = value;
          if (value === 50) return;
        }
      };
      await sim.waitFor("the other side, to value 50", rest(), () => ({
        happened: `one side was left at value 2, and the other came to a halt after value ${last}`,
        expected: "it goes on",
        why: "One client that hangs up must not stop everybody else.",
      }));
      await sim.idle();
      guarantee(feed.closeCalls > 0, {
        happened: "both sides were left, and the input was not told to close",
        expected: "it is",
        why: "A socket that nobody closes stays open.",
      });
    }));

  it("4.4 every entry that is kept is written, enriched, once, to every output, one line after the other", async () => {
    await explore(everyEntry, { leaks: false });
    await explore(oneLineAtATime, { leaks: false });
  });

  it("4.5 all sources are read at the same time, and all workers enrich at the same time", async () => {
    await simulate(silentSources, { leaks: false });
    await simulate(allWorkers, { leaks: false });
  });

  it("4.6 while an output stalls the sources are held up, with little inside; when it goes on, nothing is lost", async () => {
    await simulate(stalled, { leaks: false });
    expectRefused("workers", below(1), (workers) => run({ workers }));
    expectRefused("buffer", below(0), (buffer) => run({ buffer }));
    expectRefused("maxLineBytes", below(1), (maxLineBytes) => run({ maxLineBytes }));
    expectRefused("outputs", [0], () => run({ outputs: [] }));
  });
});

async function stalled(sim: Sim): Promise<void> {
  const gate = Promise.withResolvers<void>();
  const rig = new Rig(sim, {
    sources: [entries("a", 300), entries("b", 300)],
    outputs: 2,
    workers: 3,
    buffer: 4,
    quick: true,
    output: (index, message) => (index === 1 && message === "a5!" ? gate.promise : undefined),
  });
  const { done } = rig.run();
  await sim.idle();
  guarantee(rig.inside <= rig.bound, {
    happened: `one of two outputs stalled, and ${rig.inside} entries were inside`,
    expected: `at most ${rig.bound}: (2 sources + 2 outputs + 4) × (4 + 2) + 3 workers`,
    why: "The senders go on day and night. If they are not held up, the memory fills.",
  });
  gate.resolve();
  await sim.waitFor("the end", done);
  guarantee(
    rig.taken.every((messages) => new Set(messages).size === 600 && messages.length === 600),
    {
      happened: `the output went on; of 600 entries the outputs got ${rig.taken.map(({ length }) => length).join(" and ")}`,
      expected: "600 each, each once",
      why: "Slow is no excuse for losing a line.",
    },
  );
}

const run = (options: Partial<PipelineOptions>) =>
  lab.runPipeline({
    sources: [],
    outputs: [async () => {}],
    parse: JSON.parse,
    keep: () => true,
    enrich: async (entry) => entry,
    workers: 1,
    buffer: 1,
    onRejected: () => {},
    ...options,
  });

async function everyEntry(sim: Sim): Promise<void> {
  const rig = new Rig(sim, { sources: [["INFO a1", "DEBUG a2", "ERROR a3"], ["WARN b1"]], outputs: 2 });
  await sim.waitFor("the end", rig.run().done);
  for (const [i, messages] of rig.taken.entries()) {
    guarantee(messages.toSorted().join() === "a1!,a3!,b1!", {
      happened: `of INFO a1, DEBUG a2, ERROR a3 and WARN b1, where DEBUG is not kept, output ${i} had ${show(messages.toSorted())} when \`done\` resolved`,
      expected: "a1!, a3! and b1!: the exclamation mark is what enriching adds",
      why: "When `done` resolves the process may end. What is not written by then is lost.",
    });
  }
  const broken = rig.lines.filter((line) => line.includes("\n") || !line.startsWith("{"));
  guarantee(broken.length === 0, {
    happened: `an output was given ${show(broken[0])}`,
    expected: "the JSON of the entry, without a line end",
    why: "Who reads the log takes each line for one entry.",
  });
}

async function oneLineAtATime(sim: Sim): Promise<void> {
  const rig = new Rig(sim, { sources: [entries("a", 3)], outputs: 2, workers: 2, buffer: 1 });
  await sim.waitFor("the end", rig.run().done);
  for (const [i, { peak }] of rig.writing.entries()) {
    guarantee(peak === 1, {
      happened: `output ${i} was called while ${peak - 1} other call was still under way`,
      expected: "one call at a time",
      why: "Two writes at once to one file mix their bytes.",
    });
  }
  const [one, other] = rig.taken;
  guarantee(show(one) === show(other), {
    happened: `output 0 got ${show(one)}, output 1 ${show(other)}`,
    expected: "the same order",
    why: "Two logs of the same events that tell them in different orders cannot be compared.",
  });
}

async function silentSources(sim: Sim): Promise<void> {
  const rig = new Rig(sim, {
    sources: [[], entries("b", 3), [], entries("d", 3)],
    quick: true,
    feed: { after: "silence" },
  });
  void rig.run().done;
  await sim.idle();
  guarantee(rig.written === 6, {
    happened: `of four sources the first and the third are silent; the other two gave 3 lines each, and ${rig.written} were written`,
    expected: "6",
    why: "Sources that are read one after the other wait for the first to end. A socket may never do so.",
  });
}

async function allWorkers(sim: Sim): Promise<void> {
  const all = Promise.withResolvers<void>();
  const rig: Rig = new Rig(sim, {
    sources: [entries("a", 40)],
    workers: 4,
    quick: true,
    enrich: () => {
      if (rig.enriching.running === 4) all.resolve();
      return all.promise;
    },
  });
  await sim.waitFor("4 entries to be enriched at once", rig.run().done, () => ({
    happened: `with 4 workers and 40 entries, only ${rig.enriching.peak} were enriched at once`,
    expected: "4",
    why: "It is their waiting at the same time that makes up for the slowness of each.",
  }));
  guarantee(rig.enriching.peak === 4, {
    happened: `${rig.enriching.peak} entries were enriched at once`,
    expected: "at most 4, for there are 4 workers",
    why: "Behind the enrichment stands a service that somebody else pays for.",
  });
}
