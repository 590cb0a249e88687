import { guarantee } from "@pattern-labs/testkit";
import { describe, it } from "vitest";
import type { JobQueue, StopOptions } from "../contract.ts";
import type { Call } from "./link.ts";
import { endOf, nameOf, show, describe as tell } from "./outcome.ts";
import { explore, simulate } from "./runs.ts";
import { deaf, failing, lasting, pause, polls, type Script } from "./scripts.ts";
import { Site } from "./site.ts";

const FAULT = new Error("mail server is busy");
const PATIENT: StopOptions = { deadlineMs: 200_000, graceMs: 0 };

describe("Step 4: stop", () => {
  it("4.1 from the call on nothing is begun, and what was only claimed is given back", async () => {
    for (let moment = 0; moment <= 16; moment += 1) {
      await simulate(async (sim) => {
        const site = new Site(sim, { plan: () => ({ afterMs: 3, answerMs: 3 }), work: lasting(1_000) });
        await site.leave("fresh");
        await site.leave("failed", { state: "failed", attempts: 2, crashes: 1, version: 7 });
        const queue = site.queue("A", { concurrency: 3 });
        queue.start();
        await pause(moment);
        const calledAt = sim.now();
        const stopping = queue.stop(PATIENT);
        const begunBefore = site.runs.length;
        await site.leave("late");
        await queue.enqueue("mail", "hello", { id: "later" });
        await sim.waitFor("stop", stopping);
        await polls(5);
        const begunAfter = site.runs.slice(begunBefore).map(({ id }) => id);
        guarantee(begunAfter.length === 0, {
          happened: `\`stop\` was called after ${calledAt} ms, and afterwards these jobs were begun: ${begunAfter.join(", ")}`,
          expected: "none",
          why: "Whoever stops waits for what runs. If more and more is begun the deadline kills it.",
        });
        for (const [id, attempts, crashes] of [
          ["fresh", 0, 0],
          ["failed", 2, 1],
          ["late", 0, 0],
          ["later", 0, 0],
        ] as const) {
          const job = await site.job(id);
          const wasBegun = site.runsOf(id).length > 0;
          const isRight = wasBegun
            ? job.state === "completed"
            : ["pending", "failed"].includes(job.state) &&
              job.attempts === attempts &&
              job.crashes === crashes;
          guarantee(isRight && job.dueAt <= Date.now(), {
            happened: `stopped after ${calledAt} ms, the job "${id}" was ${wasBegun ? "begun before" : "not begun"}, and is ${job.state}, attempts ${job.attempts}, crashes ${job.crashes}`,
            expected: wasBegun
              ? "completed"
              : `to be done by somebody else, at once, with attempts ${attempts} and crashes ${crashes}, as before`,
            why: "What was taken and not begun is lost, or waits for a lease to run out, unless somebody gives it back.",
          });
        }
      });
    }
  });

  it("4.2 what runs is finished, under a lease that is renewed, and `stop` waits until its end is stored", () =>
    simulate(async (sim) => {
      const site = new Site(sim, {
        plan: () => ({ afterMs: 40, answerMs: 40 }),
        work: lasting(50_000, "done"),
      });
      await site.leave("j1");
      const queue = site.queue("A");
      queue.start();
      const { signal } = await site.begun(0);
      const stopping = queue.stop({ deadlineMs: 100_000, graceMs: 20_000 });
      site.queue("B").start();
      await sim.waitFor("stop", stopping);
      const { state, result, crashes } = await site.job("j1");
      const found = show({ state, result, crashes, runs: site.runs.length, told: signal.aborted });
      const expected = { state: "completed", result: "done", crashes: 0, runs: 1, told: false };
      guarantee(found === show(expected) && sim.now() < 51_000, {
        happened: `a job of 50 s was under way when \`stop\` was called, with 100 s; at ${sim.now()} ms it resolved: ${found}`,
        expected: `it resolves at about 50 s: ${show(expected)}`,
        why: "What is nearly done need not be done again. And whoever resolves before the end is stored loses it: the next line of the program is `process.exit`.",
      });
      await site.close();
    }));

  it("4.3 `graceMs` before the deadline the handlers are told; who throws then is given back, and no attempt spent", async () => {
    for (const hiccup of [false, true]) {
      await simulate(async (sim) => {
        let left = hiccup ? 1 : 0;
        const plan = ({ method, job }: Call) => {
          if (method !== "swap" || job?.state !== "pending" || left === 0) return undefined;
          left -= 1;
          return { fails: FAULT };
        };
        const abortedAt: number[] = [];
        const scripts: Record<string, Script> = {
          obeys: lasting(90_000),
          retries: lasting(90_000),
          resolves: (run) => lasting(90_000)(run).catch(() => "saved half of it"),
          fails: failing(FAULT, 10_000),
        };
        const work: Script = (run) => {
          run.signal.addEventListener("abort", () => abortedAt.push(sim.now()));
          return (scripts[run.id] as Script)(run);
        };
        const site = new Site(sim, { work, plan });
        for (const id of ["obeys", "resolves", "fails"]) await site.leave(id);
        await site.leave("retries", { state: "failed", attempts: 2 });
        const queue = site.queue("A", { baseDelayMs: 0, concurrency: 4 });
        queue.start();
        await site.begun(3);
        await pause(1_000);
        await sim.waitFor("stop", queue.stop({ deadlineMs: 20_000, graceMs: 5_000 }));
        const stoppedAt = sim.now();
        const names = site.runs.map(({ signal }) => (signal.aborted ? nameOf(signal.reason) : "not told"));
        const isTold = abortedAt.length === 3 && abortedAt.every((at) => Math.abs(at - 16_000) <= 1);
        guarantee(isTold && names.filter((name) => name === "StoppedError").length === 3, {
          happened: `stopped at 1,000 ms with a deadline of 20,000 and a grace of 5,000, the handlers were told ${names.join(", ")}, at ${abortedAt.join(", ") || "no time"}`,
          expected:
            "the three that still run are told at 16,000, with a StoppedError; the one that ended before is not",
          why: "Told at the deadline itself, they have no time to put anything away.",
        });
        const found: string[] = [];
        for (const id of ["obeys", "retries", "resolves", "fails"]) {
          const { state, attempts, crashes, dueAt } = await site.job(id);
          found.push(`${id}: ${state} ${attempts} ${crashes}${dueAt > Date.now() ? ", not due" : ""}`);
        }
        const expected =
          "obeys: pending 0 0; retries: pending 2 0; resolves: completed 1 0; fails: failed 1 0";
        guarantee(found.join("; ") === expected, {
          happened: `state, attempts and crashes are then: ${found.join("; ")}`,
          expected,
          why: "A job that was interrupted has not failed: a day with many deployments must not make it dead.",
        });
        const limit = hiccup ? 19_001 : 16_001;
        guarantee(stoppedAt <= limit, {
          happened: `\`stop\` resolved at ${stoppedAt} ms${hiccup ? "; the first try to give a job back had failed" : ""}`,
          expected: `at ${limit - 1} at the latest: nothing is in hand any more`,
          why: "Nobody has to wait for a deadline when there is nothing left to wait for.",
        });
        await site.close();
      });
    }
    // The renewal that is sent at 10 s is answered at 17 s; those whose handlers run are told at 15 s.
    await simulate(async (sim) => {
      const plan = ({ job }: Call) => (job?.version === 3 ? { answerMs: 7_000 } : undefined);
      const site = new Site(sim, { plan, work: failing(FAULT, 12_000) });
      await site.leave("j1");
      const queue = site.queue("A");
      queue.start();
      await site.begun(0);
      await sim.waitFor("stop", queue.stop({ deadlineMs: 20_000, graceMs: 5_000 }));
      const { state, attempts } = await site.job("j1");
      guarantee(state === "failed" && attempts === 1, {
        happened: `the handler failed at 12,000 ms, while a renewal was under way that was answered at 17,000; the handlers that ran were told at 15,000; the job is ${state}, after ${attempts} attempts`,
        expected: "failed, after 1 attempt: its handler was told nothing while it ran",
        why: "A job is given back because the stop has interrupted it. One that fails by itself, at each deployment anew, would never be dead.",
      });
      await site.close();
    });
  });

  it("4.4 it never takes longer than the deadline; a job whose handler goes on is not given back", async () => {
    await simulate(async (sim) => {
      const site = new Site(sim, { work: (run) => (run.worker === "A" ? deaf(30_000) : lasting(10))(run) });
      await site.leave("j1");
      const queue = site.queue("A");
      queue.start();
      await site.begun(0);
      await pause(5_000);
      await sim.waitFor("stop", queue.stop({ deadlineMs: 10_000, graceMs: 2_000 }));
      const stoppedAt = sim.now();
      const { state, leaseUntil } = await site.job("j1");
      guarantee(stoppedAt === 15_000 && state === "running" && leaseUntil > Date.now(), {
        happened: `a handler ignores its signal; \`stop\`, called at 5,000 ms with 10,000, resolved at ${stoppedAt}, and the job is ${state}`,
        expected: "it resolves at 15,000, and the job is still running, for the rest of its lease",
        why: "Given back, another worker would begin it in the next moment, while this one is still at it.",
      });
      const leaseEnd = leaseUntil - Date.now() + sim.now();
      site.queue("B").start();
      const job = await site.ended("j1");
      const second = site.runs[1]?.beganAt ?? Number.NaN;
      guarantee(second > leaseEnd && job.result === undefined && job.crashes === 1 && job.version === 5, {
        happened: `its handler ended at 30,000 ms; another worker, there all the time, began the job at ${second}; its lease ran until ${leaseEnd}; in the end it had ${job.crashes} crashes and had been written ${job.version} times`,
        expected:
          "B begins it when the lease has run out; 1 crash, written 5 times: what comes from the stopped queue is dropped",
        why: "Who has stopped may have closed the store: what it writes now is written into nothing, or by mistake.",
      });
      await site.close();
    });
    await explore(
      async (sim) => {
        const site = new Site(sim, { store: "whenever", work: lasting(4_000) });
        for (const id of ["j1", "j2"]) await site.leave(id);
        const queue = site.queue("A", { concurrency: 2, pollMs: 3_000 });
        queue.start();
        sim.anytime("the store falls silent", () => site.link("A").cut());
        await pause(6_000);
        const calledAt = sim.now();
        await sim.waitFor("stop", queue.stop({ deadlineMs: 10_000, graceMs: 5_000 }));
        guarantee(sim.now() - calledAt <= 10_000, {
          happened: `\`stop\` took ${sim.now() - calledAt} ms`,
          expected: "at most 10,000: its deadline, whatever the store does",
          why: "After it comes a SIGKILL, and what else was to be put away is not.",
        });
        site.link("A").restore();
      },
      { maxSchedules: 200 },
    );
  });

  it("4.5 once it has resolved nothing calls the store, and no timer is left", async () => {
    for (const [what, workMs, options] of [
      ["with nothing to do", undefined, PATIENT],
      ["with jobs that end", 5_000, PATIENT],
      ["with jobs that are given back", 50_000, { deadlineMs: 10_000, graceMs: 3_000 }],
      ["with no patience at all", 50_000, { deadlineMs: 0, graceMs: 0 }],
    ] as const) {
      for (const seconds of [0, 100]) {
        await simulate(async (sim) => {
          const site = new Site(sim, { work: lasting(workMs ?? 0) });
          if (workMs !== undefined) for (const id of ["j1", "j2"]) await site.leave(id);
          const queue = site.queue("A");
          queue.start();
          await pause(3_000);
          await sim.waitFor("stop", queue.stop(options));
          const { calls } = site.link("A");
          await polls(seconds); // At the end the simulation looks for timers.
          guarantee(site.link("A").calls === calls, {
            happened: `stopped ${what}, the queue called the store ${site.link("A").calls - calls} times more`,
            expected: "never again",
            why: "The store is closed after the queue: each of these calls is an error that nobody can do anything about.",
          });
        });
      }
    }
    // A renewal is sent at 10 s, the handler ends at 11 s, and it is not before 15 s that the store answers.
    await simulate(async (sim) => {
      const plan = ({ job }: Call) => (job?.version === 3 ? { answerMs: 5_000 } : undefined);
      const site = new Site(sim, { plan, work: lasting(11_000) });
      await site.leave("j1");
      const queue = site.queue("A");
      queue.start();
      await site.begun(0);
      await sim.waitFor("stop", queue.stop(PATIENT)); // Again the simulation looks for timers.
    });
    // A renewal is sent at 10 s, the deadline is at 13 s, and it is not before 15 s that the store answers.
    for (const [renewal, fate] of [
      ["was stored", { answerMs: 5_000 }],
      ["failed", { afterMs: 5_000, fails: FAULT }],
    ] as const) {
      for (const [handler, work, seconds] of [
        ["had ended", deaf(11_000), 100],
        ["went on", deaf(30_000), 100],
        ["never ended", () => new Promise(() => {}), 5],
      ] as const) {
        await simulate(async (sim) => {
          const plan = ({ job }: Call) => (job?.version === 3 ? fate : undefined);
          const site = new Site(sim, { plan, work });
          await site.leave("j1");
          const queue = site.queue("A");
          queue.start();
          await site.begun(0);
          await sim.waitFor("stop", queue.stop({ deadlineMs: 13_000, graceMs: 1_000 }));
          const { calls } = site.link("A");
          await polls(seconds); // Once more the simulation looks for timers.
          guarantee(site.link("A").calls === calls, {
            happened: `\`stop\` resolved at its deadline, while a renewal was under way, of a job whose handler ${handler}; the renewal ${renewal} 2 s later, and the queue called the store ${site.link("A").calls - calls} times more`,
            expected:
              "never again: whatever waits for an answer looks whether the stop is over when it comes",
            why: "Between the look and the call the program may have closed the store. The lease runs out, and somebody else does the job.",
          });
        });
      }
    }
  });

  it("4.6 calling it again waits for the same; a stopped queue is not started again, and still answers questions", () =>
    simulate(async (sim) => {
      const site = new Site(sim, { work: lasting(5_000) });
      await site.leave("dead", { state: "dead" });
      const idle = site.queue("idle");
      await sim.waitFor("stop without a start", idle.stop(PATIENT));
      guarantee(sim.now() === 0, {
        happened: `\`stop\` of a queue that was never started took ${sim.now()} ms`,
        expected: "no time",
        why: "There is nothing to wait for.",
      });
      await expectStopped(idle);
      const queue = site.queue("A");
      await queue.enqueue("mail", "hello", { id: "j1" });
      queue.start();
      await site.begun(0);
      const ends: number[] = [];
      const stops = [PATIENT, { deadlineMs: 1_000, graceMs: 500 }, PATIENT].map(async (options) => {
        await queue.stop(options);
        ends.push(sim.now());
      });
      await expectStopped(queue);
      await sim.waitFor("stop", Promise.all(stops));
      await queue.stop(PATIENT);
      const { state } = await site.job("j1");
      guarantee(ends.every((at) => at === 5_000) && state === "completed", {
        happened: `stopped three times while a job of 5 s ran, these resolved at ${ends.join(", ")} ms, and the job is ${state}`,
        expected: "all at 5,000, when it is completed: the first call's options count",
        why: "A signal handler, an HTTP route and a test may all want to stop it.",
      });
      await expectStopped(queue);
      const id = await queue.enqueue("mail", "hello", { id: "j2" });
      const isReplayed = await queue.replay("dead");
      const found = [
        id,
        (await queue.get("j2"))?.state,
        isReplayed,
        (await queue.list({ state: "pending", limit: 9 })).length,
      ];
      guarantee(show(found) === show(["j2", "pending", true, 2]), {
        happened: `after \`stop\`, enqueue, get, replay and list gave ${show(found)}`,
        expected: show(["j2", "pending", true, 2]),
        why: "The server takes in its last orders while the workers have stopped already: the next process will do them.",
      });
    }));

  it("4.7 stopped at any moment and started afresh, every job is done, and none is spent or done twice", () =>
    explore(
      async (sim) => {
        const site = new Site(sim, { store: "whenever", work: lasting(2_000) });
        const ids = ["j1", "j2", "j3"];
        for (const id of ids) await site.leave(id);
        const before = site.queue("before", { concurrency: 2, pollMs: 3_000 });
        before.start();
        let calledAt: number | undefined;
        let stopping: Promise<void> | undefined;
        const stop = () => {
          calledAt ??= sim.now();
          stopping ??= before.stop({ deadlineMs: 10_000, graceMs: 9_500 });
          return stopping;
        };
        sim.anytime("a deployment", () => {
          void stop();
          site.look();
        });
        const isOver = () =>
          site.runs.length === 3 && site.runs.every(({ endedAt }) => endedAt !== undefined);
        await site.until("all jobs are done, or it is stopped", () => stopping !== undefined || isOver());
        await sim.waitFor("stop", stop());
        // Neither at the deadline, nor after a lease that may have run out.
        const isInTime = sim.now() - (calledAt ?? 0) < 10_000 && sim.now() < 30_000;
        const claimed = isInTime
          ? (await site.store.list({ state: "running", limit: 9 })).map(({ id }) => id)
          : [];
        guarantee(claimed.length === 0, {
          happened: `\`stop\` resolved before its deadline, and ${claimed.join(", ")} is still running`,
          expected: "it is completed, or given back",
          why: "For as long as its lease lasts nobody can do it, and then it counts as a crash.",
        });
        site.queue("after", { concurrency: 2, pollMs: 3_000 }).start();
        for (const id of ids) {
          const { state, attempts, crashes } = await site.ended(id);
          const done = site.runsOf(id).filter(({ outcome }) => outcome === "resolved").length;
          const isUnspent = attempts === 1 && crashes === 0 && done === 1;
          const isCalm = isInTime && sim.now() < 30_000;
          guarantee(state === "completed" && (isUnspent || !isCalm) && site.overlaps.length === 0, {
            happened: `stopped at ${calledAt} ms, and started afresh, ${id} is ${state}, after ${attempts} attempts and ${crashes} crashes; handlers have done it ${done} times; ${site.overlaps.join("; ") || "never two at a time"}`,
            expected: "completed, one attempt, no crash, done once",
            why: "From now on a deployment is to be something that no job notices.",
          });
        }
        await site.close();
      },
      { maxSchedules: 300 },
    ));
});

async function expectStopped(queue: JobQueue): Promise<void> {
  const outcome = await endOf(() => queue.start());
  guarantee("error" in outcome && nameOf(outcome.error) === "StoppedError", {
    happened: `\`start\` after \`stop\` ${tell(outcome)}`,
    expected: "it throws a StoppedError",
    why: "Whoever starts it believes that jobs are done from now on.",
  });
}
