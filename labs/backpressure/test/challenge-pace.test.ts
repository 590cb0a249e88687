import { challenge, guarantee, type Sim, simulate } from "@pattern-labs/testkit";
import { expectRefused } from "@pattern-labs/testkit/out-of-range";
import { describeOutcome, outcomeOf } from "@pattern-labs/testkit/outcome";
import { it } from "vitest";
import type { PaceOptions } from "../contract.ts";
import { lab } from "./subject.ts";

challenge("pace", lab, () => {
  it("pace.1 in any second, wherever it begins, at most `perSecond` + 1 events are passed on", () =>
    simulate(async (sim) => {
      const at: number[] = [];
      for await (const _ of pace(numbers(200), { perSecond: 30 })) at.push(sim.now());
      const most = mostWithin(1_000, at);
      guarantee(most <= 31, {
        happened: `of 200 events that were there from the start, at 30 a second, ${most} were passed on within one second`,
        expected: "at most 31: one more than the rate, for a whole number of milliseconds is never exact",
        why: "Whoever agreed on a rate counts by the second, and does not ask which one.",
      });
    }));

  it("pace.2 it does not drift: under load the rate is used up", () =>
    simulate(async (sim) => {
      let last = 0;
      let passed = 0;
      for await (const _ of pace(numbers(901), { perSecond: 300 })) {
        passed += 1;
        last = sim.now();
      }
      guarantee(passed === 901, {
        happened: `901 events were there, and ${passed} were passed on`,
        expected: "all",
        why: "Pacing delays, it does not drop.",
      });
      guarantee(last >= 2_970 && last <= 3_030, {
        happened: `901 events at 300 a second took ${last} ms`,
        expected: "3,000 ms, give or take 1 %",
        why: "An interval of 3⅓ ms is 4 ms on a timer. Whoever counts from one timer to the next loses a sixth of the rate.",
      });
    }));

  it("pace.3 turns that were missed do not come back in a burst", () =>
    simulate(async (sim) => {
      await expectNoBurst(sim, "the consumer worked for five seconds on one event", numbers(60), 10);
      await expectNoBurst(sim, "the source gave nothing for five seconds", numbers(60, 10), 0);
    }));

  it("pace.4 an event is asked of the source when its turn has come, and not before", () =>
    simulate(async (sim) => {
      let asked = 0;
      const source = {
        [Symbol.asyncIterator]: () => ({
          next: async () => {
            asked += 1;
            return { done: false as const, value: asked };
          },
        }),
      };
      const paced = pace(source, { perSecond: 10 })[Symbol.asyncIterator]();
      await sim.idle();
      const before = asked;
      await paced.next();
      const second = paced.next();
      await sim.idle();
      guarantee(before === 0 && asked === 1, {
        happened: `the consumer asked for a second event before its turn; the source had been asked ${before} times at first, and ${asked} times now`,
        expected: "once: the second is asked for when 100 ms have passed",
        why: "What was taken too early is in nobody's hands: it is lost when the wait is aborted, and drop-oldest could have dropped it for something newer.",
      });
      await second;
      await paced.return?.();
    }));

  it("pace.5 leaving the loop, an abort and an error of the source leave no timer, and close the source", () =>
    simulate(async (sim) => {
      const left = new Source();
      for await (const _ of pace(left.events(), { perSecond: 10 })) break;
      expectClosed(left, "the loop was left");

      const aborted = new Source();
      const reason = { why: "shutting down" };
      const controller = new AbortController();
      const paced = pace(aborted.events(), { perSecond: 10, signal: controller.signal })[
        Symbol.asyncIterator
      ]();
      await paced.next();
      const waiting = paced.next();
      setTimeout(() => controller.abort(reason), 50);
      const abortedAt = waiting.catch(() => {}).then(() => sim.now());
      const outcome = await sim.waitFor(
        "the turn that was aborted",
        waiting.then(
          (value) => ({ value }),
          (error: unknown) => ({ error }),
        ),
      );
      guarantee("error" in outcome && outcome.error === reason && (await abortedAt) === 50, {
        happened: `the wait for a turn was aborted, and it ${describeOutcome(outcome)}, at ${await abortedAt} ms`,
        expected: "it rejects with the signal's own `reason`, at 50 ms",
        why: "A shutdown must not wait for the next turn: at 0.1 a second that takes ten.",
      });
      await outcomeOf(Promise.resolve());
      expectClosed(aborted, "the wait was aborted");

      let asked = 0;
      const untouched = {
        [Symbol.asyncIterator]: () => ({
          next: async () => {
            asked += 1;
            return { done: true as const, value: undefined };
          },
        }),
      };
      const late = pace(untouched, { perSecond: 10, signal: AbortSignal.abort(reason) });
      const refusal = await drainUntilError(late);
      guarantee(refusal === reason && asked === 0, {
        happened: `the signal had aborted before the first event: the source was asked ${asked} times, and the loop ended with ${String(refusal)}`,
        expected: "it is not asked, and the loop rejects with the signal's `reason`",
        why: "Work that was cancelled must not begin.",
      });

      const broken = new Error("connection reset");
      const failing = pace(failingSource(broken), { perSecond: 1_000 });
      const failure = await drainUntilError(failing);
      guarantee(failure === broken, {
        happened: `the source failed, and the loop ended with ${String(failure)}`,
        expected: "the very error",
        why: "An error that ends a loop quietly looks like the end of the data.",
      });
    }));

  it("pace.6 a `perSecond` out of range is refused when `pace` is called", () => {
    const why = "A rate that is none is found out when nothing comes, or everything.";
    expectRefused("perSecond", [0, -1, Number.NaN], (perSecond) => pace(numbers(1), { perSecond }), why);
  });
});

