import { challenge, guarantee, type Sim } from "@pattern-labs/testkit";
import { describeOutcome, endOf, failedWith, show } from "@pattern-labs/testkit/outcome";
import { it } from "vitest";
import type { Lab } from "../contract.ts";
import { nameOf } from "./feed.ts";
import { explore, simulate } from "./runs.ts";
import { lab } from "./subject.ts";
import { Tasks } from "./tasks.ts";

const broken = new Error("EIO: disk b is gone");
const reason = { why: "the user has gone" };

challenge("first-of", lab, () => {
  it("first-of.1 `firstOf` gives the first success, stops the others, and waits until they have ended", async () => {
    await explore(async (sim) => {
      const tasks = new Tasks(sim);
      const mirror = (name: string, fails = false) => {
        const task = tasks.task(name, {
          ...(fails && { fails: broken }),
          stops: () => sim.io("hangs up"),
        });
        return (signal: AbortSignal) => task(signal).then(() => name);
      };
      const all = [mirror("bad", true), mirror("a"), mirror("b")];
      const outcome = await sim.waitFor("the first success", endOf(firstOf(all)));
      guarantee("value" in outcome && outcome.value === tasks.succeeded[0], {
        happened: `${tasks.succeeded.join(", ") || "nobody"} succeeded, in this order, and \`firstOf\` ${describeOutcome(outcome)}`,
        expected: "the value of the first that succeeded; a failure before it does not count",
        why: "One asks several mirrors to have the quickest.",
      });
      guarantee(tasks.running === 0, {
        happened: `\`firstOf\` resolved while ${tasks.running} of the others were running`,
        expected: "the losers are told to stop, and it waits until they have ended",
        why: "Losers that run on hold their connections, and each request leaves some more.",
      });
    });
    await simulate(losersNeverEndByThemselves);
  });

  it("first-of.2 `firstOf` rejects with all errors if no task succeeds, and with the reason of an abort", async () => {
    await explore(async (sim) => {
      const tasks = new Tasks(sim);
      const errors = [new Error("mirror a"), new Error("mirror b")];
      const failing = errors.map((fails, n) => tasks.task(nameOf(n), { fails }));
      const outcome = await sim.waitFor("firstOf", endOf(firstOf(failing)));
      const error = "error" in outcome ? outcome.error : undefined;
      const isComplete =
        error instanceof AggregateError &&
        error.errors.every((each, n) => each === errors[n]) &&
        error.errors.length === 2;
      guarantee(isComplete, {
        happened: `both tasks failed, and \`firstOf\` ${describeOutcome(outcome)}`,
        expected: "it rejects with an AggregateError whose `errors` are theirs, in the order of the tasks",
        why: "With one of them only, the other mirror's fault is never found.",
      });
    });
    await explore(abortedAnytime);
  });
});

const firstOf: NonNullable<Lab["firstOf"]> = (tasks, options) => {
  if (lab.firstOf === undefined) throw new Error("TODO first-of.1: firstOf is yours to write");
  return lab.firstOf(tasks, options);
};

/** Only the signal can end them. */
async function losersNeverEndByThemselves(sim: Sim): Promise<void> {
  const stuck = (signal: AbortSignal) =>
    new Promise<string>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  const value = await sim.waitFor("the first success", firstOf([stuck, async () => "quick", stuck]), () => ({
    happened: "one task succeeded, and the others, who end when their signals abort, never did",
    expected: "their signals are aborted as soon as there is a winner",
    why: "The slowest mirror would decide how long everybody waits.",
  }));
  guarantee(value === "quick", {
    happened: `\`firstOf\` gave ${show(value)}`,
    expected: '"quick"',
    why: "It was the only one.",
  });
}

/** The others take their time to end: an abort that comes after the success, and before they have, is too late. */
async function abortedAnytime(sim: Sim): Promise<void> {
  const controller = new AbortController();
  const tasks = new Tasks(sim);
  let winner: string | undefined;
  sim.anytime("abort", () => {
    winner = tasks.succeeded[0];
    controller.abort(reason);
  });
  const both = ["a", "b"].map((name) => {
    const task = tasks.task(name, { stops: () => sim.io("hangs up") });
    return (signal: AbortSignal) => task(signal).then(() => name);
  });
  const outcome = await sim.waitFor("firstOf", endOf(firstOf(both, { signal: controller.signal })));
  const isCutShort = controller.signal.aborted && winner === undefined;
  const isRight = isCutShort
    ? failedWith(outcome, reason)
    : "value" in outcome && outcome.value === tasks.succeeded[0];
  guarantee(isRight && tasks.running === 0, {
    happened: `\`firstOf\` was ${controller.signal.aborted ? `aborted, ${winner === undefined ? "before any task had succeeded" : `after ${winner} had succeeded`}` : "not aborted"}; ${tasks.running} tasks ran on, and it ${describeOutcome(outcome)}`,
    expected: isCutShort
      ? "it rejects with the signal's own reason when all tasks have ended"
      : "it resolves to the value of the first that succeeded: an abort after that changes nothing",
    why: "By the reason the caller tells a shutdown from a mirror that is down; and what was fetched is not thrown away.",
  });
}
