import { describe, expect, it } from "vitest";
import type { JobRecord } from "../contract.ts";
import { createMemoryStore } from "./memory-store.ts";

const record = (id: string, fields: Partial<JobRecord> = {}): JobRecord => ({
  id,
  type: "mail",
  payload: { to: id },
  state: "pending",
  attempts: 0,
  crashes: 0,
  version: 1,
  dueAt: 0,
  leaseUntil: 0,
  leaseId: "",
  createdAt: 0,
  updatedAt: 0,
  ...fields,
});

async function storeWith(...jobs: readonly JobRecord[]) {
  const store = createMemoryStore();
  for (const job of jobs) await store.insert(job);
  return store;
}

const ids = (jobs: readonly JobRecord[]) => jobs.map(({ id }) => id).join();

describe("the memory store", () => {
  it("stores a job once, and gives it", async () => {
    const store = await storeWith(record("a"));
    expect(await store.insert(record("a", { payload: "other" }))).toBe(false);
    expect(await store.get("a")).toEqual(record("a"));
    expect(await store.get("b")).toBeUndefined();
  });

  it("copies what goes in and out", async () => {
    const job = record("a", { payload: { to: ["x"] } });
    const store = await storeWith(job);
    (job.payload as { to: string[] }).to.push("y");
    const given = await store.get("a");
    (given?.payload as { to: string[] } | undefined)?.to.push("z");
    expect(await store.get("a")).toEqual(record("a", { payload: { to: ["x"] } }));
  });

  it("swaps only against the version before", async () => {
    const store = await storeWith(record("a"));
    expect(await store.swap(record("a", { version: 3 }))).toBe(false);
    expect(await store.swap(record("b", { version: 1 }))).toBe(false);
    const next = record("a", { version: 2, state: "completed" });
    expect(await store.swap(next)).toBe(true);
    expect(await store.swap(next)).toBe(false);
    expect(await store.get("a")).toEqual(next);
  });

  it("tells what may be claimed: due jobs, and those whose lease has run out, longest first", async () => {
    const store = await storeWith(
      record("later", { dueAt: 101 }),
      record("second", { dueAt: 50, state: "failed" }),
      record("leased", { state: "running", leaseUntil: 100 }),
      record("expired", { state: "running", leaseUntil: 40 }),
      record("first", { dueAt: 10 }),
      record("third", { dueAt: 50 }),
      record("foreign", { type: "report" }),
      record("done", { state: "completed" }),
    );
    const query = { now: 100, limit: 10, types: ["mail"] };
    expect(ids(await store.claimable(query))).toBe("first,expired,second,third");
    expect(ids(await store.claimable({ ...query, limit: 2 }))).toBe("first,expired");
    expect(ids(await store.claimable({ ...query, limit: 1, types: ["report"] }))).toBe("foreign");
    expect(ids(await store.claimable({ ...query, now: 101 }))).toBe(
      "first,expired,second,third,leased,later",
    );
    expect(ids(await store.claimable({ ...query, types: [] }))).toBe("");
  });

  it("keeps the order however often it is asked, and forgets what was written since", async () => {
    const store = await storeWith(record("a"), record("b"), record("c"));
    const query = { now: 0, limit: 2, types: ["mail"] };
    expect(ids(await store.claimable(query))).toBe("a,b");
    expect(ids(await store.claimable(query))).toBe("a,b");
    await store.swap(record("a", { version: 2, state: "running", leaseUntil: 5 }));
    expect(ids(await store.claimable(query))).toBe("b,c");
    await store.swap(record("a", { version: 3, state: "running", leaseUntil: 9 }));
    expect(ids(await store.claimable({ ...query, now: 6, limit: 3 }))).toBe("b,c");
    await store.swap(record("a", { version: 4, state: "failed", dueAt: 8 }));
    expect(ids(await store.claimable({ ...query, now: 8, limit: 3 }))).toBe("b,c,a");
  });

  it("tells those of a higher priority first, among those that may be claimed", async () => {
    const store = await storeWith(
      record("old", { dueAt: 1 }),
      record("low", { dueAt: 0, priority: -1 }),
      record("urgent later", { dueAt: 101, priority: 9 }),
      record("urgent", { dueAt: 50, priority: 5 }),
      record("urgent, expired", { state: "running", leaseUntil: 40, priority: 5 }),
    );
    const query = { now: 100, limit: 10, types: ["mail"] };
    expect(ids(await store.claimable(query))).toBe("urgent, expired,urgent,old,low");
    expect(ids(await store.claimable({ ...query, now: 101, limit: 2 }))).toBe("urgent later,urgent, expired");
    expect(ids(await store.claimable({ ...query, now: 30 }))).toBe("low,old".split(",").reverse().join());
  });

  it("lists by state, the oldest first", async () => {
    const store = await storeWith(
      record("young", { state: "dead", createdAt: 9 }),
      record("old", { state: "dead", createdAt: 1 }),
      record("well"),
    );
    expect(ids(await store.list({ state: "dead", limit: 5 }))).toBe("old,young");
    expect(ids(await store.list({ state: "dead", limit: 1 }))).toBe("old");
  });
});
