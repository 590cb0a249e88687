import { getEventListeners } from "node:events";
import { explore, guarantee, type Sim, simulate } from "@pattern-labs/testkit";
import { describeOutcome, failedWith, show } from "@pattern-labs/testkit/outcome";
import { describe, it } from "vitest";
import { arriving, Feed, numbers, untold } from "./feed.ts";
import { below, expectRefused } from "./out-of-range.ts";
import { outcomeOf, readAll } from "./outcome.ts";
import { lab } from "./subject.ts";

describe("Step 2: connect", () => {
  it("2.1 two stages that are joined work at the same time, without a buffer, too", () =>
    simulate(async (sim) => {
      for (const buffer of [0, 1, 10]) {
        const secondBegun = Promise.withResolvers<void>();
        async function* first() {
          yield 1;
          secondBegun.resolve(); // The first stage works on its second item.
          yield 2;
        }
        for await (const item of lab.connect(first(), { buffer, signal: untold() })) {
          if (item !== 1) continue;
          await sim.waitFor("the first stage to begin item 2", secondBegun.promise, () => ({
            happened: `with a buffer of ${buffer}, while the second stage worked on item 1 the first one stood still`,
            expected: "the first stage works on item 2 meanwhile",
            why: "Stages that take turns need the sum of their times for each item; stages that work at the same time, the longest.",
          }));
        }
      }
    }));

  it("2.2 it is never ahead of its reader by more than the buffer and one, nor a chain by more than two for each stage", async () => {
    await explore(ahead, { leaks: false });
    await explore(chained, { leaks: false });
    expectRefused("buffer", below(0), (buffer) => lab.connect(new Feed([]), { buffer, signal: untold() }));
  });

  it("2.3 it fills its buffer while the reader is busy, and goes on as soon as there is room", () =>
    simulate(async (sim) => {
      const feed = new Feed(numbers(1_000));
      const reader = lab.connect(feed, { buffer: 4, signal: untold() })[Symbol.asyncIterator]();
      await sim.waitFor("the first value", reader.next());
      await sim.idle();
      const ahead = feed.given - 1;
      guarantee(ahead >= 4 && ahead <= 5, {
        happened: `one value was taken, and then the reader was busy; meanwhile ${ahead} more were read`,
        expected: "with a buffer of 4, those 4 and the one that is being handed over",
        why: "The buffer is there so that the reader finds something when it comes back, and that the input need not wait for it.",
      });
      for (let n = 0; n < 20; n += 1) await sim.waitFor("the next value", reader.next());
      await sim.idle();
      const inside = feed.given - 21;
      guarantee(inside >= 4 && inside <= 5, {
        happened: `20 more were taken, and then ${inside} lay ready`,
        expected: "4, and the one that is being handed over",
        why: "A buffer that is filled only once helps only once.",
      });
      await reader.return?.();
    }));

  it("2.4 every value comes once, in order, and then the end, or the input's error", async () => {
    await explore(everyValue);
    await explore(brokenOff);
  });

  it("2.5 nothing is read before somebody asks, and nothing once the loop was left", () =>
    simulate(async (sim) => {
      const feed = new Feed(numbers(1_000));
      const stream = lab.connect(feed, { buffer: 3, signal: untold() });
      await sim.idle();
      guarantee(feed.asked === 0, {
        happened: "the input was read before anybody asked for a value",
        expected: "nothing is read until then",
        why: "What was built and is not used must not hold a connection.",
      });
      let givenWhenLeft = 0;
      for await (const value of stream) {
        await sim.idle();
        givenWhenLeft = feed.given;
        if (value === 2) break;
      }
      await sim.idle();
      guarantee(feed.closeCalls > 0, {
        happened: "the loop was left, and the input was not told to close",
        expected: "`return()` of its iterator is called",
        why: "A socket that nobody closes stays open, and what reads ahead of nobody waits for ever.",
      });
      guarantee(feed.given === givenWhenLeft && feed.askedAfterClose === 0, {
        happened: `the loop was left, and after that ${feed.given - givenWhenLeft} values were read, and ${feed.askedAfterClose} asked for`,
        expected: "none",
        why: "Closed is closed.",
      });
    }));

  it("2.6 an abort ends the wait at once, whoever waits for whom, and leaves no listener", async () => {
    await simulate(
      async (sim) => {
        for (const when of ["the input is silent", "the buffer is full", "nothing was read yet"] as const) {
          const controller = new AbortController();
          const reason = { why: "shutdown" };
          const values = when === "the input is silent" ? numbers(1) : numbers(1_000);
          const feed = new Feed(values, { after: "silence", closing: () => new Promise(() => {}) });
          const reader = lab.connect(feed, { buffer: 2, signal: controller.signal })[Symbol.asyncIterator]();
          if (when !== "nothing was read yet") await sim.waitFor("the first value", reader.next());
          const waiting = when === "the input is silent" ? reader.next() : undefined;
          await sim.idle();
          const given = feed.given;
          controller.abort(reason);
          const outcome = await outcomeOf(sim, waiting ?? reader.next());
          guarantee(failedWith(outcome, reason), {
            happened: `aborted while ${when}: \`next\` ${describeOutcome(outcome)}`,
            expected: "it rejects at once with the signal's own `reason`; what lay in the buffer is dropped",
            why: "An abort that waits for the input, or for the buffer to be emptied, comes when it is too late.",
          });
          guarantee(feed.given === given && (feed.opened === 0 || feed.closeCalls > 0), {
            happened: `aborted while ${when}: ${feed.given - given} more values were read, and the input was told to close ${feed.closeCalls} times`,
            expected: "nothing more is read, and an input that was opened is told to close",
            why: "What goes on in the dark holds a socket and memory.",
          });
        }
      },
      { leaks: false },
    );
    await explore(
      async (sim) => {
        const controller = new AbortController();
        const feed = arriving(sim, "input", numbers(4));
        let seen = 0;
        const reading = sim.spawn("reader", async () => {
          try {
            for await (const value of lab.connect(feed, { buffer: 1, signal: controller.signal })) {
              seen = value;
              if (value < 3) await sim.io("works");
            }
          } catch (error) {
            if (error !== "shutdown") throw error;
            return "aborted";
          }
          return "ended";
        });
        sim.anytime("abort", () => controller.abort("shutdown"));
        const outcome = await sim.waitFor("the end, or the abort", reading);
        guarantee(outcome === "aborted" || seen === 4, {
          happened: `the loop ended as if all had come, after value ${seen} of 4`,
          expected: "after an abort it throws the reason",
          why: "A stream that was cut off must not look like one that is complete.",
        });
        const left = getEventListeners(controller.signal, "abort").length;
        guarantee(left === 0, {
          happened: `the stream has ended, and ${left} abort listeners are still on the signal`,
          expected: "none",
          why: "The signal is that of the service, and lives as long. A listener for each connection is a leak.",
        });
      },
      { leaks: false },
    );
  });
});

