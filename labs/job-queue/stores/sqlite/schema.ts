import type { DatabaseSync } from "node:sqlite";
import { FailureError } from "./failure.ts";
import { inTransaction } from "./transaction.ts";

/** Marks a file as a store of jobs: "jobs" in ASCII. https://sqlite.org/pragma.html#pragma_application_id */
const APPLICATION_ID = 0x6a_6f_62_73;

/**
 * How a file comes from each version of the schema to the next: the first makes version 1 of an empty one. A release that
 * needs another schema adds a step; a step that was released is never changed. The file's `user_version` counts the steps
 * that it has been through.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE jobs (
    seq INTEGER PRIMARY KEY, -- In the order of insertion: of jobs due in the same millisecond the first comes first.
    id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    crashes INTEGER NOT NULL,
    dueAt REAL NOT NULL,
    createdAt REAL NOT NULL,
    updatedAt REAL NOT NULL,
    version INTEGER NOT NULL,
    leaseUntil REAL NOT NULL,
    leaseId TEXT NOT NULL,
    priority REAL,
    -- The priority, none being 0. No generated column: an index with one never answers without the row.
    rank REAL NOT NULL DEFAULT 0,
    finished INTEGER, -- In the order in which they finished; null before.
    -- Last, for they may be long: to read another column SQLite passes over those before it.
    error TEXT,
    children TEXT,
    progress TEXT,
    payload TEXT,
    result TEXT
  ) STRICT;

  -- Each index holds only the jobs that its query looks for: what has finished costs a claim nothing.
  CREATE INDEX jobs_waiting ON jobs (type, rank, dueAt) WHERE state IN ('pending', 'failed');
  CREATE INDEX jobs_leased ON jobs (type, rank, leaseUntil) WHERE state = 'running';
  CREATE INDEX jobs_in_state ON jobs (state, createdAt);
  CREATE INDEX jobs_finished ON jobs (finished, updatedAt) WHERE finished IS NOT NULL;

  PRAGMA application_id = ${APPLICATION_ID};
  `,
];

/**
 * Takes the file through the migrations that it lacks, in one transaction. Several processes may do it at the same time:
 * all but one find that it is done.
 *
 * @throws {FailureError} "newer schema" or "foreign file"; the file is as it was.
 */
export function migrate(db: DatabaseSync, migrations: readonly string[] = MIGRATIONS): void {
  if (stepsTaken(db, migrations) === migrations.length) return;
  inTransaction(db, "write", () => {
    for (const step of migrations.slice(stepsTaken(db, migrations))) db.exec(step);
    db.exec(`PRAGMA user_version = ${migrations.length}`);
  });
}

function stepsTaken(db: DatabaseSync, migrations: readonly string[]): number {
  const version = pragma(db, "user_version");
  const isEmpty = version === 0 && db.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
  if (!isEmpty && pragma(db, "application_id") !== APPLICATION_ID) {
    throw new FailureError({
      fault: "foreign file",
      rule: "it must be a store of jobs or empty, and is a database of something else",
    });
  }
  if (version > migrations.length) {
    throw new FailureError({
      fault: "newer schema",
      rule: `its schema must be of version ${migrations.length} or older, got ${version}: a newer release has written it`,
    });
  }
  return version;
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
}
