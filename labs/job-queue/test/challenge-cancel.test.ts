import { challenge, guarantee } from "@pattern-labs/testkit";
import { it } from "vitest";
import type { JobQueue } from "../contract.ts";
import type { Call, Plan } from "./link.ts";
import { nameOf, show } from "./outcome.ts";
import { explore, simulate } from "./runs.ts";
import { deaf, lasting, pause, polls } from "./scripts.ts";
import { Site } from "./site.ts";
import { lab } from "./subject.ts";

challenge("cancel", lab, () => {
  it("cancel.1 a job that waits, or was claimed a moment ago, is not begun any more", async () => {
    const slow = () => ({ afterMs: 3, answerMs: 3 });
    const slowClaim = ({ job }: Call) =>
      job?.state === "running" ? { afterMs: 3, answerMs: 40 } : undefined;
    for (const plan of [slow, slowClaim]) {
      for (let moment = 0; moment <= 14; moment += 1) await cancelAt(moment, plan);
    }
    async function cancelAt(moment: number, plan: Plan): Promise<void> {
      await simulate(async (sim) => {
        const site = new Site(sim, { plan, work: deaf(1_000) });
        await site.leave("now");
        await site.leave("later", { state: "failed", attempts: 1, dueAt: Date.now() + 5_000 });
        const queue = site.queue("A");
        queue.start();
        await pause(moment);
        const cancelled = await Promise.all(["now", "later"].map((id) => cancel(queue, id)));
        const begun = site.runs.length; // A handler that began before the cancelling was stored is cancel.2.
        await polls(10);
        const states = [(await site.job("now")).state, (await site.job("later")).state].join(", ");
        const isTold = site.runs.every(({ signal }) => signal.aborted);
        const isRight = states === "cancelled, cancelled" && cancelled.join() === "true,true";
        guarantee(isRight && site.runs.length === begun && isTold, {
          happened: `cancelled ${moment} ms after the start, \`cancel\` said ${cancelled.join(" and ")}; ${site.runs.length - begun} handlers were called afterwards; the jobs are ${states}`,
          expected: "true twice, no handler is called afterwards, and both are cancelled",
          why: "The customer was told that nothing will be sent.",
        });
        await site.close();
      });
    }
  });

  it("cancel.2 a handler of this queue is told at once, one elsewhere at the next renewal; its end is dropped", () =>
    simulate(async (sim) => {
      for (const [by, work, tellsAt, limit] of [
        ["A", lasting(60_000), 5_000, 5_000],
        ["A", deaf(20_000, "sent"), 5_000, 5_000],
        ["B", lasting(60_000), 5_000, 10_010],
        ["B", deaf(20_000, "sent"), 5_000, 10_010],
      ] as const) {
        const site = new Site(sim, { work });
        await site.leave("j1");
        const queue = site.queue("A");
        queue.start();
        const run = await site.begun(0);
        const began = sim.now();
        let toldAt: number | undefined;
        run.signal.addEventListener("abort", () => {
          toldAt = sim.now() - began;
        });
        await pause(tellsAt);
        const isCancelled = await cancel(by === "A" ? queue : site.queue("B"), "j1");
        await pause(30_000);
        const { state, result } = await site.job("j1");
        const name = nameOf(run.signal.reason);
        const isKnown = name === "CancelledError" || (by === "B" && name === "LeaseLostError");
        guarantee(isCancelled && isKnown && toldAt !== undefined && toldAt <= limit, {
          happened: `a job that A does was cancelled through ${by}, 5,000 ms after it began: ${isCancelled}; its handler was told ${name}, at ${toldAt ?? "no time"}`,
          expected: `true; told by ${limit} ms, with a CancelledError${by === "B" ? " or a LeaseLostError" : ""}`,
          why: "Whatever it still does is for nobody.",
        });
        guarantee(state === "cancelled" && result === undefined && site.runs.length === 1, {
          happened: `in the end the job is ${state}, its result ${show(result)}, after ${site.runs.length} runs`,
          expected: "cancelled, no result, 1 run",
          why: "What was cancelled must not be completed after all.",
        });
        await site.leave("j2");
        const { state: next } = await site.ended("j2");
        guarantee(next === "completed", {
          happened: `the next job is ${next}`,
          expected: "completed: the place is free again",
          why: "Ten cancelled jobs, and nothing is done any more.",
        });
        await site.close();
      }
    }));

  it("cancel.3 a job that has ended, and one that does not exist, give false, and are left as they are", () =>
    simulate(async (sim) => {
      const site = new Site(sim);
      const queue = site.queue("A");
      for (const state of ["completed", "dead", "cancelled"] as const) {
        await site.leave(state, { state, version: 4 });
        const said = await cancel(queue, state);
        const { version, state: after } = await site.job(state);
        guarantee(said === (state === "cancelled") && after === state && version === 4, {
          happened: `\`cancel\` of a ${state} job said ${said}; it is ${after}, version ${version}`,
          expected: `${state === "cancelled"}; ${state}, version 4`,
          why: "It was sent. Told that it was cancelled, the customer orders once more.",
        });
      }
      const said = await cancel(queue, "nobody");
      guarantee(!said, {
        happened: `\`cancel\` of an id that nobody has said ${said}`,
        expected: "false",
        why: "A typing error must not look like a success.",
      });
      await site.close();
    }));

  it("cancel.4 whenever it comes, a job is either cancelled, and `cancel` says so, or ends as ever", () =>
    explore(
      async (sim) => {
        const site = new Site(sim, { store: "whenever", work: deaf(12_000, "sent") });
        await site.leave("j1");
        const queue = site.queue("A", { concurrency: 1, pollMs: 50_000 });
        queue.start();
        let asked: Promise<boolean> | undefined;
        sim.anytime("the customer changes his mind", () => {
          asked = cancel(site.queue("B"), "j1");
          site.look();
        });
        const job = await site.ended("j1");
        const said = await asked;
        const isRight =
          job.state === "cancelled"
            ? said === true && job.result === undefined
            : said !== true && job.result === "sent";
        guarantee(isRight, {
          happened: `\`cancel\` said ${said ?? "nothing: it was not called"}; the job is ${job.state}, its result ${show(job.result)}`,
          expected: "true and cancelled, without a result; or false and completed, with one",
          why: "Money is given back by what `cancel` says, and taken by what the job says.",
        });
        await site.close();
      },
      { maxSchedules: 200 },
    ));
});

/** What is not written yet is no answer. */
async function cancel(queue: JobQueue, id: string): Promise<boolean> {
  if (queue.cancel === undefined) throw new Error("TODO cancel.1: the queue has no `cancel`");
  return await queue.cancel(id);
}