async function ahead(sim: Sim): Promise<void> {
  const buffer = sim.choose("buffer", [2, 0, 1]);
  const feed = arriving(sim, "input", numbers(5));
  let taken = 0;
  let most = 0;
  const look = () => {
    most = Math.max(most, feed.given - taken);
  };
  for await (const _ of lab.connect(feed, { buffer, signal: untold() })) {
    look();
    taken += 1;
    await sim.as("reader", () => sim.io("works"));
    look();
  }
  guarantee(most <= buffer + 1, {
    happened: `with a buffer of ${buffer}, ${most} values had been read and not yet taken`,
    expected: `at most ${buffer + 1}: those in the buffer, and the one that is being handed over`,
    why: "This is where memory grows when the other side is slow. The bound is what sends the slowness back to the sender.",
  });
  guarantee(feed.overlaps === 0, {
    happened: `the input was asked for a value ${feed.overlaps} times while it still owed one`,
    expected: "it is asked for one value at a time",
    why: "Most inputs stand no more than that.",
  });
}

async function chained(sim: Sim): Promise<void> {
  const buffer = sim.choose("buffer", [1, 0]);
  const feed = arriving(sim, "input", numbers(14));
  let stream: AsyncIterable<number> = feed;
  for (let stage = 0; stage < 3; stage += 1) {
    stream = lab.each((n: number) => n)(lab.connect(stream, { buffer, signal: untold() }), {
      signal: untold(),
    });
  }
  let taken = 0;
  let most = 0;
  for await (const n of stream) {
    taken += 1;
    guarantee(n === taken, {
      happened: `value ${n} came out as number ${taken}`,
      expected: "the same values in the same order",
      why: "A pipeline that loses lines, or swaps them, tells another story.",
    });
    if (taken < 3) {
      await sim.idle(); // The reader stalls, and everything behind it fills up.
      most = Math.max(most, feed.given - taken);
    }
  }
  const bound = 3 * (buffer + 2);
  guarantee(most <= bound && most >= 3 * buffer, {
    happened: `with 3 stages and buffers of ${buffer}, while the reader stalled ${most} values were inside`,
    expected: `from ${3 * buffer} to ${bound}: all buffers full, and at most two more for each stage`,
    why: "This sum is all the memory that the pipeline will ever take, however slow the other end is.",
  });
}

async function everyValue(sim: Sim): Promise<void> {
  const buffer = sim.choose("buffer", [2, 0, 1]);
  const feed = arriving(sim, "input", [1, undefined, 3, null, 5]);
  const seen: unknown[] = [];
  for await (const value of lab.connect(feed, { buffer, signal: untold() })) {
    seen.push(value);
    if (seen.length < 4) await sim.as("reader", () => sim.io("works"));
  }
  guarantee(show(seen.map(String)) === show(["1", "undefined", "3", "null", "5"]), {
    happened: `the input gave 1, undefined, 3, null, 5, and the reader got ${seen.map(String).join(", ")}`,
    expected: "the same, and then the end",
    why: "A pipe that loses, doubles or swaps what goes through it is none.",
  });
}

async function brokenOff(sim: Sim): Promise<void> {
  const broken = new Error("connection reset");
  const feed = arriving(sim, "input", numbers(3), { after: broken });
  const reader = lab.connect(feed, { buffer: 2, signal: untold() })[Symbol.asyncIterator]();
  if (sim.choose("reads", ["at once", "late"]) === "late") {
    await sim.waitFor("the first value", reader.next());
    await sim.idle();
  }
  const { values, error } = await sim.waitFor("the end", readAll({ [Symbol.asyncIterator]: () => reader }));
  guarantee(values.at(-1) === 3 && error === broken, {
    happened: `the input gave 3 values and threw "connection reset"; the reader got ${show(values)}, and then ${error === undefined ? "the end" : show(error)}`,
    expected: "the three values, and then the very error",
    why: "An error that is swallowed looks like the end, and the rest of the log is missed by nobody.",
  });
}
