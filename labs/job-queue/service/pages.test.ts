import { describe, expect, it } from "vitest";
import type { JobRecord } from "../contract.ts";
import { createMemoryStore } from "../given/memory-store.ts";
import { readPage } from "./pages.ts";
import { openTestService } from "./testing.ts";

const record = (n: number, createdAt: number): JobRecord => ({
  ...{ id: `j${n}`, type: "greet", payload: {}, state: "dead", attempts: 0, crashes: 0, version: 1 },
  ...{ dueAt: 0, leaseUntil: 0, leaseId: "", createdAt, updatedAt: 0 },
});

async function storeWith(count: number, createdAt = (n: number) => n) {
  const store = createMemoryStore();
  for (let n = 0; n < count; n += 1) await store.insert(record(n, createdAt(n)));
  return store;
}

const page = (store: Awaited<ReturnType<typeof storeWith>>, limit: number, cursor?: string) =>
  readPage(store, new URLSearchParams({ state: "dead", limit: `${limit}`, ...(cursor && { cursor }) }));

const ids = (jobs: readonly { readonly id: string }[]) => jobs.map(({ id }) => id).join();

async function turnAll(store: Awaited<ReturnType<typeof storeWith>>, limit: number): Promise<string[]> {
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const turned = await page(store, limit, cursor);
    seen.push(...turned.jobs.map(({ id }) => id));
    cursor = turned.cursor;
  } while (cursor !== undefined);
  return seen;
}

describe("readPage", () => {
  it.each([1, 2, 3, 9, 10, 11])("shows each of ten jobs once, %i a page", async (limit) => {
    const store = await storeWith(10);
    expect(await turnAll(store, limit)).toEqual(Array.from({ length: 10 }, (_, n) => `j${n}`));
  });

  it("does so with jobs that were created in the same millisecond", async () => {
    const store = await storeWith(10, () => 7);
    expect(new Set(await turnAll(store, 3)).size).toBe(10);
  });

  it("gives no cursor with the last page, be it full", async () => {
    const store = await storeWith(4);
    const first = await page(store, 2);
    expect((await page(store, 2, first.cursor)).cursor).toBeUndefined();
  });

  it("goes on where it was, when older jobs have come into the state since", async () => {
    const store = await storeWith(4, (n) => 100 + n);
    const first = await page(store, 2);
    for (let n = 10; n < 30; n += 1) await store.insert(record(n, n));
    expect(ids((await page(store, 2, first.cursor)).jobs)).toBe("j2,j3");
  });

  it("goes on where it was, when the last job of the page has left the state", async () => {
    const store = await storeWith(4);
    const first = await page(store, 2);
    await store.swap({ ...record(1, 1), state: "pending", version: 2 });
    expect(ids((await page(store, 2, first.cursor)).jobs)).toBe("j2,j3");
  });

  it("leaves nobody out of one millisecond, when the last job of the page has left the state", async () => {
    const store = await storeWith(4, () => 7);
    const first = await page(store, 2);
    await store.swap({ ...record(1, 7), state: "pending", version: 2 });
    expect(ids((await page(store, 3, first.cursor)).jobs)).toContain("j2,j3");
  });

  it("is empty where there is nothing", async () => {
    expect(await page(await storeWith(0), 2)).toEqual({ jobs: [], cursor: undefined });
  });
});

describe("GET /jobs", { timeout: 120_000 }, () => {
  it("shows the jobs in a state, with the cursor of the next page", async () => {
    await using at = await openTestService({ isWorking: false });
    for (const name of ["Ann", "Bob", "Cem"]) await at.greet(name);
    const first = await at.ask("GET", "/jobs?state=pending&limit=2");
    expect(first.body.jobs.map(({ payload }: { payload: unknown }) => payload)).toEqual([
      { name: "Ann" },
      { name: "Bob" },
    ]);
    const second = await at.ask("GET", `/jobs?state=pending&limit=2&cursor=${first.body.cursor}`);
    expect([second.body.jobs.length, second.body.cursor]).toEqual([1, null]);
    const other = await at.ask("GET", `/jobs?state=dead&cursor=${first.body.cursor}`);
    expect(other.body.detail).toContain("cursor must be one that a page of state=dead gave");
  });

  it.each([
    ["", "state must be one of pending, running, completed, failed, cancelled, dead, got nothing"],
    ["state=done", 'state must be one of pending, running, completed, failed, cancelled, dead, got "done"'],
    [
      "state=dead&state=pending",
      'state must be one of pending, running, completed, failed, cancelled, dead, got ["dead","pending"]',
    ],
    ["state=dead&limit=0", 'limit must be a whole number from 1 to 500, got "0"'],
    ["state=dead&limit=501", 'limit must be a whole number from 1 to 500, got "501"'],
    ["state=dead&limit=1e2", 'limit must be a whole number from 1 to 500, got "1e2"'],
    ["state=dead&cursor=", 'cursor must be one that a page of state=dead gave, got ""'],
    ["state=dead&cursor=WzFd", 'cursor must be one that a page of state=dead gave, got "WzFd"'],
    ["state=dead&offset=7", "offset must not be there: nobody knows it"],
  ])("refuses ?%s", async (query, detail) => {
    await using at = await openTestService({ isWorking: false });
    const { status, body } = await at.ask("GET", `/jobs?${query}`);
    expect([status, body.detail]).toEqual([422, detail]);
  });
});
