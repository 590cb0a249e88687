import { guarantee, type Sim } from "@pattern-labs/testkit";
import { describe, it } from "vitest";
import type { JobRecord } from "../contract.ts";
import type { Call, Fate } from "./link.ts";
import { show } from "./outcome.ts";
import { explore, simulate } from "./runs.ts";
import { deaf, failing, inTurn, lasting, pause, polls, type Script } from "./scripts.ts";
import { type Running, Site } from "./site.ts";

const FAULT = new Error("mail server is busy");

describe("Step 3: lease", () => {
  it("3.1 while its handler runs a lease is renewed after each third, and nobody else takes the job", async () => {
    for (const [what, fate] of [
      ["answers at once", {}],
      ["takes 6 s to answer", { afterMs: 3_000, answerMs: 3_000 }],
    ] as const) {
      await simulate(async (sim) => {
        const sent: { at: number; job: JobRecord }[] = [];
        const plan = ({ worker, method, job }: Call): Fate | undefined => {
          if (worker !== "A") return undefined;
          if (method === "swap" && job?.state === "running") sent.push({ at: Date.now(), job });
          return fate;
        };
        const site = new Site(sim, { plan, work: lasting(100_000) });
        await site.leave("j1");
        site.queue("A", { leaseMs: 30_000 }).start();
        await site.begun(0);
        site.queue("B").start();
        const { state, crashes } = await site.ended("j1");
        for (const [n, { at, job }] of sent.entries()) {
          const before = sent[n - 1]?.at ?? at;
          guarantee(at - before <= 10_001 && job.leaseUntil === at + 30_000, {
            happened: `a store that ${what}: renewal ${n} was sent ${at - before} ms after the last, and holds for ${job.leaseUntil - at} ms from then`,
            expected:
              "it is sent after 10,000 ms, a third of the lease, and holds for 30,000 ms from when it is sent",
            why: "So two renewals may fail before the third comes too late. Counted from the answer, it would be believed longer than it holds.",
          });
        }
        checkOneRun(site, { state, crashes }, `a store that ${what}, and a handler that takes 100 s`);
        guarantee(sent.length >= 9, {
          happened: `in 100 s the lease was renewed ${sent.length - 1} times`,
          expected: "about ten times",
          why: "A lease that is not renewed says that the worker is dead.",
        });
        await site.close();
      });
    }
  });

  it("3.2 the job of a worker that died is taken when its lease has run out, and not before", async () => {
    await simulate(async (sim) => {
      const site = new Site(sim, { work: inTurn(deaf(100_000), lasting(100, "by B")) });
      await site.leave("left", { state: "running", leaseUntil: Date.now() + 20_000, version: 2 });
      const began = Date.now() - sim.now();
      const dying = site.queue("A");
      await dying.enqueue("mail", "hello", { id: "j1" });
      dying.start();
      await pause(15_000);
      site.link("A").cut(); // Its last renewal was stored at 10 s.
      site.queue("B", { pollMs: 1_000 }).start();
      for (const [id, leaseUntil] of [
        ["left", 20_000],
        ["j1", 40_000],
      ] as const) {
        const stored = (await site.job(id)).leaseUntil - began;
        await site.ended(id);
        const beganAt = site.runsOf(id).find(({ worker }) => worker === "B")?.beganAt ?? Number.NaN;
        const isLeased = Math.abs(stored - leaseUntil) <= 5;
        guarantee(isLeased && beganAt > stored && beganAt <= stored + 1_001, {
          happened: `the worker of ${id} has died; its lease ran until ${stored} ms, and B began it at ${beganAt}`,
          expected: `the lease runs until ${leaseUntil}; B begins it after that, within a poll of 1,000 ms`,
          why: "Too early, and two do the same job. Never, and the job is lost with its worker.",
        });
      }
      await site.close();
    });
    // The store tells a queue of what that has in hand itself, too, once the lease has run out, and of that first.
    await simulate(async (sim) => {
      const isDown = () => sim.now() >= 5_000 && sim.now() <= 35_000;
      const plan = ({ method }: Call) => (method === "swap" && isDown() ? { fails: FAULT } : undefined);
      const site = new Site(sim, { plan, work: inTurn(deaf(100_000), lasting(100)) });
      await site.leave("own");
      site.queue("A", { concurrency: 2, pollMs: 1_000 }).start();
      await site.begun(0);
      await site.leave("left", { state: "running", leaseUntil: Date.now() + 40_000, version: 2 });
      await site.ended("left");
      const { beganAt } = site.runsOf("left")[0] ?? {};
      guarantee(beganAt !== undefined && beganAt > 40_000 && beganAt <= 41_001, {
        happened: `one of two places is held by a handler that goes on, although its lease was lost at 30,000 ms; another worker has died, the lease of its job ran until 40,000, and it was begun at ${beganAt ?? "no time"}`,
        expected: "it is begun after that, within a poll of 1,000 ms: there is a free place",
        why: "Asked for as many jobs as there are free places, the store tells of those that are in hand already. One handler that hangs, and the place beside it is idle, too.",
      });
      await site.close();
    });
  });

  it("3.3 a crash spends no attempt; it is counted by itself", () =>
    simulate(async (sim) => {
      const site = new Site(sim, { work: inTurn(failing(FAULT), lasting(100)) });
      await site.leave("j1", {
        state: "running",
        attempts: 2,
        crashes: 1,
        version: 8,
        leaseUntil: Date.now() + 5_000,
      });
      site.queue("B", { retries: 3, crashRetries: 5, baseDelayMs: 10 }).start();
      await site.begun(0);
      const running = await site.job("j1");
      guarantee(running.attempts === 2 && running.crashes === 2 && running.version === 9, {
        happened: `after 2 attempts and 1 crash its worker died; taken by another it has ${running.attempts} attempts, ${running.crashes} crashes, version ${running.version}`,
        expected: "2 attempts, 2 crashes, version 9",
        why: "That its worker died need not be its fault: a deployment that goes wrong must not use up the retries of all jobs.",
      });
      const { state, attempts, crashes } = await site.ended("j1");
      const made = site.runs.map(({ attempt }) => attempt).join(", ");
      guarantee(made === "3, 4" && state === "completed" && attempts === 4 && crashes === 2, {
        happened: `then one attempt failed and the next went well: begun as attempt ${made}, it is ${state} after ${attempts} attempts and ${crashes} crashes`,
        expected: "attempts 3 and 4, completed after 4 attempts and 2 crashes",
        why: "It has three retries, and has used them all.",
      });
      await site.close();
    }));

  it("3.4 after `crashRetries` crashes the next one makes the job dead; it is not begun again", () =>
    simulate(async (sim) => {
      const dyingSite = new Site(sim, { work: deaf(1_000) });
      await dyingSite.leave("poison");
      const options = { crashRetries: 2, leaseMs: 3_000 };
      for (const [n, worker] of ["A", "B", "C"].entries()) {
        dyingSite.queue(worker, options).start();
        await dyingSite.begun(n);
        dyingSite.link(worker).cut(); // It takes its worker along.
      }
      const sane = dyingSite.queue("D", options);
      await sane.enqueue("mail", "hello", { id: "good" });
      sane.start();
      const dead = await dyingSite.ended("poison", 60_000);
      checkDead(dead, { runs: dyingSite.runsOf("poison").length, expectedRuns: 3, crashes: 3, attempts: 0 });
      await polls(5);
      const { state } = await dyingSite.ended("good", 10_000);
      guarantee(state === "completed" && dyingSite.runsOf("poison").length === 3, {
        happened: `the worker that found it so left a good job ${state}, and the poisoned one was begun ${dyingSite.runsOf("poison").length} times in all`,
        expected: "the good one is completed, the other is not begun again",
        why: "One job that ends every process it meets would end them for ever.",
      });
      await dyingSite.close();
      for (const [crashRetries, crashes, expectedRuns] of [
        [undefined, 3, 0],
        [undefined, 2, 1],
        [0, 0, 0],
      ] as const) {
        const site = new Site(sim);
        await site.leave("j1", { state: "running", crashes, attempts: 2, leaseUntil: Date.now() - 1 });
        site.queue("A", crashRetries === undefined ? {} : { crashRetries }).start();
        const job = await site.ended("j1", 60_000);
        const runs = site.runs.length;
        if (expectedRuns === 0) checkDead(job, { runs, expectedRuns, crashes: crashes + 1, attempts: 2 });
        else
          checkOneRun(site, { state: job.state, crashes: job.crashes - 3 }, "2 of 3 crashes, and one more");
        await site.close();
      }
    }));

  it("3.5 an end that comes late is refused if somebody else has written the job since, and stored if nobody has", async () => {
    for (const [what, late] of [
      ["succeeds", deaf(43_000, "by A")],
      ["fails", failing(FAULT, 43_000)],
    ] as const) {
      await simulate(async (sim) => {
        const site = new Site(sim, { work: inTurn(late, lasting(5_000, "by B")) });
        const sleeper = site.queue("A");
        await sleeper.enqueue("mail", "hello", { id: "j1" });
        sleeper.start();
        await pause(15_000);
        site.link("A").cut(); // Its lease runs until 40 s.
        site.queue("B").start();
        await site.begun(1);
        site.link("A").restore();
        const { state, result, attempts, crashes } = await site.ended("j1");
        await polls(5);
        const now = await site.job("j1");
        const found = show({ state, result, attempts, crashes });
        guarantee(found === show({ state: "completed", result: "by B", attempts: 1, crashes: 1 }), {
          happened: `A lost its lease, B took the job, and A's handler ${what} while B's runs; in the end: ${found}`,
          expected: "completed by B, after 1 attempt and 1 crash: what A says late is refused",
          why: "B has it now. Whoever writes over it undoes what B has done, or makes a job that runs look as if it did not.",
        });
        const lost = site.errors.filter((error) => error instanceof Error && error.name === "LeaseLostError");
        const isTold = lost.length === 1 && show(lost[0]).includes("j1");
        guarantee(isTold && now.version === 5, {
          happened: `onError was told of ${lost.length} lost leases: ${lost.map(show).join("; ") || "none"}; the record was written ${now.version} times`,
          expected:
            "of one, by a LeaseLostError that names j1; written 5 times: stored, claimed, renewed, claimed, completed",
          why: "A worker that loses its leases has a sick machine, and somebody must hear of it.",
        });
        await site.close();
      });
    }
    await simulate(async (sim) => {
      const isAway = () => sim.now() >= 5_000 && sim.now() <= 50_000;
      const plan = (_call: Call): Fate | undefined => (isAway() ? { fails: FAULT } : undefined);
      const site = new Site(sim, { plan, work: deaf(60_000, "by A") });
      const alone = site.queue("A");
      await alone.enqueue("mail", "hello", { id: "j1" });
      alone.start();
      const job = await site.ended("j1");
      guarantee(job.result === "by A" && job.version === 3, {
        happened: `the store failed from 5 to 50 s, nobody else was there, and the handler resolved at 60 s to "by A"; stored is ${show(job.result)}, version ${job.version}`,
        expected: "its result, version 3: nobody else has written since the claim",
        why: "It is done. Why should it be done once more?",
      });
      checkOneRun(site, job, "a lease that ran out while its handler went on, and nobody else there");
      await site.close();
    });
  });

  it("3.6 when the lease is lost the handler's signal aborts, then and there", async () => {
    const takenAway = async (site: Site) => {
      const job = await site.job("j1");
      await site.store.swap({ ...job, version: job.version + 1, leaseId: "the clock of C is wrong" });
    };
    for (const [what, at, act, plan] of [
      ["the store is out of reach from 15 s on", 40_000, (site: Site) => site.link("A").cut(), undefined],
      ["somebody else writes the record at 15 s", 20_000, takenAway, undefined],
      [
        "the renewal that is sent at 10 s is answered at 35 s",
        30_000,
        () => {},
        () =>
          ({ job }: Call) =>
            job?.version === 3 ? { answerMs: 25_000 } : undefined,
      ],
      [
        "the store fails from 15 s on",
        40_000,
        () => {},
        (sim: Sim) =>
          ({ method }: Call) =>
            method === "swap" && sim.now() >= 15_000 ? { fails: FAULT } : undefined,
      ],
    ] as const) {
      await simulate(async (sim) => {
        let abortedAt: number | undefined;
        const work: Script = (run) => {
          run.signal.addEventListener("abort", () => {
            abortedAt = sim.now();
          });
          return lasting(100_000)(run);
        };
        const site = new Site(sim, { work, plan: plan?.(sim) });
        await site.leave("j1");
        site.queue("A", { pollMs: 1_000_000 }).start();
        await site.begun(0);
        await pause(15_000);
        await act(site);
        await pause(30_000);
        const [run] = site.runs as [Running];
        const { name } = (run.signal.reason ?? {}) as Error;
        guarantee(abortedAt !== undefined && Math.abs(abortedAt - at) <= 5 && name === "LeaseLostError", {
          happened: `${what}; the handler's signal ${abortedAt === undefined ? "has not aborted after 45 s" : `aborted at ${abortedAt} ms with ${show(run.signal.reason)}`}`,
          expected: `it aborts at ${at} ms, with a LeaseLostError`,
          why: "From then on somebody else may do the job: whatever this one still does is done twice.",
        });
        const job = await site.job("j1");
        guarantee(job.state === "running" && job.attempts === 0 && site.runs.length === 1, {
          happened: `${what}, and the handler threw what its signal said; the record is ${job.state}, after ${job.attempts} attempts, and a handler was called ${site.runs.length} times`,
          expected:
            "running, after 0 attempts, called once: nothing was written, so the lease goes on until it runs out",
          why: "It did not fail, and it is not ours any more.",
        });
        await site.close();
      });
    }
  });

  it("3.7 whenever a worker loses the store, two never do one job at the same time without being told", () =>
    explore(
      async (sim) => {
        const site = new Site(sim, { store: "whenever", work: (run) => lasting(45_000, run.worker)(run) });
        await site.leave("j1");
        for (const worker of ["A", "B"]) site.queue(worker, { concurrency: 1, pollMs: 6_000 }).start();
        sim.anytime("A loses the store", () => site.link("A").cut());
        const { state, attempts, result, crashes } = await site.ended("j1");
        guarantee(site.overlaps.length === 0, {
          happened: site.overlaps.join("; "),
          expected: "before B begins, A's lease has run out, and A's signal has aborted",
          why: "Two who charge the same card at the same time both find that it has not been charged.",
        });
        guarantee(state === "completed" && attempts === 1, {
          happened: `the job is ${state}, after ${attempts} attempts and ${crashes} crashes, ${site.runs.length} runs`,
          expected: "it is completed, after one attempt that has ended",
          why: "Whoever dies, no job is lost.",
        });
        const good = site.runs.filter(({ outcome, worker }) => outcome === "resolved" && worker === result);
        guarantee(good.length === 1, {
          happened: `stored is the result of ${show(result)}, who has ended it ${good.length} times`,
          expected: "the result of the one whose end was stored",
          why: "One end counts, and no other.",
        });
        site.link("A").restore();
        await site.close();
      },
      { maxSchedules: 300 },
    ));

  it("3.8 a claim that is answered when its lease has run out is not begun", () =>
    simulate(async (sim) => {
      const plan = ({ worker, job }: Call) =>
        worker === "A" && job?.version === 2 ? { answerMs: 33_000 } : undefined;
      const site = new Site(sim, { plan, work: lasting(5_000) });
      await site.leave("j1");
      site.queue("A").start();
      site.queue("B").start();
      const { state } = await site.ended("j1");
      await polls(10);
      const by = site.runs.map(({ worker, beganAt }) => `${worker} at ${beganAt} ms`).join(", ");
      guarantee(site.runs.length === 1 && state === "completed", {
        happened: `A's claim was stored at 0 and answered at 33 s, when its lease had run out, and B looks for jobs, too; it was begun by ${by || "nobody"}`,
        expected: "by one of them, once",
        why: "An answer tells how it was. By now the job is somebody else's.",
      });
      await site.close();
    }));

  it("3.9 a renewal or an end that fails is sent again while the lease holds, and nobody notices but `onError`", async () => {
    for (const target of ["renewal", "completed", "failed"] as const) {
      for (const times of [1, 3]) {
        await simulate(async (sim) => {
          let left = times;
          const plan = ({ method, job }: Call): Fate | undefined => {
            if (method !== "swap" || job === undefined || kindOf(job) !== target || left === 0)
              return undefined;
            left -= 1;
            return { fails: FAULT };
          };
          const work = target === "failed" ? inTurn(failing(FAULT, 15_000), lasting(10)) : lasting(15_000);
          const site = new Site(sim, { plan, work });
          await site.leave("j1");
          site.queue("A", { baseDelayMs: 0, pollMs: 700 }).start();
          const { state, attempts, crashes } = await site.ended("j1");
          const runs = site.runs.length;
          const expectedRuns = target === "failed" ? 2 : 1;
          const isQuiet = site.runs.every(({ signal }) => !signal.aborted);
          const isRight = state === "completed" && attempts === expectedRuns && crashes === 0;
          guarantee(isRight && runs === expectedRuns && isQuiet, {
            happened: `the write of a ${target} failed ${times} times: the job is ${state} after ${attempts} attempts, ${crashes} crashes and ${runs} calls of a handler${isQuiet ? "" : ", one of which was told that its lease is lost"}`,
            expected: `completed after ${expectedRuns} attempts and as many calls, no crash, and no handler is told anything`,
            why: "There was plenty of lease left. A hiccup of the store must not do a job again, nor lose what was done.",
          });
          guarantee(sim.now() <= 15_000 + 1_500 + 3_001 * times, {
            happened: `the write of a ${target} failed ${times} times, and the job was over at ${sim.now()} ms`,
            expected: "it is sent again within 3,000 ms each time, a tenth of the lease",
            why: "Else others wait for the whole lease.",
          });
          await site.close();
          guarantee(site.errors.length === times && site.errors.every((error) => error === FAULT), {
            happened: `the store failed ${times} times, and onError was told ${show(site.errors.map(show))}`,
            expected: `the very error, ${times} times, and nothing else`,
            why: "What is mended silently is never mended at its root.",
          });
        });
      }
    }
  });

  it("3.10 whenever a handler ends, before, during or after a renewal, its end is stored, as it was when it ended", async () => {
    for (let ms = 9_994; ms <= 10_010; ms += 1) {
      await simulate(async (sim) => {
        const site = new Site(sim, { plan: () => ({ afterMs: 3, answerMs: 3 }), work: lasting(ms - 6) });
        await site.leave("j1");
        site.queue("A").start();
        const { state, crashes } = await site.ended("j1");
        checkOneRun(
          site,
          { state, crashes },
          `a renewal under way from 10,000 to 10,006 ms, and an end at ${ms}`,
        );
        await site.close();
      });
    }
    await explore(async (sim) => {
      const site = new Site(sim, { store: "whenever", work: () => sim.io("works") });
      await site.leave("j1");
      site.queue("A", { pollMs: 50_000 }).start();
      const { state, crashes } = await site.ended("j1");
      const isLate = (site.runs[0]?.beganAt ?? 0) >= 30_000; // An earlier claim was answered after its lease.
      checkOneRun(site, { state, crashes: isLate ? 0 : crashes }, "a handler that ends at any moment");
      await site.close();
    });
    // The renewal is sent at 10 s and answered 8 s later; or only when the lease, as far as is known, has run out.
    for (const answerMs of [8_000, 25_000]) {
      await simulate(async (sim) => {
        const plan = ({ job }: Call) => (job?.version === 3 ? { answerMs } : undefined);
        const site = new Site(sim, { plan, work: inTurn(failing(FAULT, 11_000), lasting(10)) });
        await site.leave("j1");
        const began = Date.now() - sim.now();
        site.queue("A", { baseDelayMs: 60_000, random: () => 0.5 }).start();
        const { state, attempts, dueAt } = await site.when("j1", ["failed", "dead", "completed"], 60_000);
        const isRight = state === "failed" && attempts === 1 && Math.abs(dueAt - began - 41_000) <= 1;
        guarantee(isRight, {
          happened: `the handler failed at 11,000 ms, while a renewal was under way that was answered at ${10_000 + answerMs}: the job is ${state} after ${attempts} attempts, due at ${dueAt - began} ms`,
          expected: "failed, after 1 attempt, and due at 41,000 ms: a delay of 30,000 from its failure",
          why: "What happens later says nothing about how it ended. A job that always fails, and is never seen to, is never dead.",
        });
        await site.close();
      });
    }
    // The renewal is answered at 12 s; the end is sent after that, and takes 10 s to get to the store.
    for (const [what, renewal] of [
      ["was stored", { answerMs: 2_000 }],
      ["failed", { afterMs: 2_000, fails: FAULT }],
    ] as const) {
      await simulate(async (sim) => {
        const plan = ({ method, job, nth }: Call): Fate | undefined => {
          if (method === "swap" && nth === 2) return renewal;
          return job?.state === "completed" ? { afterMs: 10_000 } : undefined;
        };
        const site = new Site(sim, { plan, work: lasting(11_000) });
        await site.leave("j1");
        site.queue("A").start();
        const { state, crashes } = await site.ended("j1");
        checkOneRun(
          site,
          { state, crashes },
          `the handler ended at 11 s, while a renewal was under way that ${what} at 12 s; the end took 10 s to get to the store`,
        );
        await site.close();
      });
    }
  });
});

