import { mkdir, open, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openSqliteStore } from "./sqlite-store.ts";
import { openFile } from "./testing/database.ts";
import { errorOf } from "./testing/error-of.ts";
import { ids, job, next } from "./testing/jobs.ts";
import { makeTemporaryFolder } from "./testing/temporary-folder.ts";

describe("a file that cannot be opened", () => {
  it("because its folder does not exist", async () => {
    await using folder = await makeTemporaryFolder();
    const file = join(folder.path, "none", "jobs.db");
    const { fault, message } = await errorOf(openSqliteStore(file));
    expect(fault).toBe("unopenable");
    expect(message).toBe(
      `Cannot open ${file}: its folder must exist, and ${join(folder.path, "none")} does not`,
    );
  });

  it("because it is a folder", async () => {
    await using folder = await makeTemporaryFolder();
    await mkdir(folder.file);
    const { fault, message } = await errorOf(openSqliteStore(folder.file));
    expect(fault).toBe("unopenable");
    expect(message).toContain(`Cannot open ${folder.file}: it must be a file that this process may read and`);
  });

  it("because it is no database", async () => {
    await using folder = await makeTemporaryFolder();
    await writeFile(folder.file, "id,type\n".repeat(1_000));
    const { fault, message } = await errorOf(openSqliteStore(folder.file));
    expect(fault).toBe("damaged file");
    expect(message).toBe(
      `Cannot open ${folder.file}: it must be a whole SQLite database: file is not a database`,
    );
  });

  it("because it is somebody else's database, which stays as it is", async () => {
    await using folder = await makeTemporaryFolder();
    using other = openFile(folder.file);
    other.exec("CREATE TABLE accounts (id)");
    expect(await errorOf(openSqliteStore(folder.file))).toMatchObject({ fault: "foreign file" });
    expect(other.prepare("SELECT name FROM sqlite_schema").all()).toEqual([{ name: "accounts" }]);
  });

  it("because a newer release has written it", async () => {
    await using folder = await makeTemporaryFolder();
    await (await openSqliteStore(folder.file)).close();
    using other = openFile(folder.file);
    other.exec("PRAGMA user_version = 7");
    const { fault, message } = await errorOf(openSqliteStore(folder.file));
    expect(fault).toBe("newer schema");
    expect(message).toContain(`Cannot open ${folder.file}: its schema must be of version 1 or older, got 7`);
  });

  it("because somebody else has locked it, and as soon as they let go it can", async () => {
    await using folder = await makeTemporaryFolder();
    using other = openFile(folder.file);
    other.exec("BEGIN EXCLUSIVE");
    const { fault, message } = await errorOf(openSqliteStore(folder.file, { busyTimeoutMs: 20 }));
    expect(fault).toBe("locked");
    expect(message).toBe(
      `Cannot open ${folder.file}: nobody else may hold the lock of the file for 20 ms or longer, and somebody does`,
    );
    other.exec("COMMIT");
    await (await openSqliteStore(folder.file, { busyTimeoutMs: 20 })).close();
  });
});

