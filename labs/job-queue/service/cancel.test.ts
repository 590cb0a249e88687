import { describe, expect, it } from "vitest";
import * as answer from "#lab";
import type { Job, JobRecord, Lab } from "../contract.ts";
import { createMemoryStore } from "../given/memory-store.ts";
import { newJob } from "../given/new-job.ts";
import { NO_JOBS } from "./count-jobs.ts";
import { Jobs } from "./jobs.ts";
import type { ServiceQueue } from "./queue.ts";
import { queueOn } from "./store-queue.ts";
import { methodsOf, openTestService, until } from "./testing.ts";

describe("DELETE /jobs/:id", { timeout: 120_000 }, () => {
  it("cancels a job that waits, so that nobody does it; doing it again changes nothing", async () => {
    await using at = await openTestService({ isWorking: false });
    const { id } = (await at.greet("Ann")).body;
    for (const _ of ["once", "again"]) {
      const { status, body } = await at.ask("DELETE", `/jobs/${id}`);
      expect([status, body.state]).toEqual([200, "cancelled"]);
    }
    const other = (await at.greet("Bob")).body.id;
    at.queue.start();
    await at.reaches(other, "completed");
    expect((await at.ask("GET", `/jobs/${id}`)).body).toMatchObject({ state: "cancelled", attempts: 0 });
  });

  it("leaves a job alone that runs, and one that has ended: 409, with its state", async () => {
    const gate = Promise.withResolvers<void>();
    await using at = await openTestService({ greet: () => gate.promise });
    const { id } = (await at.greet("Ann")).body;
    await at.reaches(id, "running");
    const running = await at.ask("DELETE", `/jobs/${id}`);
    expect([running.status, running.body.state]).toEqual([409, "running"]);
    expect(running.body.detail).toContain("it must wait, and it runs");
    gate.resolve();
    await at.reaches(id, "completed");
    const ended = await at.ask("DELETE", `/jobs/${id}`);
    expect([ended.status, ended.body.state]).toEqual([409, "completed"]);
    expect(ended.body.detail).toContain("it must not have ended, and is completed");
    expect((await at.ask("DELETE", "/jobs/7")).status).toBe(404);
  });
});

describe("DELETE /jobs/:id on a queue that cancels", { timeout: 120_000 }, () => {
  it("ends a job that runs", async () => {
    const told = Promise.withResolvers<unknown>();
    await using at = await openTestService({
      attempted: ["cancel"],
      greet: (_, { signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => {
            told.resolve(signal.reason);
            reject(signal.reason);
          });
        }),
    });
    const { id } = (await at.greet("Ann")).body;
    await until(() => at.lines.some(({ msg }) => msg === "job begins"));
    const { status, body } = await at.ask("DELETE", `/jobs/${id}`);
    expect([status, body.state]).toEqual([200, "cancelled"]);
    expect(await told.promise).toMatchObject({ name: "CancelledError" });
    expect((await at.ask("DELETE", "/jobs/7")).status).toBe(404);
  });
});

describe("Jobs.cancel", () => {
  it("tells of a job that its queue forgets as soon as it is cancelled", async () => {
    const waiting = newJob({ mail: { schema: { parse: (x) => x }, run: async () => {} } }, "mail", {}, "a");
    const stored = new Map<string, Job>([["a", waiting]]);
    const queue: Pick<ServiceQueue, "get" | "cancel"> = {
      get: async (id) => stored.get(id),
      cancel: async (id) => stored.delete(id),
    };
    const jobs = new Jobs({ queue: queue as ServiceQueue, types: {} });
    expect(await jobs.cancel("a")).toEqual({ ...waiting, state: "cancelled" });
    await expect(jobs.cancel("a")).rejects.toMatchObject({ status: 404 });
  });
});

describe("queueOn", () => {
  const types = { mail: { schema: { parse: (payload: unknown) => payload }, run: async () => {} } };
  const lab: Lab = { ...answer, attempted: [] };

  it("cancels by the version: a claim that was stored first wins", async () => {
    const store = createMemoryStore();
    const job = newJob(types, "mail", {}, "a");
    await store.insert(job);
    const claimed: JobRecord = { ...job, state: "running", version: 2, leaseUntil: Date.now() + 60_000 };
    let isFirst = true;
    await using queue = queueOn(lab, {
      ...{ types, countJobs: async () => NO_JOBS, onError: () => {}, onEvent: () => {} },
      store: {
        ...methodsOf(store),
        async get(id) {
          const seen = await store.get(id);
          if (isFirst) await store.swap(claimed); // Between the look and the write somebody claims it.
          isFirst = false;
          return seen;
        },
      },
    });
    expect(await queue.cancel("a")).toBe(false);
    expect(await store.get("a")).toEqual(claimed);
  });
});
