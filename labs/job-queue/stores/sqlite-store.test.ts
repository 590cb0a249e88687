import { noLeaks } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";
import type { JobRecord, State } from "../contract.ts";
import { createMemoryStore } from "../given/memory-store.ts";
import { describeJobStore } from "./job-store.suite.ts";
import { openSqliteStore, type SqliteStoreOptions } from "./sqlite-store.ts";
import { ids, job, next } from "./testing/jobs.ts";
import { makeTemporaryFolder } from "./testing/temporary-folder.ts";

async function openStore(options: SqliteStoreOptions = {}) {
  const folder = await makeTemporaryFolder();
  const store = await openSqliteStore(folder.file, options);
  return {
    store,
    file: folder.file,
    async [Symbol.asyncDispose]() {
      await store.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

describeJobStore("sqlite", openStore);

describe("a store in a file", () => {
  it("answers calls of all kinds as the one in memory does", async () => {
    await using opened = await openStore({ keepFinished: { maxCount: Infinity } });
    const { store } = opened;
    const memory = createMemoryStore();
    const random = numbers(8);
    const states: readonly State[] = ["pending", "running", "completed", "failed", "cancelled", "dead"];
    const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
    // No two points in time are the same: only then does the contract say which comes first.
    const aJob = (n: number): JobRecord =>
      job(`${Math.floor(random() * 60)}`, {
        type: pick(["mail", "report", "resize"]),
        state: pick(states),
        version: Math.ceil(random() * 3),
        dueAt: Math.floor(random() * 500) + n / 2_000,
        leaseUntil: Math.floor(random() * 500) + n / 2_000 + 1 / 4_000,
        createdAt: random(),
        payload: n,
        priority: pick([undefined, 0, 1, -1.5, 7]),
      });
    for (let n = 0; n < 500; n += 1) {
      const [one, state] = [aJob(n), pick(states)];
      const stored = await memory.get(one.id);
      const version = (stored ?? one).version + pick([1, 1, 1, 0, 2]);
      const written = next(aJob(n), { id: one.id, version });
      const query = {
        now: random() * 500,
        limit: Math.ceil(random() * 20),
        types: pick([["mail"], ["report", "mail"], ["resize", "mail", "report"]]),
      };
      const answers = [memory, store].map((each) =>
        Promise.all([
          each.insert(one),
          each.swap(written),
          each.get(one.id),
          each.claimable(query),
          each.list({ state, limit: query.limit }),
        ]),
      );
      const [expected, answered] = await Promise.all(answers);
      expect(answered).toEqual(expected);
    }
  });

  it("holds what it held when it is opened again", async () => {
    await using folder = await makeTemporaryFolder();
    {
      await using store = await openSqliteStore(folder.file);
      await store.insert(job("a"));
      await store.swap(next(job("a"), { state: "failed", error: "Error: no", dueAt: 5 }));
    }
    await using store = await openSqliteStore(folder.file);
    expect(await store.get("a")).toEqual(
      job("a", { version: 2, state: "failed", error: "Error: no", dueAt: 5 }),
    );
  });

  it("shows a read what was asked before it, though nobody has waited for that", async () => {
    await using opened = await openStore();
    const { store } = opened;
    const inserted = store.insert(job("a"));
    const swapped = store.swap(next(job("a"), { state: "dead" }));
    const [got, dead] = await Promise.all([store.get("a"), store.list({ state: "dead", limit: 1 })]);
    expect([got?.version, ids(dead), await inserted, await swapped]).toEqual([2, "a", true, true]);
  });

  it("answers more calls at once than one transaction may hold", async () => {
    await using opened = await openStore({ batchLimit: 7 });
    const { store } = opened;
    const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => store.insert(job(`${n % 90}`))));
    expect(answers.filter(Boolean)).toHaveLength(90);
    expect(await store.list({ state: "pending", limit: 1_000 })).toHaveLength(90);
  });

  it("gives jobs that are due at the same time in the order in which they were inserted", async () => {
    await using opened = await openStore();
    for (const id of ["c", "a", "b"]) await opened.store.insert(job(id, { dueAt: 5 }));
    for (const [limit, expected] of [
      [2, "c,a"],
      [9, "c,a,b"],
    ] as const) {
      expect(ids(await opened.store.claimable({ now: 5, limit, types: ["mail"] }))).toBe(expected);
    }
  });

  it("writes what was asked before it is closed, and leaves no thread", async () => {
    await using folder = await makeTemporaryFolder();
    await noLeaks(async () => {
      const store = await openSqliteStore(folder.file);
      const inserted = Array.from({ length: 20 }, (_, n) => store.insert(job(`${n}`)));
      const read = store.get("19");
      await Promise.all([store.close(), store.close()]);
      expect(await Promise.all(inserted)).toEqual(Array(20).fill(true));
      expect(await read).toEqual(job("19"));
      await expect(store.insert(job("late"))).rejects.toMatchObject({
        name: "StoreError",
        fault: "closed",
        message: `Cannot insert job 'late' into ${folder.file}: the store must be open, and is closed`,
      });
      await store.close();
    });
    await using again = await openSqliteStore(folder.file);
    expect(await again.list({ state: "pending", limit: 99 })).toHaveLength(20);
  });

  it.each([
    [{ busyTimeoutMs: -1 }, "busyTimeoutMs must be a whole number from 0, got -1"],
    [{ batchLimit: 0 }, "batchLimit must be a whole number from 1, got 0"],
    [{ maxBytes: 4_095 }, "maxBytes must be a whole number from 4096, got 4095"],
    [{ keepFinished: { maxCount: 1.5 } }, "keepFinished.maxCount must be a whole number from 0, got 1.5"],
    [
      { keepFinished: { maxAgeMs: Number.NaN } },
      "keepFinished.maxAgeMs must be a whole number from 0, got NaN",
    ],
  ])("refuses %o", async (options, rule) => {
    const error = new RangeError(`Cannot open a store: ${rule}`);
    await expect(openSqliteStore("no matter", options)).rejects.toThrow(error);
  });

  it("refuses limits that are none", async () => {
    await using opened = await openStore();
    await expect(opened.store.list({ state: "dead", limit: 0 })).rejects.toThrow(
      new RangeError("Cannot list jobs: limit must be a whole number from 1, got 0"),
    );
    await expect(opened.store.claimable({ now: 0, limit: -1, types: [] })).rejects.toThrow(
      new RangeError("Cannot look for claimable jobs: limit must be a whole number from 0, got -1"),
    );
  });
});

/** The same numbers in every run, from 0 up to but not including 1: the minimal standard of Park and Miller (1988). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
