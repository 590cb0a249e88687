import * as sqlite from "node:sqlite";
import { FailureError } from "./failure.ts";
import type { FileSettings } from "./protocol.ts";
import { migrate } from "./schema.ts";
import { waitWhileBusy } from "./wait-while-busy.ts";

// The class is being renamed: whichever name this Node has.
const Database =
  (sqlite as { readonly Database?: typeof sqlite.DatabaseSync }).Database ?? sqlite.DatabaseSync;

const CACHE_KIB = 16_384;
/** So long the log may stay after a burst; it grows beyond that while a burst lasts. */
const LOG_BYTES = 64 * 2 ** 20;

/**
 * Opens the file so that what is committed is on the disk, and brings its schema up to date.
 *
 * - WAL: a commit is appended to a log beside the file (`-wal`), and readers do not wait for it.
 * - `synchronous = FULL`: a commit has reached the disk when it is answered, and not only the system's memory. On macOS
 *   that takes `fullfsync`; elsewhere it means nothing.
 *
 * @throws {FailureError} Or the error of SQLite.
 */
export function openDatabase(settings: FileSettings): sqlite.DatabaseSync {
  const db = new Database(settings.file, { timeout: settings.busyTimeoutMs });
  try {
    waitWhileBusy(settings.busyTimeoutMs, () => useLog(db));
    db.exec(`
      PRAGMA synchronous = FULL;
      PRAGMA fullfsync = ON;
      PRAGMA checkpoint_fullfsync = ON;
      PRAGMA cache_size = -${CACHE_KIB};
      PRAGMA journal_size_limit = ${LOG_BYTES};
    `);
    migrate(db);
    if (Number.isFinite(settings.maxBytes)) limitSize(db, settings.maxBytes);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** The file remembers that it has a log: only who opens it first has to change that, and may find it locked. */
function useLog(db: sqlite.DatabaseSync): void {
  const mode = db.prepare("PRAGMA journal_mode = WAL").get()?.["journal_mode"];
  if (mode === "wal") return;
  throw new FailureError({
    fault: "unopenable",
    rule: `its file system must allow a write-ahead log, got a journal of mode ${mode}`,
  });
}

/** A file that is larger already stays as it is, and grows no more. */
function limitSize(db: sqlite.DatabaseSync, maxBytes: number): void {
  const pageBytes = Number(db.prepare("PRAGMA page_size").get()?.["page_size"]);
  db.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxBytes / pageBytes))}`);
}