describe("a file that fails while it is open", () => {
  it("is locked for too long: writes are refused, reads go on, and later everything does", async () => {
    await using folder = await makeTemporaryFolder();
    await using store = await openSqliteStore(folder.file, { busyTimeoutMs: 20 });
    await store.insert(job("a"));
    using other = openFile(folder.file);
    other.exec("BEGIN IMMEDIATE");
    const [refused, refusedToo, read] = await Promise.all([
      errorOf(store.insert(job("b"))),
      errorOf(store.swap(next(job("a")))),
      store.get("a"),
    ]);
    expect([refused.fault, refusedToo.fault, read?.version]).toEqual(["locked", "locked", 1]);
    expect(refused.message).toContain(
      `Cannot insert job 'b' into ${folder.file}: nobody else may hold the lock`,
    );
    expect(refusedToo.message).toContain(
      `Cannot write job 'a' to ${folder.file}: nobody else may hold the lock`,
    );
    other.exec("COMMIT");
    expect(await store.swap(next(job("a")))).toBe(true);
    expect(await store.insert(job("b"))).toBe(true);
  });

  it("waits for a lock that is let go in time", async () => {
    await using folder = await makeTemporaryFolder();
    await using patient = await openSqliteStore(folder.file, { busyTimeoutMs: 60_000 });
    await using impatient = await openSqliteStore(folder.file, { busyTimeoutMs: 20 });
    using other = openFile(folder.file);
    other.exec("BEGIN IMMEDIATE");
    const inserted = patient.insert(job("a"));
    for (const id of ["b", "c", "d"]) {
      expect(await errorOf(impatient.insert(job(id)))).toMatchObject({ fault: "locked" });
    }
    other.exec("COMMIT");
    expect(await inserted).toBe(true);
  });

  it("is full: what was answered is there, what was refused is not, and with room it goes on", async () => {
    await using folder = await makeTemporaryFolder();
    await using store = await openSqliteStore(folder.file, { maxBytes: 400_000 });
    const payload = "x".repeat(2_000);
    let stored = 0;
    while (await store.insert(job(`${stored}`, { payload })).catch(() => false)) stored += 1;
    expect(stored).toBeGreaterThan(50);
    const { fault, message } = await errorOf(store.insert(job("too many", { payload })));
    expect(fault).toBe("full");
    expect(message).toBe(
      `Cannot insert job 'too many' into ${folder.file}: it must fit on the disk and within maxBytes, which is 400000, and there is no room left`,
    );
    expect(await store.get("too many")).toBeUndefined();
    expect(await store.list({ state: "pending", limit: 1_000 })).toHaveLength(stored);

    using other = openFile(folder.file);
    other.exec("DELETE FROM jobs WHERE CAST(id AS INTEGER) < 20");
    expect(await store.insert(job("now", { payload }))).toBe(true);
    expect(await store.list({ state: "pending", limit: 1_000 })).toHaveLength(stored - 20 + 1);
  });

  it("is full: finished jobs that need not stay make room first", async () => {
    await using folder = await makeTemporaryFolder();
    const payload = "x".repeat(2_000);
    await using store = await openSqliteStore(folder.file, {
      maxBytes: 400_000,
      keepFinished: { maxCount: 10 },
    });
    for (let n = 0; n < 100; n += 1) {
      const ten = Array.from({ length: 10 }, (_, m) => job(`${n}-${m}`, { payload, state: "completed" }));
      expect(await Promise.all(ten.map((one) => store.insert(one)))).toEqual(Array(10).fill(true));
    }
  });

  it("has no room for one: the others that were asked at the same time are stored", async () => {
    await using folder = await makeTemporaryFolder();
    await using store = await openSqliteStore(folder.file, { maxBytes: 400_000 });
    const [before, huge, after] = await Promise.allSettled([
      store.insert(job("before")),
      store.insert(job("huge", { payload: "x".repeat(800_000) })),
      store.insert(job("after")),
    ]);
    expect(before).toMatchObject({ value: true });
    expect(huge).toMatchObject({ reason: { fault: "full" } });
    expect(after).toMatchObject({ value: true });
    expect(ids(await store.list({ state: "pending", limit: 9 }))).toBe("before,after");
  });

  it("has lost its middle: the call that meets it says so", async () => {
    await using folder = await makeTemporaryFolder();
    {
      await using store = await openSqliteStore(folder.file);
      const all = Array.from({ length: 2_000 }, (_, n) => store.insert(job(`${n}`, { createdAt: n })));
      await Promise.all(all);
    }
    const pages = await open(folder.file, "r+");
    const { size } = await pages.stat();
    await pages.write(Buffer.alloc(size - 16 * 4_096, 0xff), 0, size - 16 * 4_096, 16 * 4_096);
    await pages.close();
    await using store = await openSqliteStore(folder.file);
    const { fault, message } = await errorOf(store.list({ state: "pending", limit: 2_000 }));
    expect(await errorOf(store.list({ state: "pending", limit: 2_000 }))).toMatchObject({ fault, message });
    expect(fault).toBe("damaged file");
    expect(message).toBe(
      `Cannot list jobs of ${folder.file}: it must be a whole SQLite database: database disk image is malformed`,
    );
  });

  it("is cut off", async () => {
    await using folder = await makeTemporaryFolder();
    await (await openSqliteStore(folder.file)).close();
    await truncate(folder.file, 4_096);
    const opened = openSqliteStore(folder.file).then((store) =>
      store.insert(job("a")).finally(() => store.close()),
    );
    expect(await errorOf(opened)).toMatchObject({ fault: "damaged file" });
  });
});
