import { guarantee } from "@pattern-labs/testkit";
import { describe, it } from "vitest";
import type { Job } from "../contract.ts";
import type { Call, Fate } from "./link.ts";
import { endOf, nameOf, show, describe as tell } from "./outcome.ts";
import { explore, simulate } from "./runs.ts";
import { lasting, pause, polls, type Run } from "./scripts.ts";
import { Site } from "./site.ts";

/** A lease that hardly ever runs out: that is for step 3. */
const ENDLESS_MS = 2_147_483_647;

describe("Step 1: process", () => {
  it("1.1 `enqueue` resolves once the job is stored, and rejects if the store fails", () =>
    explore(async (sim) => {
      const lost = new Error("disk full");
      const fate = sim.choose("the store", ["stores it", "fails"]);
      const plan = () => (fate === "fails" ? { fails: lost } : undefined);
      const site = new Site(sim, { store: "whenever", plan });
      const queue = site.queue("A");
      const now = Date.now();
      const outcome = await endOf(() => queue.enqueue("mail", { to: "ann" }));
      if (fate === "fails") {
        guarantee("error" in outcome && outcome.error === lost, {
          happened: `the store failed with ${show(lost)}, and \`enqueue\` ${tell(outcome)}`,
          expected: "it rejects with the very error",
          why: "Whoever is told that the job is in will not send it again: it is lost.",
        });
        return await site.close();
      }
      const id = "value" in outcome ? outcome.value : undefined;
      const stored = typeof id === "string" ? await site.store.get(id) : undefined;
      guarantee(stored !== undefined, {
        happened: `\`enqueue\` ${tell(outcome)}, and at that moment the store had no job of this id`,
        expected: "it resolves with the job's id, when that is stored",
        why: "Between the two the power may fail. The client was told 202, and nobody knows of its job.",
      });
      const { payload, type, state, attempts, crashes, version } = stored;
      const found = show({ type, payload, state, attempts, crashes, version });
      const expected = show({
        type: "mail",
        payload: { to: "ann" },
        state: "pending",
        attempts: 0,
        crashes: 0,
        version: 1,
      });
      const isNow = stored.dueAt === now && stored.createdAt === now && stored.updatedAt === now;
      guarantee(found === expected && isNow, {
        happened: `enqueued at ${now}, the store had ${show(stored)}`,
        expected: `${expected}, due and created at that moment`,
        why: "Other processes read this record, with other versions of this code.",
      });
      const second = await queue.enqueue("mail", { to: "bob" });
      guarantee(second !== id, {
        happened: `two jobs had the same id, ${show(id)}`,
        expected: "each has an id of its own",
        why: "The second one would be taken for the first, and dropped.",
      });
      await site.close();
    }));

  it("1.2 an unknown type and a payload that its schema refuses are refused at the door", () =>
    simulate(async (sim) => {
      const site = new Site(sim);
      const refused = new TypeError("to is missing");
      const parse = (payload: unknown) => {
        if (typeof payload !== "object" || payload === null || !("to" in payload)) throw refused;
        return { to: payload.to, copies: 1 };
      };
      const queue = site.queue("A", { types: { mail: site.type("A", "mail", { parse }) } });
      queue.start();
      for (const type of ["male", "toString"]) {
        const outcome = await endOf(() => queue.enqueue(type, { to: "ann" }, { id: `of type ${type}` }));
        guarantee("error" in outcome && nameOf(outcome.error) === "UnknownTypeError", {
          happened: `\`enqueue\` with the type ${show(type)} ${tell(outcome)}`,
          expected: "it rejects with an UnknownTypeError",
          why: "A job that nobody can do is in the queue for ever, and its sender believes that it will be done.",
        });
      }
      const outcome = await endOf(() => queue.enqueue("mail", { too: "ann" }, { id: "bad" }));
      guarantee("error" in outcome && outcome.error === refused, {
        happened: `a payload for which the schema threw ${show(refused)}: \`enqueue\` ${tell(outcome)}`,
        expected: "it rejects with the very error",
        why: "Only the sender can mend it, and he is here now: at night there is nobody.",
      });
      await queue.enqueue("mail", { to: "ann", colour: "red" }, { id: "good" });
      await site.ended("good");
      const [run] = site.runs;
      guarantee(site.runs.length === 1 && show(run?.payload) === show({ to: "ann", copies: 1 }), {
        happened: `of three refused jobs and a good one, these were done: ${show(site.runs.map(({ id, payload }) => ({ id, payload })))}`,
        expected: 'the good one alone, with what its schema made of it: {"to":"ann","copies":1}',
        why: "The handler was written for what the schema gives.",
      });
      await site.close();
    }));

  it("1.3 never more than `concurrency` jobs are in hand, and so many are when there are", async () => {
    await simulate(async (sim) => {
      const ids = Array.from({ length: 25 }, (_, n) => `j${n}`);
      for (const plan of [() => undefined, () => ({ afterMs: 7, answerMs: 5 })]) {
        const site = new Site(sim, { plan, work: lasting(2_000) });
        const queue = site.queue("A", { pollMs: 200, concurrency: undefined }); // Ten.
        for (const id of ids) await queue.enqueue("mail", id, { id });
        queue.start();
        for (const id of ids) await site.ended(id);
        checkPeak(site, 10);
        guarantee(site.runs.length === 25, {
          happened: `25 jobs were enqueued, and ${site.runs.length} handlers called`,
          expected: "25",
          why: "Each is done once.",
        });
        await site.close();
      }
    });
    await explore(async (sim) => {
      const site = new Site(sim, { store: "whenever", work: () => sim.io("works") });
      const queue = site.queue("A", { concurrency: 2, leaseMs: ENDLESS_MS });
      for (const id of ["j1", "j2", "j3", "j4"]) await site.leave(id);
      queue.start();
      for (const id of ["j1", "j2", "j3", "j4"]) await site.ended(id);
      const isOverdue = sim.now() >= ENDLESS_MS; // The explorer can hold up an answer for longer than any lease.
      guarantee((site.peaks.get("A") ?? 0) <= 2 && (site.mostClaimed <= 2 || isOverdue), {
        happened: `${site.peaks.get("A")} handlers ran at once, and ${site.mostClaimed} jobs were claimed at once, by a queue of 2`,
        expected: "at most 2, of both",
        why: "What one takes beyond what it can do, others wait for.",
      });
      await site.close();
    });
  });

  it("1.4 nothing begins before `start`; then it does what is there, whoever has enqueued it", () =>
    simulate(async (sim) => {
      const site = new Site(sim);
      const producer = site.queue("producer");
      const queue = site.queue("A", { concurrency: 1 });
      for (const id of ["j1", "j2", "j3"]) await producer.enqueue("mail", id, { id });
      await queue.enqueue("mail", "j4", { id: "j4" });
      await polls(3);
      guarantee(site.runs.length === 0, {
        happened: `${site.runs.length} jobs were begun, and nobody had called \`start\``,
        expected: "none",
        why: "A process that only takes in orders must not begin to work on them.",
      });
      queue.start();
      queue.start();
      for (const id of ["j1", "j2", "j3", "j4"]) await site.ended(id);
      queue.start();
      checkPeak(site, 1);
      const done = site.runs
        .map(({ id, worker }) => `${id} by ${worker}`)
        .sort()
        .join(", ");
      guarantee(done === "j1 by A, j2 by A, j3 by A, j4 by A", {
        happened: `four jobs had been stored, three of them by another queue; after \`start\` of A these were done: ${done || "none"}`,
        expected: "all four, once, by A",
        why: "What was stored before the restart is what must not be lost.",
      });
      await site.close();
    }));

  it("1.5 while its handler runs a job is `running`, under a lease; then it is `completed`, with its result", () =>
    simulate(async (sim) => {
      let seen: Run | undefined;
      const site = new Site(sim, {
        work: async (run) => {
          seen = run;
          await pause(100);
          return { sent: 3 };
        },
      });
      const queue = site.queue("A", { leaseMs: 20_000 });
      await queue.enqueue("mail", { to: "ann" }, { id: "j1" });
      const began = Date.now();
      queue.start();
      await pause(50);
      const isGiven = show(seen?.payload) === show({ to: "ann" }) && seen?.id === "j1" && seen.attempt === 1;
      guarantee(isGiven && seen?.signal instanceof AbortSignal && !seen.signal.aborted, {
        happened: `the handler was given ${givenTo(seen)}`,
        expected:
          'the payload {"to":"ann"}, the id "j1" that `enqueue` was given, attempt 1, and a signal that has not aborted',
        why: "By the id it can tell whether it has done this before.",
      });
      const running = await site.job("j1");
      const isLeased = running.leaseUntil === began + 20_000;
      guarantee(running.state === "running" && running.version === 2 && isLeased, {
        happened: `while it ran the store had ${show(running)}`,
        expected: `running, version 2, leaseUntil ${began + 20_000}: claimed at ${began}, for 20,000 ms`,
        why: "Without a lease nobody can tell a job that is being done from one whose worker is dead.",
      });
      await site.ended("j1");
      const job = (await queue.get("j1")) as Job;
      const { state, attempts, crashes, result, error } = job;
      const found = show({ state, attempts, crashes, result, error: error ?? null });
      const expected = { state: "completed", attempts: 1, crashes: 0, result: { sent: 3 }, error: null };
      guarantee(found === show(expected) && job.updatedAt === began + 100, {
        happened: `it resolved to {"sent":3} after 100 ms, and \`get\` tells ${show(job)}`,
        expected: `${show(expected)}, updated at ${began + 100}`,
        why: "Somebody will ask what became of it.",
      });
      const nobody = await endOf(() => queue.get("j2"));
      guarantee("value" in nobody && nobody.value === undefined, {
        happened: `\`get\` of an id that nobody has ${tell(nobody)}`,
        expected: "undefined",
        why: "It is a question, not a fault.",
      });
      await site.close();
    }));

  it("1.6 what a handler does to its payload is not stored", () =>
    simulate(async (sim) => {
      const empties = async ({ payload }: Run) => {
        const list = payload as string[];
        await pause(100);
        list.length = 0;
      };
      const site = new Site(sim, { work: empties });
      const queue = site.queue("A");
      await queue.enqueue("mail", ["ann", "bob"], { id: "j1" });
      queue.start();
      const { payload } = await site.ended("j1");
      guarantee(show(payload) === show(["ann", "bob"]), {
        happened: `a handler takes one address after the other from its list; the payload that is stored in the end is ${show(payload)}`,
        expected: '["ann","bob"], as it was enqueued',
        why: "If it fails half-way its next attempt finds a shorter list, does nothing, and all are told that it is done.",
      });
      await site.close();
    }));

  it("1.7 of two queues that want the same job, whoever's claim is stored does it, and nobody else", () =>
    explore(
      async (sim) => {
        const site = new Site(sim, { store: "whenever", work: async () => {} });
        for (const id of ["j1", "j2"]) await site.leave(id);
        for (const worker of ["A", "B"]) site.queue(worker, { concurrency: 2, leaseMs: ENDLESS_MS }).start();
        for (const id of ["j1", "j2"]) {
          const { state } = await site.ended(id);
          const runs = site.runsOf(id).map(({ worker }) => worker);
          const isOverdue = sim.now() >= ENDLESS_MS; // As above.
          guarantee((runs.length === 1 || isOverdue) && state === "completed", {
            happened: `job ${id} was done by ${runs.join(" and by ") || "nobody"}, and is ${state}`,
            expected: "it is done once, and completed",
            why: "Both have seen it waiting. A mail that is sent twice cannot be called back.",
          });
        }
        await site.close();
      },
      { maxSchedules: 400 },
    ));

  it("1.8 with a free place it begins at once what it has enqueued itself, and what waits when a place gets free", async () => {
    // The first question is heard after 10 ms, and answered after 20: in between the job comes too late for it.
    const slow: Fate = { afterMs: 10, answerMs: 10 };
    const failing: Fate = { afterMs: 20, fails: new Error("too many connections") };
    for (const first of [slow, failing]) {
      for (let moment = 0; moment <= 45; moment += 3) await enqueueAt(moment, first);
    }
    async function enqueueAt(moment: number, first: Fate): Promise<void> {
      await simulate(async (sim) => {
        const plan = ({ method, nth }: Call) =>
          method !== "claimable" ? undefined : nth === 1 ? first : slow;
        const site = new Site(sim, { plan });
        const queue = site.queue("A", { concurrency: 2, pollMs: 60_000 });
        queue.start();
        await pause(moment);
        await queue.enqueue("mail", "hello", { id: "j1" });
        checkSoon(await site.ended("j1"), site, sim.now());
        await site.close();
      });
    }
    await simulate(async (sim) => {
      const site = new Site(sim);
      const queue = site.queue("A", { concurrency: 1, pollMs: 60_000 });
      for (const id of ["j1", "j2", "j3"]) await queue.enqueue("mail", id, { id });
      queue.start();
      for (const id of ["j1", "j2", "j3"]) checkSoon(await site.ended(id), site, sim.now());
      await site.close();
    });
  });

  it("1.9 it looks again after `pollMs` at most, also when the store fails: then `onError` is told", () =>
    simulate(async (sim) => {
      const broken = new Error("the store is down");
      let isDown = false;
      const site = new Site(sim, {
        plan: ({ method }) => (isDown && method === "claimable" ? { fails: broken } : undefined),
      });
      const queue = site.queue("A", { pollMs: 5_000 });
      queue.start();
      await pause(12_000);
      await site.leave("j1");
      const left = sim.now();
      await site.ended("j1", 60_000);
      const { beganAt } = site.runsOf("j1")[0] ?? {};
      guarantee(beganAt !== undefined && beganAt - left <= 5_000, {
        happened: `another process stored a job at ${left} ms, and it was begun at ${beganAt ?? "no time"}`,
        expected: "at most 5,000 ms later: pollMs",
        why: "Nobody rings when somebody else has enqueued.",
      });
      isDown = true;
      await site.leave("j2");
      await pause(11_000);
      guarantee(site.errors.length >= 2 && site.errors.every((error) => error === broken), {
        happened: `the store failed each time it was asked, for 11 s, and onError was told ${show(site.errors.map(show))}`,
        expected: `${show(broken)}, the very error, each time, at least twice`,
        why: "A queue that stands still and says nothing is noticed by its customers.",
      });
      isDown = false;
      const { state } = await site.ended("j2", 10_000);
      guarantee(state === "completed", {
        happened: `the store was well again, and 10 s later the job was ${state}`,
        expected: "completed",
        why: "Databases are restarted. A queue that then has to be restarted, too, is forgotten.",
      });
      await site.close();
    }));
});

