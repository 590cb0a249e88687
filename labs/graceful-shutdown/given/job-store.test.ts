import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { JobStore, readJobRecord } from "./job-store.ts";

function open() {
  const folder = mkdtempSync(join(tmpdir(), "jobs-"));
  const store = new JobStore(folder);
  store.open();
  return { folder, store, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

const never = new AbortController();

describe("JobStore", () => {
  it("gives out what was accepted, some at a time, in its order", async () => {
    using at = open();
    for (const job of [1, 2, 3]) at.store.accept(job);
    expect(await at.store.take(2, never)).toEqual([1, 2]);
    expect(await at.store.take(2, never)).toEqual([3]);
    expect(at.store.waiting).toBe(0);
  });

  it("lets its taker wait, until there is a job or the signal aborts", async () => {
    using at = open();
    const taken = at.store.take(2, never);
    at.store.accept(1);
    expect(await taken).toEqual([1]);
    const controller = new AbortController();
    const left = at.store.take(2, controller);
    controller.abort("enough");
    await expect(left).rejects.toBe("enough");
  });

  it("has in its file what was done, and at its end what was put back", () => {
    using at = open();
    for (const job of [1, 2, 3, 4]) at.store.accept(job);
    at.store.finish(7);
    at.store.giveBack(8);
    expect(readJobRecord(at.folder)).toEqual({ done: [7], back: [8] });
    at.store.close();
    expect(readJobRecord(at.folder)).toEqual({ done: [7], back: [8, 1, 2, 3, 4] });
  });

  it("takes nothing more when it is closed", () => {
    using at = open();
    at.store.close();
    expect(() => at.store.accept(1)).toThrow("Cannot accept: the store is closed");
    expect(() => at.store.finish(1)).toThrow("Cannot finish job 1: the store is closed");
  });

  it("has a record of nothing where no process has begun", () => {
    expect(readJobRecord("/nowhere")).toEqual({ done: [], back: [] });
  });
});
