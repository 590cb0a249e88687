import { guarantee } from "@pattern-labs/testkit";
import { describe, it } from "vitest";
import type { JobRecord } from "../contract.ts";
import { endOf, show, describe as tell } from "./outcome.ts";
import { explore, simulate } from "./runs.ts";
import { failing, inTurn, lasting, pause, polls, type Script } from "./scripts.ts";
import { Site } from "./site.ts";

const FAULT = new Error("mail server is busy");

describe("Step 2: retry", () => {
  it("2.1 a job that fails is due after a random part of a delay that doubles", () =>
    simulate(async (sim) => {
      const chances = [0.5, 0.25, 0.999];
      let asked = 0;
      const random = () => {
        asked += 1;
        return chances[asked - 1] ?? 0;
      };
      const site = new Site(sim, { work: failing(FAULT) });
      const queue = site.queue("A", { random, pollMs: 10, baseDelayMs: 1_000, maxDelayMs: 1_500 });
      await queue.enqueue("mail", "hello", { id: "j1" });
      queue.start();
      for (const [n, expected] of [500, 375, 1_498.5].entries()) {
        const { endedAt = 0 } = await site.over(n);
        const job = await site.job("j1");
        const delay = job.dueAt - Date.now() + (sim.now() - endedAt);
        const isRight = job.state === "failed" && job.attempts === n + 1 && Math.abs(delay - expected) <= 1;
        guarantee(isRight && job.error?.includes(FAULT.message) === true, {
          happened: `attempt ${n + 1} failed, random gave ${chances[n]}, and the store has it as ${job.state} after ${job.attempts} attempts, due ${delay} ms later, error ${show(job.error)}`,
          expected: `failed after ${n + 1}, due ${expected} ms later (${chances[n]} × the smaller of 1,500 and 1,000 × 2^${n}), with the error's message`,
          why: "If a thousand jobs failed because a server was down, they must not all come back in the same second.",
        });
      }
      const dead = await site.ended("j1");
      guarantee(dead.state === "dead" && asked === 3, {
        happened: `three retries were made, and random was called ${asked} times; now it is ${dead.state}`,
        expected: "once for each retry, and it is dead",
        why: "It is drawn when there is something to draw.",
      });
      await site.close();
    }));

  it("2.2 a retry begins when it is due, not before, and at most `pollMs` later", () =>
    simulate(async (sim) => {
      for (const chance of [0, 0.1, 0.37, 0.9]) {
        const site = new Site(sim, { work: inTurn(failing(FAULT), failing(FAULT), lasting(10)) });
        const queue = site.queue("A", { random: () => chance, pollMs: 20 });
        const began = Date.now() - sim.now();
        await queue.enqueue("mail", "hello", { id: "j1" });
        queue.start();
        for (const n of [0, 1]) {
          await site.over(n);
          const dueAt = (await site.job("j1")).dueAt - began;
          const { beganAt } = await site.begun(n + 1);
          guarantee(beganAt >= Math.floor(dueAt) && beganAt <= dueAt + 21, {
            happened: `due at ${dueAt} ms, it was begun at ${beganAt}`,
            expected: "not before, and at most 20 ms later: pollMs",
            why: "The delay is there because the other side asked for it by failing.",
          });
        }
        const { state, attempts, error } = await site.ended("j1");
        guarantee(state === "completed" && attempts === 3 && error === undefined, {
          happened: `it failed twice and then went well: ${state}, ${attempts} attempts, error ${show(error)}`,
          expected: "completed, 3 attempts, and no error any more",
          why: "It is done; that it was hard is told by the attempts.",
        });
        await site.close();
      }
    }));

  it("2.3 a job that waits for its retry holds no place", () =>
    simulate(async (sim) => {
      const site = new Site(sim, { work: (run) => (run.id === "bad" ? failing(FAULT) : lasting(100))(run) });
      const queue = site.queue("A", { concurrency: 1, baseDelayMs: 40_000, random: () => 0.9 });
      for (const id of ["bad", "j1", "j2", "j3"]) await queue.enqueue("mail", id, { id });
      queue.start();
      await pause(5_000);
      const states = await statesOf(site, ["bad", "j1", "j2", "j3"]);
      guarantee(states === "failed, completed, completed, completed", {
        happened: `the first of four jobs has failed, and is due again after 36 s; after 5 s the four are ${states}, with one place`,
        expected: "failed, completed, completed, completed",
        why: "Ten jobs that wait for a server that is down would hold all ten places, and everybody waits with them.",
      });
      await site.close();
    }));

  it("2.4 with its retries used up, or after a permanent error, a job is dead, and not done again", () =>
    simulate(async (sim) => {
      const refused = new Error("no such address");
      const asked: unknown[] = [];
      const isPermanent = (error: unknown) => {
        asked.push(error);
        return error === refused;
      };
      for (const [what, work, retries, runs] of [
        ["which fails each time, with 3 retries,", failing(FAULT), undefined, 4],
        ["which fails each time, with 1 retry,", failing(FAULT), 1, 2],
        ["which fails each time, with none,", failing(FAULT), 0, 1],
        ["with a permanent error", failing(refused), 3, 1],
        ["with a permanent error after another", inTurn(failing(FAULT), failing(refused)), 3, 2],
      ] as const) {
        const site = new Site(sim, { work });
        const queue = site.queue("A", { retries, isPermanent, baseDelayMs: 10 });
        await queue.enqueue("mail", { to: "ann" }, { id: "j1" });
        queue.start();
        const { state, attempts, error, payload } = await site.ended("j1");
        await polls(5);
        const made = site.runs.map(({ attempt }) => attempt).join(", ");
        const isDead = state === "dead" && attempts === runs && show(payload) === show({ to: "ann" });
        guarantee(isDead && site.runs.length === runs && site.runs.at(-1)?.attempt === runs, {
          happened: `a job ${what} was begun as attempt ${made}, and is ${state} after ${attempts} attempts, payload ${show(payload)}`,
          expected: `${runs} attempts, counted from 1; then it is dead, with its payload`,
          why: "Tried for ever, it takes the place of those that can be done. Thrown away, nobody can mend it.",
        });
        const last = what.includes("permanent") ? refused : FAULT;
        guarantee(error?.includes(last.message) === true, {
          happened: `it died of ${show(last)}, and its error is ${show(error)}`,
          expected: "a text with the message of the last error",
          why: "Somebody has to find out why.",
        });
        await site.close();
      }
      guarantee(
        asked.every((error) => error === FAULT || error === refused),
        {
          happened: `isPermanent was asked about ${show(asked.map(show))}`,
          expected: "about the very errors of the handler",
          why: "It tells them apart by what they are.",
        },
      );
    }));

  it("2.5 whatever is thrown, at once or later, is a failed attempt, and its error a text", () =>
    simulate(async (sim) => {
      const things = [undefined, "busy", Object.create(null), FAULT];
      for (const thing of things) {
        for (const work of [failing(thing), throwing(thing)]) {
          const site = new Site(sim, { work });
          const queue = site.queue("A", { concurrency: 1, retries: 0 });
          for (const id of ["j1", "j2"]) await queue.enqueue("mail", id, { id });
          queue.start();
          await site.ended("j2", 20_000);
          for (const id of ["j1", "j2"]) {
            const { state, attempts, error } = await site.job(id);
            guarantee(state === "dead" && attempts === 1 && typeof error === "string", {
              happened: `a handler threw ${typeof thing === "object" ? "an object" : String(thing)}: ${id} is ${state} after ${attempts} attempts, with the error ${show(error)}`,
              expected: "it is dead after 1 attempt (there are no retries), and the error is a text",
              why: "A job whose failure makes the queue fail takes a place with it: ten of them, and all stands still.",
            });
          }
          await site.close();
        }
      }
    }));

  it("2.6 a restart forgets nothing: the attempts that were made before it count", () =>
    simulate(async (sim) => {
      const site = new Site(sim, { work: failing(FAULT) });
      const options = { random: () => 0.5, baseDelayMs: 10_000 };
      const before = site.queue("before", options);
      await before.enqueue("mail", "hello", { id: "j1" });
      before.start();
      await site.over(1);
      await before.stop({ deadlineMs: 60_000, graceMs: 0 });
      site.queue("after", options).start();
      const { state } = await site.ended("j1");
      const made = site.runs.map(({ worker, attempt }) => `${attempt} ${worker}`).join(", ");
      guarantee(made === "1 before, 2 before, 3 after, 4 after" && state === "dead", {
        happened: `the process was restarted after two attempts; in all these were made: ${made}; then the job was ${state}`,
        expected: "1 before, 2 before, 3 after, 4 after; then it is dead",
        why: "With the count in memory, each deployment makes a job that cannot be done young again.",
      });
      await site.close();
    }));

  it("2.7 dead jobs are listed; `replay` makes one young again, and leaves any other job alone", async () => {
    await simulate(async (sim) => {
      const work = inTurn(failing(FAULT), failing(FAULT), failing(FAULT), lasting(10, "sent"));
      const site = new Site(sim, { work });
      await site.leave("j1", { state: "dead", attempts: 4, crashes: 2, version: 9, error: "busy" });
      for (const state of ["completed", "cancelled"] as const) await site.leave(state, { state });
      await site.leave("waits", { dueAt: Date.now() + 1e9 });
      await site.leave("runs", { state: "running", leaseUntil: Date.now() + 1e9 });
      await site.leave("failed", { state: "failed", dueAt: Date.now() + 1e9 });
      const queue = site.queue("A", { pollMs: 50_000, baseDelayMs: 1 });
      const listed = (await queue.list({ state: "dead", limit: 9 })).map(
        ({ id, error }) => `${id}: ${error}`,
      );
      guarantee(listed.join() === "j1: busy", {
        happened: `of six jobs j1 is dead, of "busy"; \`list\` of the dead ones gave ${listed.join() || "none"}`,
        expected: "j1, with its error",
        why: "What nobody can look at is lost, wherever it is stored.",
      });
      for (const id of ["completed", "cancelled", "waits", "runs", "failed", "unknown"]) {
        const outcome = await endOf(() => queue.replay(id));
        guarantee("value" in outcome && outcome.value === false, {
          happened: `\`replay\` of a job that is not dead (${id}) ${tell(outcome)}`,
          expected: "false",
          why: "It would be done twice.",
        });
      }
      const isReplayed = await queue.replay("j1");
      const young = await site.job("j1");
      const isYoung = young.state === "pending" && young.attempts === 0 && young.crashes === 0;
      guarantee(isReplayed && isYoung && young.version === 10 && young.dueAt <= Date.now(), {
        happened: `\`replay\` of a dead job gave ${isReplayed}, and made it ${show(young)}`,
        expected: "true; pending, due at once, 0 attempts, 0 crashes, its version raised by 1",
        why: "Its cause is mended: it starts afresh.",
      });
      queue.start();
      const { state, attempts, result } = await site.ended("j1");
      const made = site.runs.map(({ attempt }) => attempt).join(", ");
      guarantee(made === "1, 2, 3, 4" && state === "completed" && attempts === 4 && result === "sent", {
        happened: `replayed, it failed three times and then went well: begun as attempt ${made}, it is ${state} after ${attempts}, result ${show(result)}`,
        expected: "attempts 1, 2, 3, 4, and completed: it has all its retries again",
        why: "With none left, the first fault would make it dead once more.",
      });
      await site.close();
    });
    await explore(async (sim) => {
      const site = new Site(sim, { store: "whenever" });
      await site.leave("j1", { state: "dead", version: 5 });
      const [first, second] = [site.queue("A"), site.queue("B")];
      const replayed = await Promise.all([
        sim.spawn("Ann", () => first.replay("j1")),
        sim.spawn("Bob", () => second.replay("j1")),
      ]);
      const { state, version } = await site.job("j1");
      guarantee(replayed.filter(Boolean).length === 1 && state === "pending" && version === 6, {
        happened: `two people replayed the same job, and were told ${replayed.join(" and ")}; it is ${state}, version ${version}`,
        expected: "one is told true, the other false; it is pending, version 6",
        why: "The second one would take back what the first has made possible.",
      });
      await site.close();
    });
  });
});

/** Fails without giving a promise. */
const throwing =
  (error: unknown): Script =>
  () => {
    throw error;
  };

async function statesOf(site: Site, ids: readonly string[]): Promise<string> {
  const jobs: JobRecord[] = [];
  for (const id of ids) jobs.push(await site.job(id));
  return jobs.map(({ state }) => state).join(", ");
}
