import { randomUUID } from "node:crypto";
import { setTimeout as pass } from "node:timers/promises";
import { describeService } from "@pattern-labs/testkit/service";
import { expect, it } from "vitest";
import { openEngineQueue } from "./engine-queue.ts";
import { sharedServer } from "./testing/places.ts";
import { typeOf, whenIn } from "./testing/runs.ts";
import { SlowLink } from "./testing/slow-link.ts";

for (const name of ["redis", "postgres"] as const) {
  describeService(name, `the engine on ${name}, whose answers are late`, () => {
    const server = sharedServer(name);

    it("does not begin a job whose claim was answered when its lease had run out", async () => {
      await using link = await SlowLink.to(server.url);
      const runs: string[] = [];
      const at = (url: string, worker: string) => {
        const types = { mail: typeOf((payload) => void runs.push(`${worker} does ${payload}`)) };
        return openEngineQueue({ url, name: queue, types, leaseMs: 600, pollMs: 50, onError: () => {} });
      };
      const queue = `test-${randomUUID()}`;
      await using late = await at(link.url, "late");
      await using other = await at(server.url, "other");
      const id = await other.enqueue("mail", 1);
      link.hold();
      late.start();
      await whenIn(other, id, "running");
      other.start(); // The lease runs out, for nobody renews what nobody knows of.
      await whenIn(other, id, "completed");
      await other.stop({ deadlineMs: 60_000 });
      link.release();
      const next = await late.enqueue("mail", 2); // By the time that it does this one it has heard of the first.
      await whenIn(late, next, "completed");
      expect(new Set(runs)).toEqual(new Set(["other does 1", "late does 2"]));
    });

    it("gives up a call as a whole in its time, though each single answer comes in time", async () => {
      await using link = await SlowLink.to(server.url);
      const types = { mail: typeOf(() => {}) };
      const answerMs = 4_000;
      await using queue = await openEngineQueue({
        url: link.url,
        name: `test-${randomUUID()}`,
        types,
        answerMs,
      });
      const id = await queue.enqueue("mail", 1);
      link.delay(() => pass(0.7 * answerMs)); // It asks two questions, one after the other.
      await expect(queue.get(id)).rejects.toMatchObject({ name: "EngineError" });
    });
  });
}