function kindOf({ state, version }: JobRecord): string {
  return state === "running" ? (version === 2 ? "claim" : "renewal") : state;
}

function checkOneRun(site: Site, job: Pick<JobRecord, "state" | "crashes">, what: string): void {
  const runs = site.runsOf("j1").map(({ worker, beganAt }) => `${worker} at ${beganAt} ms`);
  guarantee(runs.length === 1 && job.state === "completed" && job.crashes === 0, {
    happened: `${what}: the job was begun by ${runs.join(", ") || "nobody"}, and is ${job.state}, with ${job.crashes} crashes`,
    expected: "it is begun once, and completed, and nobody counts a crash",
    why: "A job that is being done must not be done by a second one; and what is done must be known to be done.",
  });
}

interface Death {
  readonly runs: number;
  readonly expectedRuns: number;
  readonly crashes: number;
  readonly attempts: number;
}

function checkDead(job: JobRecord, { runs, expectedRuns, crashes, attempts }: Death): void {
  const isDead = job.state === "dead" && job.crashes === crashes && job.attempts === attempts;
  guarantee(isDead && runs === expectedRuns && typeof job.error === "string", {
    happened: `its workers died; it was begun ${runs} times, and is ${job.state} after ${job.crashes} crashes and ${job.attempts} attempts, error ${show(job.error)}`,
    expected: `begun ${expectedRuns} times; dead after ${crashes} crashes and ${attempts} attempts, with a text that says why`,
    why: "A job that ends each process that takes it up must not be taken up for ever.",
  });
}
