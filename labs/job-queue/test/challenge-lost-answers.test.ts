import { challenge, guarantee } from "@pattern-labs/testkit";
import { it } from "vitest";
import type { JobRecord } from "../contract.ts";
import type { Call, Fate } from "./link.ts";
import { endOf, show, describe as tell } from "./outcome.ts";
import { simulate } from "./runs.ts";
import { deaf, failing, inTurn, lasting, pause, polls } from "./scripts.ts";
import { Site } from "./site.ts";
import { lab } from "./subject.ts";

const FAULT = new Error("connection reset");
const FAILS: Fate = { fails: FAULT };
const LOSES: Fate = { losesAnswer: FAULT };

challenge("lost-answers", lab, () => {
  it("lost-answers.1 a job whose id is stored already stays as it is, and `enqueue` resolves with the id", () =>
    simulate(async (sim) => {
      const plan = ({ method, nth }: Call) => (method === "insert" && nth === 1 ? LOSES : undefined);
      const site = new Site(sim, { plan });
      const queue = site.queue("A");
      const first = await endOf(() => queue.enqueue("mail", "first", { id: "j1" }));
      guarantee("error" in first && first.error === FAULT, {
        happened: `the job was stored, its answer lost, and \`enqueue\` ${tell(first)}`,
        expected: "it rejects with the very error",
        why: "It cannot know. Whoever asked can ask again.",
      });
      const again = async (when: string) => {
        const outcome = await endOf(() => queue.enqueue("mail", "second", { id: "j1" }));
        guarantee("value" in outcome && outcome.value === "j1", {
          happened: `j1 is stored, ${when}; enqueued once more, \`enqueue\` ${tell(outcome)}`,
          expected: 'it resolves to "j1"',
          why: "Whoever got no answer asks again, and must come to know that all is well.",
        });
      };
      await again("the answer was lost");
      queue.start();
      await pause(50);
      await again("and runs");
      await site.ended("j1");
      await again("and is completed");
      await polls(3);
      const payloads = site.runs.map(({ payload }) => payload).join(", ");
      guarantee(payloads === "first", {
        happened: `enqueued four times under one id, it was done with: ${payloads || "nothing"}`,
        expected: "once, with the first payload",
        why: "A sender that asks again because an answer was lost must not have everything done twice.",
      });
      await site.close();
    }));

  it("lost-answers.2 a claim, a renewal or an end that was stored counts, although its answer was lost", async () => {
    for (const target of ["claim", "renewal", "completed", "failed"] as const) {
      for (const [what, fates, getFails] of [
        ["is stored, and its answer lost", [LOSES], false],
        ["fails, and then its answer is lost", [FAILS, LOSES], false],
        ["is stored, its answer lost, and the question whether it was stored fails", [LOSES], true],
      ] as const) {
        await simulate(async (sim) => {
          const left = [...fates];
          let getsToFail = getFails ? 1 : 0;
          const plan = ({ method, job }: Call): Fate | undefined => {
            if (job !== undefined && kindOf(job) === target && method === "swap") return left.shift();
            if (method !== "get" || left.length > 0 || getsToFail === 0) return undefined;
            getsToFail -= 1;
            return FAILS;
          };
          const work = target === "failed" ? inTurn(failing(FAULT, 15_000), lasting(10)) : lasting(15_000);
          const site = new Site(sim, { plan, work });
          await site.leave("j1");
          site.queue("A", { baseDelayMs: 0, pollMs: 700 }).start();
          const { beganAt } = await site.begun(0);
          const { state, attempts, crashes } = await site.ended("j1");
          const runs = site.runs.length;
          const expectedRuns = target === "failed" ? 2 : 1;
          const isQuiet = site.runs.every(({ signal }) => !signal.aborted);
          const isRight = state === "completed" && attempts === expectedRuns && crashes === 0;
          guarantee(isRight && runs === expectedRuns && isQuiet, {
            happened: `the write of a ${target} ${what}: the job is ${state} after ${attempts} attempts, ${crashes} crashes and ${runs} calls of a handler${isQuiet ? "" : ", one of which was told that its lease is lost"}`,
            expected: `completed after ${expectedRuns} attempts and as many calls, no crash, and no handler is told anything`,
            why: "It is in the store, under this worker's name. Taken for somebody else's, the job is done again.",
          });
          const limit = 3_001 * (fates.length + (getFails ? 1 : 0));
          guarantee(beganAt <= limit && sim.now() <= 15_000 + 1_500 + limit, {
            happened: `the write of a ${target} ${what}: begun at ${beganAt} ms, the job was over at ${sim.now()}`,
            expected: "it is tried again within 3,000 ms each time, a tenth of the lease",
            why: "Else others wait for the whole lease.",
          });
          await site.close();
        });
      }
    }
  });

  it("lost-answers.3 the lease of such a claim or renewal is the one that is stored", async () => {
    // Sent, stored at once, and failed 6 s later; sent again, and refused. Then the store is lost for good.
    for (const [what, version, storedUntil, cutAt] of [
      ["a claim", 2, 30_000, 9_500],
      ["a renewal", 3, 40_000, 19_500],
    ] as const) {
      await simulate(async (sim) => {
        let isLost = false;
        const plan = ({ worker, method, job }: Call): Fate | undefined => {
          if (worker !== "A" || method !== "swap" || job?.version !== version || isLost) return undefined;
          isLost = true;
          return { answerMs: 6_000, losesAnswer: FAULT };
        };
        const site = new Site(sim, {
          plan,
          work: (run) => (run.worker === "A" ? lasting(90_000) : lasting(10))(run),
        });
        await site.leave("j1");
        site.queue("A").start();
        const run = await site.begun(0);
        let abortedAt: number | undefined;
        run.signal.addEventListener("abort", () => {
          abortedAt = sim.now();
        });
        await pause(cutAt - sim.now());
        site.link("A").cut();
        site.queue("B", { pollMs: 100 }).start();
        await site.ended("j1");
        guarantee(abortedAt !== undefined && abortedAt <= storedUntil + 5 && site.overlaps.length === 0, {
          happened: `${what} was stored with a lease until ${storedUntil} ms, its answer was lost, and then the store; the handler's signal aborted at ${abortedAt ?? "no time"}; ${site.overlaps.join("; ") || "nobody else had begun by then"}`,
          expected: `it aborts at ${storedUntil}: that is what the store says to everybody else`,
          why: "Counted from a later try, the lease is believed longer than it holds, and two do the same job.",
        });
        await site.close();
      });
    }
  });

  it("lost-answers.4 an end is stored on top of a renewal whose answer was lost", () =>
    simulate(async (sim) => {
      let isFirst = true;
      const plan = ({ method }: Call): Fate | undefined => {
        if (sim.now() < 5_000 || sim.now() > 50_000) return undefined;
        const isLost = method === "swap" && isFirst;
        if (isLost) isFirst = false;
        return isLost ? LOSES : FAILS;
      };
      const site = new Site(sim, { plan, work: deaf(60_000, "by A") });
      await site.leave("j1");
      site.queue("A").start();
      const job = await site.ended("j1");
      guarantee(job.result === "by A" && job.version === 4 && site.runs.length === 1, {
        happened: `the store had one renewal, but no answer came from 5 to 50 s; nobody else was there, and the handler resolved at 60 s to "by A"; stored is ${show(job.result)}, version ${job.version}, after ${site.runs.length} runs`,
        expected: "its result, version 4, after 1 run: nobody else has written",
        why: "What is in the way is its own. It is done: why should it be done once more?",
      });
      await site.close();
    }));

  it("lost-answers.5 what somebody else has written is not taken for one's own", () =>
    simulate(async (sim) => {
      const plan = ({ worker, method, nth }: Call): Fate | undefined =>
        worker === "A" && method === "swap" && nth === 1 ? { afterMs: 10, fails: FAULT } : undefined;
      const site = new Site(sim, { plan, work: lasting(20_000) });
      await site.leave("j1");
      site.queue("A", { pollMs: 100_000 }).start();
      site.queue("B", { pollMs: 100_000 }).start();
      const { state } = await site.ended("j1");
      await polls(5);
      const by = site.runs.map(({ worker }) => worker).join(", ");
      guarantee(by === "B" && state === "completed", {
        happened: `A's claim failed, B's was stored; then A asked whose the job is. It was done by ${by || "nobody"}, and is ${state}`,
        expected: "by B alone, and completed",
        why: "Both have written the same version and the same state: only the name of the lease tells whose it is.",
      });
      await site.close();
    }));

  it("lost-answers.6 a claim of which nothing is known when `stop` is called is found out, and given back", async () => {
    for (const moment of [0, 50, 150, 1_500]) {
      await simulate(async (sim) => {
        const lost: Fate = { answerMs: 100, losesAnswer: FAULT };
        const plan = ({ method, nth }: Call) => (method === "swap" && nth === 1 ? lost : undefined);
        const site = new Site(sim, { plan });
        await site.leave("j1");
        const queue = site.queue("A", { concurrency: 1 });
        queue.start();
        await pause(moment);
        await sim.waitFor("stop", queue.stop({ deadlineMs: 60_000 }));
        const { state, crashes } = await site.job("j1");
        const isDone = site.runs.length === 1 && state === "completed";
        guarantee((isDone || (state === "pending" && crashes === 0)) && sim.now() < 30_000, {
          happened: `a claim was stored at 0 ms, and its answer lost at 100; stopped at ${moment}, \`stop\` resolved at ${sim.now()}, and the job is ${state}`,
          expected: "it is given back: pending, without a crash (or, if it was begun before, completed)",
          why: "It bears the name of a lease that nobody holds: for its whole length nobody can do the job, and then it counts as a crash.",
        });
        await site.close();
      });
    }
  });
});

function kindOf({ state, version }: JobRecord): string {
  return state === "running" ? (version === 2 ? "claim" : "renewal") : state;
}
