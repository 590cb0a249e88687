import { rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import * as answer from "#lab";
import type { JobRecord } from "../contract.ts";
import { createMemoryStore } from "../given/memory-store.ts";
import { openSqliteStore } from "../stores/sqlite-store.ts";
import { openJobCounts } from "./count-jobs.ts";
import { openQueue } from "./open-queue.ts";
import { methodsOf, openTestService, type TestService, temporaryFolder } from "./testing.ts";

/** Posts until something is refused; gives the ids that were acknowledged, and what was refused. */
async function postUntilRefused(at: TestService) {
  const ids: string[] = [];
  for (;;) {
    const told = await at.greet("x".repeat(900));
    if (told.status !== 202) return { ids, refused: told };
    ids.push(told.body.id);
  }
}

describe("the service on a store that fails", { timeout: 120_000 }, () => {
  it("says that the disk is full, has lost nothing of what it acknowledged, and goes on when there is room", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "jobs.db");
    let acknowledged: readonly string[];
    {
      await using store = await openSqliteStore(file, { maxBytes: 200_000 });
      await using at = await openTestService({ store, isWorking: false });
      const { ids, refused } = await postUntilRefused(at);
      acknowledged = ids;
      expect([refused.status, refused.body.type]).toEqual([503, "/problems/store-unavailable"]);
      expect(refused.body.detail).toContain("the disk is full");
      expect(refused.headers.get("retry-after")).toBe("1");
      expect(JSON.stringify(refused.body)).not.toContain(folder.path);
      const ready = await at.ask("GET", "/readyz");
      expect([ready.status, ready.body.status]).toEqual([503, "failing"]);
      expect(ready.body.detail).toContain("the disk is full");
      for (const path of [`/jobs/${ids[0]}`, "/healthz", "/metrics"]) {
        expect([path, (await at.ask("GET", path)).status]).toEqual([path, 200]);
      }
    }
    await using store = await openSqliteStore(file);
    await using at = await openTestService({ store });
    expect(acknowledged.length).toBeGreaterThan(10);
    for (const id of acknowledged) await at.reaches(id, "completed");
  });

  it("says that somebody else holds the file, and goes on when it is let go", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "jobs.db");
    await using store = await openSqliteStore(file, { busyTimeoutMs: 0 });
    await using at = await openTestService({ store, isWorking: false });
    using holder = new DatabaseSync(file);
    holder.exec("BEGIN IMMEDIATE");
    const { status, body } = await at.greet("Ann");
    expect([status, body.detail]).toEqual([503, "another process holds the store: try again"]);
    holder.exec("ROLLBACK");
    expect((await at.greet("Ann")).status).toBe(202);
  });

  it("is not ready while its store fails, and ready when that has been over for ten seconds", async () => {
    let now = 0;
    let fault: object | undefined = { fault: "full" };
    const store = createMemoryStore();
    const insert = async (job: JobRecord) => {
      if (fault !== undefined) throw Object.assign(new Error("no"), fault);
      return await store.insert(job);
    };
    await using at = await openTestService({
      store: { ...methodsOf(store), insert },
      isWorking: false,
      now: () => now,
    });
    const ready = async () => (await at.ask("GET", "/readyz")).status;
    const refused = async () => (await at.greet("Ann")).status;
    expect([await refused(), await ready()]).toEqual([503, 503]);
    now = 9_999;
    expect(await ready()).toBe(503);
    now = 10_000;
    expect(await ready()).toBe(200);
    fault = { name: "EngineError" };
    expect([await refused(), await ready()]).toEqual([503, 503]);
    now = 20_000;
    fault = undefined;
    expect([await refused(), await ready()]).toEqual([202, 200]);
    fault = { fault: "not storable" }; // This job's own fault.
    expect([await refused(), await ready()]).toEqual([422, 200]);
    fault = {}; // Nobody knows what that is.
    expect([await refused(), await ready()]).toEqual([500, 200]);
    const told = at.lines.filter(({ level, msg }) => level === 50 && /: not ready$/.test(String(msg)));
    expect(told.length).toBe(2);
  });

  it("tells its other figures where the jobs cannot be counted", async () => {
    const store = createMemoryStore();
    const list = async () => {
      throw new Error("no");
    };
    await using at = await openTestService({ store: { ...methodsOf(store), list } });
    const { body } = await at.ask("GET", "/metrics");
    expect(body).toContain("http_request_seconds");
    expect(body).not.toContain("jobs_stored{");
  });

  it("says that it is stopping, when its store is closed already", async () => {
    using folder = temporaryFolder();
    const store = await openSqliteStore(join(folder.path, "jobs.db"));
    await using at = await openTestService({ store, isWorking: false });
    await store.close();
    expect((await at.greet("Ann")).body.detail).toContain("the service is stopping");
  });

  it("shows a damaged job as such, and the others all the same", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "jobs.db");
    await using store = await openSqliteStore(file, { onDamaged: () => {} });
    await using at = await openTestService({ store, isWorking: false });
    const [ann, bob] = [(await at.greet("Ann")).body.id, (await at.greet("Bob")).body.id];
    using other = new DatabaseSync(file);
    other.prepare("UPDATE jobs SET payload = '{' WHERE id = ?").run(ann);
    const { status, body } = await at.ask("GET", `/jobs/${ann}`);
    expect([status, body.type]).toEqual([500, "/problems/store-damaged"]);
    const listed = (await at.ask("GET", "/jobs?state=pending")).body.jobs;
    expect(listed.map(({ id }: { id: string }) => id)).toEqual([bob]);
    expect((await at.ask("GET", "/readyz")).status).toBe(200); // It is this job's fault, and not the store's.
  });
});

describe("openQueue", { timeout: 120_000 }, () => {
  it("acknowledges nothing that is stored in a file which was taken away", async () => {
    using folder = temporaryFolder();
    const types = { mail: { schema: { parse: (payload: unknown) => payload }, run: async () => {} } };
    const options = { types, onError: () => {}, onEvent: () => {} };
    await using queue = await openQueue(answer, { store: "sqlite", data: folder.path }, options);
    await queue.enqueue("mail", {});
    rmSync(join(folder.path, "jobs.db"));
    await expect(queue.enqueue("mail", {})).rejects.toMatchObject({
      name: "StoreError",
      fault: "unopenable",
    });
  });
});

describe("openJobCounts", () => {
  it("counts what the store has written, by state", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "jobs.db");
    await using store = await openSqliteStore(file);
    using counts = openJobCounts(file);
    await using at = await openTestService({ store });
    const ids = [(await at.greet("Ann")).body.id, (await at.greet("Bob")).body.id];
    for (const id of ids) await at.reaches(id, "completed");
    expect(await counts.countJobs()).toEqual({
      ...{ pending: 0, running: 0, completed: 2, failed: 0, cancelled: 0, dead: 0 },
    });
  });
});
