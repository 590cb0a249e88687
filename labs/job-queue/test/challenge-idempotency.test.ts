import { challenge, guarantee } from "@pattern-labs/testkit";
import { it } from "vitest";
import type { Call } from "./link.ts";
import { endOf, nameOf, show, describe as tell } from "./outcome.ts";
import { explore, simulate } from "./runs.ts";
import { failing, lasting, pause, polls } from "./scripts.ts";
import { Site } from "./site.ts";
import { lab } from "./subject.ts";

const FAULT = new Error("connection reset");

challenge("idempotency", lab, () => {
  it("idempotency.1 of many who enqueue under one key at the same time all get the id of one job", () =>
    explore(async (sim) => {
      const site = new Site(sim, { store: "whenever", work: async () => {} });
      const [here, there] = [site.queue("A"), site.queue("B")];
      const key = "order 7";
      const ids = await Promise.all([
        sim.spawn("Ann", () => here.enqueue("mail", { to: "ann" }, { key })),
        sim.spawn("Ann again", () => here.enqueue("mail", { to: "ann" }, { key })),
        sim.spawn("Ann elsewhere", () => there.enqueue("mail", { to: "ann" }, { key })),
      ]);
      const stored = await site.store.list({ state: "pending", limit: 9 });
      guarantee(stored.length === 1 && ids.every((id) => id === stored[0]?.id), {
        happened: `three requests under one key got the ids ${ids.join(", ")}, and ${stored.length} jobs are stored`,
        expected: "one job, and its id for all three",
        why: "The client pressed twice, or its first answer was lost. It wants to pay once.",
      });
      await site.close();
    }));

  it("idempotency.2 whatever became of the job, its key gives its id, and changes nothing", () =>
    simulate(async (sim) => {
      for (const [work, end] of [
        [lasting(1_000), "completed"],
        [failing(FAULT, 1_000), "dead"],
      ] as const) {
        const site = new Site(sim, { work });
        const queue = site.queue("A", { retries: 0 });
        const enqueue = () => queue.enqueue("mail", "hello", { key: "order 7" });
        const id = await enqueue();
        const seen: string[] = [];
        const again = async () => {
          const before = await site.job(id);
          const outcome = await endOf(enqueue);
          const isSame = show(await site.job(id)) === show(before);
          const found = "value" in outcome && outcome.value === id ? before.state : tell(outcome);
          seen.push(isSame ? found : `${found}, changed`);
        };
        await again();
        queue.start();
        await pause(500);
        await again();
        await site.ended(id);
        await again();
        await polls(3);
        guarantee(seen.join("; ") === `pending; running; ${end}` && site.runs.length === 1, {
          happened: `the key was used again while the job was ${seen.join("; ")}; it was done ${site.runs.length} times`,
          expected: `pending; running; ${end}: each time its id, and nothing changed; done once`,
          why: "Who asks again wants to know what became of the first, and not a second.",
        });
        await site.close();
      }
    }));

  it("idempotency.3 a key used again with another body is refused, and nothing is changed", () =>
    simulate(async (sim) => {
      const site = new Site(sim);
      const types = { mail: site.type("A", "mail"), report: site.type("A", "report") };
      const queue = site.queue("A", { types });
      const key = "order 7";
      const body = { to: "ann", lines: [{ item: 1, count: 2 }, "gift"] };
      const id = await queue.enqueue("mail", body, { key });
      const before = show(await site.job(id));
      for (const [type, payload, isSame] of [
        ["mail", { lines: [{ count: 2, item: 1 }, "gift"], to: "ann" }, true],
        ["mail", { ...body, to: "bob" }, false],
        ["mail", { ...body, lines: ["gift", { item: 1, count: 2 }] }, false],
        ["mail", { ...body, lines: [{ item: 1, count: 3 }, "gift"] }, false],
        ["report", body, false],
      ] as const) {
        const outcome = await endOf(() => queue.enqueue(type, payload, { key }));
        const isRefused = "error" in outcome && nameOf(outcome.error) === "KeyConflictError";
        guarantee(isSame ? "value" in outcome && outcome.value === id : isRefused, {
          happened: `under the key of a mail ${show(body)}, a ${type} ${show(payload)} was enqueued, and it ${tell(outcome)}`,
          expected: isSame
            ? "it resolves with the same id: it is the same body"
            : "it is refused with a KeyConflictError",
          why: "Answered with the first job, the client believes that its second order is on its way.",
        });
      }
      const isAlone = (await site.store.list({ state: "pending", limit: 9 })).length === 1;
      guarantee(isAlone && show(await site.job(id)) === before, {
        happened: `in the store there is ${isAlone ? show(await site.job(id)) : "more than one job"}`,
        expected: before,
        why: "What is refused has not happened.",
      });
      await queue.enqueue("mail", { to: "bob" }, { key: "order 8" });
      await site.close();
    }));

  it("idempotency.4 with senders that ask again and workers that die, the receiver has the effect once", () =>
    explore(
      async (sim) => {
        const effects = new Map<string, number>();
        const work = async (run: { readonly id: string; readonly worker: string }) => {
          await sim.io("charges the card");
          effects.set(run.id, (effects.get(run.id) ?? 0) + 1);
          await sim.io("says that it has");
        };
        let isFirst = true;
        const plan = ({ method }: Call) => {
          if (method !== "insert" || !isFirst) return undefined;
          isFirst = false;
          return { losesAnswer: FAULT };
        };
        const site = new Site(sim, { plan, work });
        const queue = site.queue("A", { concurrency: 1, pollMs: 6_000 });
        await endOf(() => queue.enqueue("mail", 100, { key: "order 7" }));
        const id = await queue.enqueue("mail", 100, { key: "order 7" });
        queue.start();
        site.queue("B", { concurrency: 1, pollMs: 6_000 }).start();
        sim.anytime("A loses the store", () => site.link("A").cut());
        const { state } = await site.ended(id);
        guarantee(state === "completed" && effects.size === 1 && effects.has(id), {
          happened: `the order was sent twice, since an answer was lost; its job is ${state}, after ${site.runs.length} runs; the bank knows these charges: ${[...effects.keys()].join(", ") || "none"}`,
          expected: `one, ${id}, however often it is asked for it: it knows the id`,
          why: "A run that died half-way may have charged the card. Only the same id each time lets the bank see that.",
        });
        await site.close();
      },
      { maxSchedules: 150 },
    ));
});
