import type { DatabaseSync } from "node:sqlite";

/**
 * All that the body writes or, if it throws, nothing; all that it reads is of one moment, whatever other processes write.
 *
 * "write" takes the lock at once: a lock that is only asked for at the first write may be refused in the middle.
 */
export function inTransaction<T>(db: DatabaseSync, intent: "read" | "write", body: () => T): T {
  db.exec(intent === "write" ? "BEGIN IMMEDIATE" : "BEGIN");
  try {
    const value = body();
    db.exec("COMMIT");
    return value;
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK"); // On a full disk SQLite has rolled back by itself.
    throw error;
  }
}
