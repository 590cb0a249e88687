import { setImmediate as turn } from "node:timers/promises";
import { challenge, guarantee, noLeaks } from "@pattern-labs/testkit";
import { describeOutcome, endOf, failedWith, show } from "@pattern-labs/testkit/outcome";
import { it } from "vitest";
import { expectRefused } from "./out-of-range.ts";
import { lab } from "./subject.ts";
import { announce, BEGUN, ENDED, GO, newShared, type Shared, STEPS } from "./threads/shared.ts";

const REASON = { why: "the client left" };
const runInThread: NonNullable<typeof lab.runInThread> = (...args) => {
  if (lab.runInThread === undefined) throw new Error("TODO thread.1: runInThread is not exported");
  return lab.runInThread(...args);
};
const moduleOf = (name: string) => new URL(`./threads/${name}.ts`, import.meta.url);

challenge("thread", lab, () => {
  it("thread.1 it gives what the function returns for its input; this thread is free meanwhile", () =>
    noLeaks(async () => {
      const shared = newShared();
      const { signal } = new AbortController();
      const input = { shared, numbers: [1, 2, 39] };
      const running = endOf(
        runInThread<number>(moduleOf("waits-for-main"), { input, signal, graceMs: 1_000 }),
      );
      await reached(shared, BEGUN, running); // If this thread computed, it would never get here.
      announce(shared, GO);
      const outcome = await running;
      guarantee("value" in outcome && outcome.value === 42, {
        happened: `the sum of 1, 2 and 39 ${describeOutcome(outcome)}`,
        expected: "42",
        why: "It is what it was begun for.",
      });

      const left = newShared();
      const result = await endOf(
        runInThread(moduleOf("leaves-a-timer"), { input: left, signal, graceMs: 1_000 }),
      );
      guarantee("value" in result && result.value === "rows" && left[ENDED] === 0, {
        happened: `a function that leaves a timer of ten seconds behind returned "rows"; the call ${describeOutcome(result)}${left[ENDED] === 0 ? "" : ", and only after that timer"}`,
        expected: "it resolves to what the function returned; the thread is ended with what is left on it",
        why: "One connection that a module opens and keeps would hold up the call for ever.",
      });
    }));

  it("thread.2 an abort is told through shared memory: the function ends by itself, then the call rejects with the reason", () =>
    noLeaks(async () => {
      const shared = newShared();
      const controller = new AbortController();
      const { signal } = controller;
      const running = endOf(
        runInThread(moduleOf("until-cancelled"), { input: shared, signal, graceMs: 600_000 }),
      );
      await reached(shared, BEGUN, running);
      controller.abort(REASON);
      const outcome = await running;
      guarantee(shared[ENDED] === 1, {
        happened: "the call had settled, and the function had not seen that it was cancelled",
        expected: "`isCancelled()` is true from the abort on, and the call waits for the function's end",
        why: "A thread that is ended by force cannot put away what it holds.",
      });
      guarantee(failedWith(outcome, REASON), {
        happened: `it was aborted, and ${describeOutcome(outcome)}`,
        expected: `it rejects with the very reason, whatever the function returned: ${show(REASON)}`,
        why: "Too late is too late.",
      });
    }));

  it("thread.3 a function that does not ask is ended by force after `graceMs`, and the call rejects with the reason", () =>
    noLeaks(async () => {
      const shared = newShared();
      const controller = new AbortController();
      const { signal } = controller;
      const running = endOf(runInThread(moduleOf("deaf"), { input: shared, signal, graceMs: 5 }));
      await reached(shared, BEGUN, running);
      controller.abort(REASON);
      const outcome = await running;
      const steps = Atomics.load(shared, STEPS);
      for (let turns = 0; turns < 1_000; turns += 1) await turn();
      guarantee(failedWith(outcome, REASON) && Atomics.load(shared, STEPS) === steps, {
        happened: `it ${describeOutcome(outcome)}, and the thread ${Atomics.load(shared, STEPS) === steps ? "had ended" : "computed on"}`,
        expected: "it rejects with the very reason when the thread has ended",
        why: "A thread that nobody can stop takes a core until the process ends.",
      });
    }));

  it("thread.4 what the function throws is what the call rejects with, and so is a module that cannot be loaded", () =>
    noLeaks(async () => {
      const { signal } = new AbortController();
      const thrown = await endOf(runInThread(moduleOf("throws"), { input: "too large", signal, graceMs: 1 }));
      const isSame =
        "error" in thrown && thrown.error instanceof Error && thrown.error.message.includes("too large");
      const missing = await endOf(runInThread(moduleOf("missing"), { input: 0, signal, graceMs: 1 }));
      guarantee(isSame && "error" in missing && missing.error instanceof Error, {
        happened: `a function that throws RangeError: too large ${describeOutcome(thrown)}; a module that is missing ${describeOutcome(missing)}`,
        expected: "an Error with the message of the original, and an Error",
        why: "A thread that dies in silence leaves its caller waiting for ever.",
      });
    }));

  it("thread.5 under an aborted signal no thread is begun", () =>
    noLeaks(async () => {
      const shared = newShared();
      const options = { input: shared, signal: AbortSignal.abort(REASON), graceMs: 600_000 };
      const outcome = await endOf(runInThread(moduleOf("until-cancelled"), options));
      // By the time another thread has come and gone, this one would have begun, too.
      await endOf(
        runInThread(moduleOf("throws"), { ...options, signal: new AbortController().signal, input: "" }),
      );
      guarantee(failedWith(outcome, REASON) && shared[BEGUN] === 0, {
        happened: `under an aborted signal it ${describeOutcome(outcome)}${shared[BEGUN] === 0 ? "" : ", and the function was called"}`,
        expected: "it rejects with the very reason, and calls nothing",
        why: "Cancelled work must not begin.",
      });
    }));

  it("thread.6 a `graceMs` out of range is a RangeError, and no thread is begun", () =>
    noLeaks(async () => {
      const { signal } = new AbortController();
      await expectRefused("graceMs", (graceMs) =>
        runInThread(moduleOf("throws"), { input: "begun", signal, graceMs }),
      );
    }));
});

/** Waits until the thread has said so, or the call has settled instead: then that is the failure. */
async function reached(shared: Shared, place: number, running: ReturnType<typeof endOf>): Promise<void> {
  const waiting = Atomics.waitAsync(shared, place, 0);
  const outcome = await Promise.race([waiting.value, running]);
  guarantee(typeof outcome === "string", {
    happened: `the call ${typeof outcome === "string" ? "" : describeOutcome(outcome)} before the function had begun`,
    expected: "the function is called with its input, in a thread of its own",
    why: "Otherwise it holds up everybody else.",
  });
}
