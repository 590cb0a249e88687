import { describe, expect, it } from "vitest";
import type { JobStore, State } from "../contract.ts";
import { openSqliteStore, type SqliteStoreOptions } from "./sqlite-store.ts";
import { openFile } from "./testing/database.ts";
import { ids, job, next } from "./testing/jobs.ts";
import { makeTemporaryFolder } from "./testing/temporary-folder.ts";

/** A point in time that no test lives to see, so that only the options decide. */
const FAR = 8.64e15;

async function withStore(
  keepFinished: SqliteStoreOptions["keepFinished"],
  body: (store: JobStore, file: string) => Promise<void>,
): Promise<void> {
  await using folder = await makeTemporaryFolder();
  await using store = await openSqliteStore(folder.file, { keepFinished });
  await body(store, folder.file);
}

async function finish(store: JobStore, id: string, state: State, updatedAt = 0): Promise<void> {
  await store.insert(job(id));
  await store.swap(next(job(id), { state, updatedAt }));
}

const left = async (store: JobStore, state: State) => ids(await store.list({ state, limit: 1_000 }));

describe("keepFinished", () => {
  it("keeps the last ones that were completed or cancelled, in the order in which they finished", async () => {
    await withStore({ maxCount: 3 }, async (store) => {
      for (const id of ["e", "d"]) await finish(store, id, "completed");
      for (const id of ["c", "b"]) await finish(store, id, "cancelled", FAR);
      await finish(store, "a", "completed");
      await store.insert(job("makes room"));
      expect([await left(store, "completed"), await left(store, "cancelled")]).toEqual(["a", "c,b"]);
      expect(await store.get("e")).toBeUndefined();
      expect(await store.insert(job("e"))).toBe(true);
    });
  });

  it("keeps those that were written less than maxAgeMs ago", async () => {
    await withStore({ maxAgeMs: 1_000 }, async (store) => {
      await finish(store, "old", "completed");
      await finish(store, "older", "cancelled", -FAR);
      await finish(store, "young", "completed", FAR);
      await store.insert(job("makes room"));
      expect([await left(store, "completed"), await left(store, "cancelled")]).toEqual(["young", ""]);
    });
  });

  it("never removes a job that has not finished, or that is dead", async () => {
    await withStore({ maxCount: 0, maxAgeMs: 0 }, async (store) => {
      const states: readonly State[] = ["pending", "running", "failed", "dead"];
      for (const state of states) await finish(store, state, state);
      await finish(store, "done", "completed");
      for (const n of [1, 2, 3]) await store.insert(job(`${n}`, { state: "dead" }));
      for (const state of states.slice(0, 3)) expect(await left(store, state)).toBe(state);
      expect([await left(store, "dead"), await left(store, "completed")]).toEqual(["dead,1,2,3", ""]);
    });
  });

  it("removes ten thousand that are too many in slices, between which others are served", async () => {
    await using folder = await makeTemporaryFolder();
    {
      await using store = await openSqliteStore(folder.file);
      const all = Array.from({ length: 10_000 }, (_, n) => job(`${n}`, { state: "completed" }));
      await Promise.all(all.map((one) => store.insert(one)));
    }
    await using store = await openSqliteStore(folder.file, { keepFinished: { maxCount: 5 } });
    using other = openFile(folder.file);
    const count = () => Number(other.prepare("SELECT count(*) AS n FROM jobs").get()?.["n"]);
    await store.insert(job("first"));
    // One write brings it about; what is left is removed while there is nothing else to do.
    const seen = new Set<number>();
    while (count() > 6) {
      seen.add(count());
      expect((await store.get("first"))?.id).toBe("first");
    }
    expect(seen.size).toBeGreaterThan(10);
    expect(await left(store, "completed")).toBe("9995,9996,9997,9998,9999");
  });

  it("counts on from where it was when the file is opened again", async () => {
    await using folder = await makeTemporaryFolder();
    for (const ids of [["a", "b"], ["c", "d"], []]) {
      await using store = await openSqliteStore(folder.file, { keepFinished: { maxCount: 3 } });
      for (const id of ids) await finish(store, id, "completed");
      await store.insert(job("makes room"));
      if (ids.length === 0) expect(await left(store, "completed")).toBe("b,c,d");
    }
  });
});
