import { challenge, guarantee } from "@pattern-labs/testkit";
import { it } from "vitest";
import { endOf, nameOf, show, describe as tell } from "./outcome.ts";
import { explore, simulate } from "./runs.ts";
import { failing, inTurn, lasting, pause, polls } from "./scripts.ts";
import { Site } from "./site.ts";
import { lab } from "./subject.ts";

challenge("scheduling", lab, () => {
  it("scheduling.1 of those that may be claimed the higher priority is begun first, then who has waited for longest", () =>
    simulate(async (sim) => {
      const fault = new Error("mail server is busy");
      const site = new Site(sim, { work: inTurn(failing(fault, 100), lasting(100)) });
      const queue = site.queue("A", { concurrency: 1, pollMs: 10, random: () => 0, baseDelayMs: 0 });
      for (const [id, priority] of [
        ["urgent", 5],
        ["plain", undefined],
        ["low", -1],
        ["first of two", 2.5],
        ["second of two", 2.5],
        ["none", 0],
      ] as const) {
        await queue.enqueue("mail", id, { id, priority });
        await pause(1);
      }
      queue.start();
      await site.ended("low");
      const order = site.runs.map(({ id }) => id).join(", ");
      const expected = "urgent, urgent, first of two, second of two, plain, none, low";
      guarantee(order === expected, {
        happened: `begun in this order: ${order}`,
        expected: `${expected} (the first fails once, and is due again at once)`,
        why: "A password mail must not wait behind ten thousand newsletters, not even for its retry.",
      });
      await site.close();
    }));

  it("scheduling.2 a delayed job is begun when it is due, not before, and at most `pollMs` later", () =>
    simulate(async (sim) => {
      const site = new Site(sim);
      const queue = site.queue("A", { pollMs: 500 });
      queue.start();
      await pause(1_234);
      const delays = { soon: 0, later: 10_000, tomorrow: 86_400_000 };
      for (const [id, delayMs] of Object.entries(delays))
        await queue.enqueue("mail", id, { id, delayMs, priority: 9 });
      await pause(50_000);
      const begun = site.runs.map(({ id, beganAt }) => ({ id, after: beganAt - 1_234 }));
      const [soon, later] = begun;
      const isRight = soon?.after === 0 && (later?.after ?? 0) >= 10_000 && (later?.after ?? 0) <= 10_501;
      guarantee(begun.length === 2 && isRight, {
        happened: `with delays of ${show(delays)} ms, after 50 s these were begun: ${show(begun)}`,
        expected: "the first at once, the second after 10,000 ms, and at most 500 later; the third not yet",
        why: "A reminder that comes early is as wrong as one that never comes.",
      });
      await site.close();
    }));

  it("scheduling.3 of those who enqueue a unique job at the same time one stores it; while it has not ended it stays as it is", () =>
    explore(async (sim) => {
      const site = new Site(sim, { store: "whenever", work: () => sim.io("works") });
      const [here, there] = [site.queue("A", { concurrency: 1 }), site.queue("B")];
      const options = { id: "nightly", unique: true };
      here.start();
      const both = [
        sim.spawn("Ann", () => here.enqueue("mail", "Ann", options)),
        sim.spawn("Bob", () => there.enqueue("mail", "Bob", options)),
      ];
      const ids = await Promise.all(both);
      const { version, state } = await site.ended("nightly");
      // One enqueue, or one after the other's job had ended: each job is written three times, and there are no others.
      const runs = site.runs.length;
      guarantee(
        ids.every((id) => id === "nightly") && state === "completed" && version === 3 * runs && runs <= 2,
        {
          happened: `two enqueued one unique job: they were given ${ids.join(" and ")}; it was done ${runs} times, is ${state}, and was written ${version} times`,
          expected: "both its id; each time it is done it was stored, claimed and completed",
          why: "Written over while it runs, its end is refused, and it is done once more.",
        },
      );
      await site.close();
    }));

  it("scheduling.4 once a unique job has ended it is stored anew; of several who do that one is first", async () => {
    await simulate(async (sim) => {
      const site = new Site(sim);
      for (const state of ["completed", "dead", "cancelled"] as const) {
        await site.leave(state, { state, version: 7, attempts: 3, crashes: 1, result: "old", error: "old" });
        const queue = site.queue(`A ${state}`);
        const id = await queue.enqueue("mail", "new", { id: state, unique: true, priority: 2 });
        const job = await site.job(state);
        const { version, payload, attempts, crashes, result, error, priority } = job;
        const found = show({
          id,
          state: job.state,
          version,
          payload,
          attempts,
          crashes,
          result,
          error,
          priority,
        });
        const fresh = { id: state, state: "pending", version: 8, payload: "new", attempts: 0, crashes: 0 };
        const expected = show({ ...fresh, priority: 2 });
        guarantee(found === expected, {
          happened: `a unique job that was ${state} was enqueued once more; stored is ${found}`,
          expected,
          why: "Last night's report is done. Tonight's is another one.",
        });
      }
      await site.close();
    });
    await explore(async (sim) => {
      const site = new Site(sim, { store: "whenever" });
      await site.leave("nightly", { state: "completed" });
      const [here, there] = [site.queue("A"), site.queue("B")];
      await Promise.all([
        sim.spawn("Ann", () => here.enqueue("mail", "Ann", { id: "nightly", unique: true })),
        sim.spawn("Bob", () => there.enqueue("mail", "Bob", { id: "nightly", unique: true })),
      ]);
      const { version, state, payload } = await site.job("nightly");
      guarantee(version === 2 && state === "pending", {
        happened: `two enqueued a unique job that had ended; it is ${state}, with the payload of ${show(payload)}, and was written ${version} times`,
        expected: "pending, written twice: when it was inserted, and by the first of the two",
        why: "The second would take back what the first was promised.",
      });
      await site.close();
    });
  });

  it("scheduling.5 a `priority` or `delayMs` out of range is a RangeError, and nothing is stored", () =>
    simulate(async (sim) => {
      const site = new Site(sim);
      const queue = site.queue("A");
      for (const options of [
        { priority: Number.NaN },
        { priority: Number.POSITIVE_INFINITY },
        { delayMs: -1 },
        { delayMs: 2_147_483_648 },
      ]) {
        const outcome = await endOf(() => queue.enqueue("mail", "hello", { id: "j1", ...options }));
        const isRefused = "error" in outcome && nameOf(outcome.error) === "RangeError";
        guarantee(isRefused && (await site.store.get("j1")) === undefined, {
          happened: `\`enqueue\` with ${Object.entries(options).join(" ")} ${tell(outcome)}`,
          expected: "it rejects with a RangeError, and nothing is stored",
          why: "NaN is neither before nor after anything: such a job is never found, or always.",
        });
      }
      await polls(1);
      await site.close();
    }));
});
