import { setImmediate as turn } from "node:timers/promises";
import { challenge, guarantee } from "@pattern-labs/testkit";
import { describeOutcome, endOf, failedWith } from "@pattern-labs/testkit/outcome";
import { it } from "vitest";
import { expectRefused } from "./out-of-range.ts";
import { lab } from "./subject.ts";

const REASON = { why: "the client left" };
const runInTurns: NonNullable<typeof lab.runInTurns> = (...args) => {
  if (lab.runInTurns === undefined) throw new Error("TODO turns.1: runInTurns is not exported");
  return lab.runInTurns(...args);
};

challenge("turns", lab, () => {
  it("turns.1 it runs the work to its end, and settles with what it returns or throws", async () => {
    const { signal } = new AbortController();
    const fault = new Error("no such prime");
    const sum = await runInTurns(new Steps(1_000).count(), { stepsPerTurn: 7, signal });
    const failed = await endOf(
      runInTurns(
        (function* () {
          yield;
          throw fault;
        })(),
        { stepsPerTurn: 1, signal },
      ),
    );
    guarantee(sum === 1_000 && failedWith(failed, fault), {
      happened: `work that counts to 1,000 gave ${sum}; work that throws ${describeOutcome(failed)}`,
      expected: "1000, and the very error",
      why: "Interruptions change nothing of the result.",
    });
  });

  it("turns.2 after at most `stepsPerTurn` steps timers and I/O get their turn", async () => {
    const { signal } = new AbortController();
    const steps = new Steps(10_000);
    let done = false;
    const running = runInTurns(steps.count(), { stepsPerTurn: 100, signal }).finally(() => {
      done = true;
    });
    let most = 0;
    let turns = 0;
    // A heart that beats once in each round of the event loop.
    for (let before = 0; !done; turns += 1) {
      await turn();
      most = Math.max(most, steps.taken - before);
      before = steps.taken;
    }
    await running;
    guarantee(most <= 200 && turns >= 50, {
      happened: `with stepsPerTurn: 100, 10,000 steps took ${turns} rounds of the event loop, and up to ${most} steps were taken in one`,
      expected: "about 100 steps in each",
      why: "While it computes, nobody else is answered: not even the health check, and so the service is restarted.",
    });
  });

  it("turns.3 an abort ends it after at most `stepsPerTurn` more steps, with the reason; the work's `finally` has run", async () => {
    for (const abortAt of [1, 100, 550]) {
      const controller = new AbortController();
      const steps = new Steps(100_000, (taken) => {
        if (taken === abortAt) controller.abort(REASON);
      });
      const outcome = await endOf(
        runInTurns(steps.count(), { stepsPerTurn: 100, signal: controller.signal }),
      );
      guarantee(failedWith(outcome, REASON) && steps.taken <= abortAt + 100, {
        happened: `it was aborted in step ${abortAt}, took ${steps.taken} steps of 100,000, and ${describeOutcome(outcome)}`,
        expected: `it rejects with the very reason, after at most ${abortAt + 100} steps`,
        why: "The client has gone; the computing costs the others.",
      });
      guarantee(steps.closed, {
        happened: "it had been aborted, and the `finally` of the work had not run",
        expected: "the generator is closed",
        why: "It may have a file open.",
      });
    }
  });

  it("turns.4 under an aborted signal not a single step is taken", async () => {
    const steps = new Steps(10);
    const outcome = await endOf(
      runInTurns(steps.count(), { stepsPerTurn: 5, signal: AbortSignal.abort(REASON) }),
    );
    guarantee(failedWith(outcome, REASON) && steps.taken === 0, {
      happened: `under an aborted signal it took ${steps.taken} steps, and ${describeOutcome(outcome)}`,
      expected: "it takes none, and rejects with the very reason",
      why: "Cancelled work must not begin.",
    });
  });

  it("turns.5 a `stepsPerTurn` that is no whole number from 1 is a RangeError", async () => {
    const { signal } = new AbortController();
    await expectRefused(
      "stepsPerTurn",
      (stepsPerTurn) => runInTurns(new Steps(1).count(), { stepsPerTurn, signal }),
      [0, -1, 1.5, Number.NaN],
    );
  });
});

class Steps {
  taken = 0;
  closed = false;
  readonly #total: number;
  readonly #observe: (taken: number) => void;

  constructor(total: number, observe: (taken: number) => void = () => {}) {
    this.#total = total;
    this.#observe = observe;
  }

  *count(): Generator<undefined, number, unknown> {
    try {
      while (this.taken < this.#total) {
        this.taken += 1;
        this.#observe(this.taken);
        yield;
      }
      return this.taken;
    } finally {
      this.closed = true;
    }
  }
}
