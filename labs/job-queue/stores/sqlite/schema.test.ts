import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { openFile } from "../testing/database.ts";
import { makeTemporaryFolder } from "../testing/temporary-folder.ts";
import { STATEMENTS } from "./job-table.ts";
import { openDatabase } from "./open-database.ts";
import { MIGRATIONS, migrate } from "./schema.ts";
import { SWEEP_STATEMENTS } from "./sweeper.ts";

const SETTINGS = {
  busyTimeoutMs: 1_234,
  maxBytes: Infinity,
  batchLimit: 1,
  keepFinished: { maxAgeMs: 1, maxCount: 1 },
};
const value = (db: DatabaseSync, sql: string) => Object.values(db.prepare(sql).get() ?? {})[0];

describe("migrate", () => {
  const road = [...MIGRATIONS, "ALTER TABLE jobs ADD COLUMN region REAL", "UPDATE jobs SET region = 7"];
  const insert = `INSERT INTO jobs (id, type, state, attempts, crashes, dueAt, createdAt, updatedAt, version, leaseUntil, leaseId)
    VALUES ('a', 'mail', 'pending', 0, 0, 0, 0, 0, 1, 0, '')`;

  it("takes an empty file, and one of any older version, to the newest, with the jobs in it", () => {
    for (const version of [0, 1, 2, 3]) {
      using db = new DatabaseSync(":memory:");
      if (version > 0) {
        migrate(db, road.slice(0, version));
        db.exec(insert);
      }
      migrate(db, road);
      expect(value(db, "PRAGMA user_version")).toBe(3);
      expect(db.prepare("SELECT id FROM jobs").all()).toHaveLength(version > 0 ? 1 : 0);
      if (version === 1) expect(value(db, "SELECT region FROM jobs")).toBe(7);
    }
  });

  it("leaves a file as it was if a step fails", () => {
    using db = new DatabaseSync(":memory:");
    migrate(db);
    expect(() => migrate(db, [...MIGRATIONS, "DROP TABLE jobs", "nonsense"])).toThrow(/syntax error/);
    expect(value(db, "PRAGMA user_version")).toBe(1);
    db.exec(insert);
  });

  it("touches neither a file of a newer version nor somebody else's", () => {
    using newer = new DatabaseSync(":memory:");
    migrate(newer, road);
    expect(() => migrate(newer)).toThrow(
      "its schema must be of version 1 or older, got 3: a newer release has written it",
    );
    expect(value(newer, "PRAGMA user_version")).toBe(3);
    for (const sql of ["CREATE TABLE accounts (id)", "PRAGMA user_version = 1"]) {
      using foreign = new DatabaseSync(":memory:");
      foreign.exec(sql);
      expect(() => migrate(foreign)).toThrow(
        "it must be a store of jobs or empty, and is a database of something else",
      );
      expect(value(foreign, "SELECT count(*) FROM sqlite_schema WHERE name = 'jobs'")).toBe(0);
    }
  });
});

describe("openDatabase", () => {
  it("flushes each commit to the disk, and waits for others", async () => {
    await using folder = await makeTemporaryFolder();
    using db = openDatabase({ ...SETTINGS, file: folder.file });
    expect(value(db, "PRAGMA journal_mode")).toBe("wal");
    expect(value(db, "PRAGMA synchronous")).toBe(2); // FULL
    expect(value(db, "PRAGMA fullfsync")).toBe(1);
    expect(value(db, "PRAGMA busy_timeout")).toBe(1_234);
  });

  it("may be done twice, and by several connections", async () => {
    await using folder = await makeTemporaryFolder();
    using first = openDatabase({ ...SETTINGS, file: folder.file });
    using second = openDatabase({ ...SETTINGS, file: folder.file });
    using third = openFile(folder.file);
    for (const db of [first, second, third]) expect(value(db, "SELECT count(*) FROM jobs")).toBe(0);
  });
});

describe("every statement", () => {
  using db = new DatabaseSync(":memory:");
  migrate(db);
  const plans = Object.entries({ ...STATEMENTS, ...SWEEP_STATEMENTS }).map(
    ([name, sql]): [string, string] => {
      const steps = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
      return [name, steps.map(({ detail }) => detail).join("; ")];
    },
  );

  it.each(plans)("%s finds its rows by an index, and sorts nothing", (_, plan) => {
    expect(plan).not.toMatch(/SCAN|TEMP B-TREE/);
  });

  it("has the plan that it was written for", () => {
    expect(Object.fromEntries(plans)).toMatchObject({
      get: "SEARCH jobs USING INDEX sqlite_autoindex_jobs_1 (id=?)",
      waitingRank: "SEARCH jobs USING INDEX jobs_waiting (type=? AND rank<?)",
      waiting: "SEARCH jobs USING INDEX jobs_waiting (type=? AND rank=? AND dueAt<?)",
      expiredRank: "SEARCH jobs USING COVERING INDEX jobs_leased (type=? AND rank<?)",
      expired: "SEARCH jobs USING COVERING INDEX jobs_leased (type=? AND rank=? AND leaseUntil<?)",
      list: "SEARCH jobs USING INDEX jobs_in_state (state=?)",
    });
  });
});