function pace<T>(events: AsyncIterable<T>, options: PaceOptions): AsyncIterable<T> {
  if (lab.pace === undefined) throw new Error("TODO pace.1: pace is yours to export");
  return lab.pace(events, options);
}

/** Numbers that are there at once; after `pauseAfter` of them there is nothing for five seconds. */
async function* numbers(count: number, pauseAfter = 0): AsyncGenerator<number, void, undefined> {
  for (let n = 1; n <= count; n += 1) {
    yield n;
    if (n === pauseAfter) await pause(5_000);
  }
}

async function expectNoBurst(
  sim: Sim,
  story: string,
  events: AsyncIterable<number>,
  consumerPausesAfter: number,
): Promise<void> {
  const at: number[] = [];
  for await (const n of pace(events, { perSecond: 20 })) {
    at.push(sim.now());
    if (n === consumerPausesAfter) await pause(5_000);
  }
  const most = mostWithin(50, at);
  guarantee(at.length === 60 && most <= 2, {
    happened: `${story}, and afterwards ${most} events came within 50 ms, at 20 a second`,
    expected: "at most 2 within one interval: what was missed is gone",
    why: "A hundred missed turns, made up for at once, are exactly the flood that the pace is there to prevent.",
  });
}

/** The most moments that lie within a window of so many milliseconds, its end not included. */
function mostWithin(windowMs: number, moments: readonly number[]): number {
  const within = moments.map((from) => moments.filter((at) => at >= from && at < from + windowMs).length);
  return Math.max(0, ...within);
}

class Source {
  isClosed = false;

  async *events(): AsyncGenerator<number, void, undefined> {
    try {
      for (let n = 1; ; n += 1) yield n;
    } finally {
      this.isClosed = true;
    }
  }
}

function expectClosed(source: Source, how: string): void {
  guarantee(source.isClosed, {
    happened: `${how}, and the source was not closed`,
    expected: "its `return` is called",
    why: "The file or the connection behind it stays open.",
  });
}

async function* failingSource(error: Error): AsyncGenerator<number, void, undefined> {
  yield 1;
  throw error;
}

async function drainUntilError(events: AsyncIterable<unknown>): Promise<unknown> {
  try {
    for await (const _ of events);
    return "no error";
  } catch (error) {
    return error;
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
