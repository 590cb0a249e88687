import { stat } from "node:fs/promises";
import type { JobRecord, JobStore } from "../../contract.ts";
import { createMemoryStore } from "../../given/memory-store.ts";
import { JobTable } from "../../stores/sqlite/job-table.ts";
import { openDatabase } from "../../stores/sqlite/open-database.ts";
import type { Read } from "../../stores/sqlite/protocol.ts";
import { recordOf, rowOf } from "../../stores/sqlite/row.ts";
import { openSqliteStore, type SqliteStoreOptions } from "../../stores/sqlite-store.ts";

export interface OpenStore extends AsyncDisposable {
  readonly store: JobStore;
}

/** What is compared. Whatever finishes stays, so that all have the same to carry. */
export const ways: Readonly<Record<string, (file: string) => Promise<OpenStore>>> = {
  memory: async () => ({ store: createMemoryStore(), [Symbol.asyncDispose]: async () => {} }),
  sqlite: (file) => openFile(file, {}),
  "sqlite, one transaction a call": (file) => openFile(file, { batchLimit: 1 }),
  "sqlite, on the main thread": openOnMainThread,
};

export const KEEP_ALL = { maxAgeMs: Infinity, maxCount: Infinity };

async function openFile(file: string, options: SqliteStoreOptions): Promise<OpenStore> {
  const store = await openSqliteStore(file, { ...options, keepFinished: KEEP_ALL });
  return { store, [Symbol.asyncDispose]: () => store.close() };
}

/** The obvious way: the same file and the same statements, each a transaction, and the event loop waits for the disk. */
async function openOnMainThread(file: string): Promise<OpenStore> {
  const db = openDatabase({
    file,
    busyTimeoutMs: 5_000,
    maxBytes: Infinity,
    batchLimit: 1,
    keepFinished: KEEP_ALL,
  });
  const table = new JobTable(db);
  const write = async (op: "insert" | "swap", job: JobRecord) =>
    table.write({ op, row: rowOf(job, `${op} a job`, file) });
  const read = async (call: Read) => table.read(call).map((row) => recordOf(row, file));
  return {
    store: {
      insert: (job) => write("insert", job),
      swap: (next) => write("swap", next),
      get: async (id) => (await read({ op: "get", id }))[0],
      claimable: (query) => read({ op: "claimable", query }),
      list: (query) => read({ op: "list", query }),
    },
    async [Symbol.asyncDispose]() {
      db.close();
    },
  };
}

/** All that is on the disk of it, the log included. */
export async function bytesOf(file: string): Promise<number> {
  const sizes = ["", "-wal"].map((end) =>
    stat(file + end).then(
      ({ size }) => size,
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size);
}
