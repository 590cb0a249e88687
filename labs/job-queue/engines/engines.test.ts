import { setImmediate as turn } from "node:timers/promises";
import { describeService } from "@pattern-labs/testkit/service";
import { describe, expect, it } from "vitest";
import type { Job, JobContext } from "../contract.ts";
import { describeConformance } from "./conformance.ts";
import { openEngineQueue } from "./engine-queue.ts";
import { placeAt, sharedServer } from "./testing/places.ts";
import { typeOf, whenIn } from "./testing/runs.ts";

for (const name of ["redis", "postgres"] as const) {
  describeService(name, `the engine on ${name}`, () => {
    const server = sharedServer(name);
    const errors: unknown[] = [];
    describeConformance(async () => placeAt(server.url, (error) => errors.push(error)));

    it("tells what it has stored of each job, and counts them", async () => {
      await using place = placeAt(server.url, (error) => errors.push(error));
      const told: string[] = [];
      const run = (payload: unknown, { attempt }: JobContext) => {
        if (payload === "bad" || attempt === 1) throw new Error("busy");
      };
      const onEvent = (event: string, { payload, state, attempts }: Job) =>
        told.push(`${event}: ${payload} ${state} ${attempts}`);
      const quick = { retries: 1, baseDelayMs: 1, pollMs: 25, concurrency: 1, onEvent };
      const queue = await place.open({ ...quick, types: { mail: typeOf(run) } });
      const good = await queue.enqueue("mail", "good");
      await queue.cancel(await queue.enqueue("mail", "unwanted"));
      queue.start();
      await whenIn(queue, good, "completed");
      while (!told.includes("completed: good completed 2")) await turn(); // The worker may hear of it a moment later.
      const bad = await queue.enqueue("mail", "bad");
      await whenIn(queue, bad, "dead");
      await queue.stop({ deadlineMs: 60_000 });
      await queue.replay(bad);
      expect(told).toEqual([
        ...["stored: good pending 0", "stored: unwanted pending 0", "cancelled: unwanted cancelled 0"],
        ...["claimed: good running 0", "failed: good failed 1", "claimed: good running 1"],
        ...["completed: good completed 2", "stored: bad pending 0", "claimed: bad running 0"],
        ...["failed: bad failed 1", "claimed: bad running 1", "dead: bad dead 2"],
        "pending again: bad pending 0",
      ]);
      const counts = { pending: 1, failed: 0, running: 0, completed: 1, cancelled: 0, dead: 0 };
      expect(await queue.countJobs()).toEqual(counts);
    });

    it("refuses an id that no text in UTF-8 can be, and calls after its end", async () => {
      await using place = placeAt(server.url, (error) => errors.push(error));
      const queue = await place.open({ types: { mail: typeOf(() => {}) } });
      const half = "Cannot use the id of a job: it must be well-formed Unicode";
      await expect(queue.get("\ud83d")).rejects.toThrow(half);
      await expect(queue.enqueue("mail", 1, { id: "\ud83d" })).rejects.toThrow(half);
      await expect(queue.enqueue("mail", 1, { priority: 0.5 })).rejects.toThrow("got 0.5");
      await expect(queue.enqueue("mail", new Date(0))).rejects.toThrow("payload must be JSON");
      await queue.close();
      await queue.close();
      await expect(queue.get("a")).rejects.toThrow(
        'Cannot get job "a": the queue must be open, and is closed',
      );
    });

    it("has told of no error in all that", () => {
      // On PostgreSQL two claims may wait for each other when delayed jobs are due: one of them is ended, and made again.
      expect(errors.filter((error) => (error as { code?: unknown }).code !== "40P01")).toEqual([]);
    });
  });
}

describe("openEngineQueue", () => {
  it("refuses options out of their range, and never tells the address", async () => {
    const opening = (options: object) =>
      openEngineQueue({ url: "redis://127.0.0.1:1", types: {}, ...options });
    for (const url of ["me:secret@host", "nowhere", "redis://:secret@host:port"]) {
      await expect(opening({ url })).rejects.toThrow(
        /^Cannot open a queue: url must be a URL that begins with redis:, rediss:, postgres: or postgresql:$/,
      );
    }
    await expect(opening({ url: "postgres:///jobs" })).rejects.toThrow("url must name a host");
    await expect(opening({ url: "redis://:secret@127.0.0.1:1/jobs" })).rejects.toThrow(
      /url must have nothing behind the host but the number of a database$/,
    );
    await expect(opening({ name: "a:b" })).rejects.toThrow(
      'name must be of letters, digits, _ and -, got "a:b"',
    );
    await expect(opening({ answerMs: 0 })).rejects.toThrow(
      "answerMs must be a whole number from 1 to 2147483647, got 0",
    );
    await expect(opening({ keepFinished: { maxCount: -1 } })).rejects.toThrow("keepFinished.maxCount");
    await expect(opening({ concurrency: 0 })).rejects.toThrow(
      "concurrency must be a whole number from 1, got 0",
    );
  });
});