function checkPeak(site: Site, limit: number): void {
  const peak = site.peaks.get("A") ?? 0;
  guarantee(peak === limit && site.mostClaimed === limit, {
    happened: `at most ${peak} handlers ran at once, and ${site.mostClaimed} jobs were claimed at once`,
    expected: `${limit} of both: that is its concurrency, and there was more to do`,
    why: "Fewer, and others wait for nothing. More, and the machine goes down; or jobs wait here that another worker would begin.",
  });
}

/** What the contract knows, and nothing that the test has added. */
function givenTo(run: Run | undefined): string {
  if (run === undefined) return "nothing: within 50 ms it was not called";
  const { payload, id, attempt, signal } = run;
  const isSignal = signal instanceof AbortSignal;
  const told = isSignal
    ? signal.aborted
      ? "a signal that has aborted"
      : "a signal"
    : `the signal ${show(signal)}`;
  return `the payload ${show(payload)}, the id ${show(id)}, attempt ${show(attempt)}, and ${told}`;
}

function checkSoon({ id, state }: Job, site: Site, now: number): void {
  const began = site.runsOf(id).map(({ beganAt }) => `${beganAt} ms`);
  guarantee(state === "completed" && now < 60_000, {
    happened: `${id} is ${state} at ${now} ms; it was begun at ${began.join(", ") || "no time"}`,
    expected: "it is done long before the next poll, at 60,000 ms",
    why: "Whoever waits for the poll although there is work and a free place is as slow as the poll, and a short poll wears out the store.",
  });
}
