import { resolve } from "node:path";
import { inspect } from "node:util";
import type { ClaimQuery, JobRecord, JobStore, ListQuery } from "../contract.ts";
import type { Retention, Row } from "./sqlite/protocol.ts";
import { recordOf, rowOf } from "./sqlite/row.ts";
import { StoreThread } from "./sqlite/thread.ts";
import { StoreError } from "./store-error.ts";

export { StoreError, type StoreFault } from "./store-error.ts";

export interface SqliteStoreOptions {
  /**
   * Which jobs stay once they are `completed` or `cancelled`: the last `maxCount` of them (default 100,000), and of these
   * the ones that were last written less than `maxAgeMs` ago (default: however old). The others are removed little by
   * little as jobs are written. Who is removed is forgotten, and so is its id. Dead jobs stay: they wait for somebody.
   */
  readonly keepFinished?: Partial<Retention> | undefined;
  /** How long a call waits while another process writes. From 0; default 5,000. */
  readonly busyTimeoutMs?: number | undefined;
  /** What would make the file larger is refused as on a full disk. From 4,096; default: as large as the disk. */
  readonly maxBytes?: number | undefined;
  /** How many calls may share a transaction. From 1; default 512. With 1 each has its own: only to measure against. */
  readonly batchLimit?: number | undefined;
  /**
   * Told of each damaged job that `claimable` or `list` comes across and leaves out, so that it holds up nobody. Never
   * throws. Without it these calls reject, as `get` always does.
   */
  readonly onDamaged?: ((error: StoreError) => void) | undefined;
}

/** A store in one file. */
export interface SqliteJobStore extends JobStore, AsyncDisposable {
  readonly file: string;
  /**
   * Takes no more calls; resolves when those before are answered, the file is closed, and no thread is left. Calling it
   * again waits for the same. `await using` calls it.
   */
  close(): Promise<void>;
}

/**
 * Jobs in one SQLite file: durable, and no server to look after.
 *
 * - What is answered is on the disk, and survives the end of the process and of the machine.
 * - Calls that come while others are being written share one transaction. So a thousand callers are served at little
 *   more than the price of one, and each waits for about two flushes of the disk.
 * - A thread of its own reads and writes; the event loop never waits for the disk. Open a file once in a process, and
 *   share the store. Several processes may open the same file, on a local disk.
 * - A call that is asked after another sees what that has done, even if nobody has waited for its answer.
 * - Payloads and results are JSON. What would come back otherwise, as a Date would, is refused.
 * - While the file is open, do not open it in the same process by other means than SQLite, not even to read: closing it
 *   again would take away SQLite's locks (https://sqlite.org/howtocorrupt.html).
 *
 * @param file Its folder must exist; the file need not. Beside it there will be files ending in `-wal` and `-shm`.
 * @throws {StoreError} As does every call. The message names the file and the rule.
 * @throws {RangeError} For an option out of its range.
 *
 * @example
 * ```ts
 * await using store = await openSqliteStore("jobs.db", { keepFinished: { maxCount: 10_000 } });
 * const queue = createQueue({ store, types });
 * ```
 */
export async function openSqliteStore(
  file: string,
  options: SqliteStoreOptions = {},
): Promise<SqliteJobStore> {
  const { busyTimeoutMs = 5_000, maxBytes = Infinity, batchLimit = 512, keepFinished } = options;
  const { maxAgeMs = Infinity, maxCount = 100_000 } = keepFinished ?? {};
  check(
    "open a store",
    { busyTimeoutMs, "keepFinished.maxAgeMs": maxAgeMs, "keepFinished.maxCount": maxCount },
    0,
  );
  check("open a store", { maxBytes }, 4_096);
  check("open a store", { batchLimit }, 1);
  const path = resolve(file);
  const retention = { maxAgeMs, maxCount };
  const settings = { file: path, busyTimeoutMs, maxBytes, batchLimit, keepFinished: retention };
  return new SqliteStore(path, await StoreThread.open(settings), options.onDamaged);
}

class SqliteStore implements SqliteJobStore {
  readonly file: string;
  readonly #thread: StoreThread;
  readonly #onDamaged: SqliteStoreOptions["onDamaged"];
  /** The damaged jobs that were met: so many more are asked for, that they take nobody's place. */
  readonly #damaged = new Set<string>();

  constructor(file: string, thread: StoreThread, onDamaged: SqliteStoreOptions["onDamaged"]) {
    this.file = file;
    this.#thread = thread;
    this.#onDamaged = onDamaged;
  }

  async insert(job: JobRecord): Promise<boolean> {
    const doing = `insert job ${inspect(job.id)} into ${this.file}`;
    return await this.#thread.write({ op: "insert", row: rowOf(job, doing, this.file) }, doing);
  }

  async swap(next: JobRecord): Promise<boolean> {
    const doing = `write job ${inspect(next.id)} to ${this.file}`;
    return await this.#thread.write({ op: "swap", row: rowOf(next, doing, this.file) }, doing);
  }

  async get(id: string): Promise<JobRecord | undefined> {
    const [row] = await this.#thread.read({ op: "get", id }, `get job ${inspect(id)} from ${this.file}`);
    return row && recordOf(row, this.file);
  }

  async claimable({ now, limit, types }: ClaimQuery): Promise<readonly JobRecord[]> {
    check("look for claimable jobs", { limit }, 0);
    const query = { now, limit: limit + this.#damaged.size, types };
    const rows = await this.#thread.read(
      { op: "claimable", query },
      `look for claimable jobs in ${this.file}`,
    );
    return this.#sound(rows).slice(0, limit);
  }

  async list({ state, limit }: ListQuery): Promise<readonly JobRecord[]> {
    check("list jobs", { limit }, 1);
    const query = { state, limit: limit + this.#damaged.size };
    const rows = await this.#thread.read({ op: "list", query }, `list jobs of ${this.file}`);
    return this.#sound(rows).slice(0, limit);
  }

  async close(): Promise<void> {
    await this.#thread.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The records of those that are not damaged. */
  #sound(rows: readonly Row[]): JobRecord[] {
    return rows.flatMap((row) => {
      try {
        return [recordOf(row, this.file)];
      } catch (error) {
        if (this.#onDamaged === undefined || !(error instanceof StoreError)) throw error;
        this.#damaged.add(row.id);
        this.#onDamaged(error);
        return [];
      }
    });
  }
}

function check(doing: string, values: Readonly<Record<string, number>>, least: number): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === Infinity || (Number.isInteger(value) && value >= least)) continue;
    throw new RangeError(`Cannot ${doing}: ${name} must be a whole number from ${least}, got ${value}`);
  }
}
