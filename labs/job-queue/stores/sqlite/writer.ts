import type { DatabaseSync } from "node:sqlite";
import { failureOf, isBusy } from "./failure.ts";
import { JobTable } from "./job-table.ts";
import type { Answer, FileSettings, Read, Request, Write } from "./protocol.ts";
import { Sweeper } from "./sweeper.ts";
import { inTransaction } from "./transaction.ts";

/** So many finished jobs are removed at once: few enough that nobody waits long for what they share a transaction with. */
const SLICE = 100;

/** Does calls batch by batch: all writes of a batch are one transaction, for it is the flush to the disk that costs. */
export class Writer {
  readonly #db: DatabaseSync;
  readonly #settings: FileSettings;
  readonly #table: JobTable;
  readonly #sweeper: Sweeper;
  #mayHaveMoreToSweep = false;

  constructor(db: DatabaseSync, settings: FileSettings) {
    this.#db = db;
    this.#settings = settings;
    this.#table = new JobTable(db);
    this.#sweeper = new Sweeper(db, settings.keepFinished);
  }

  /** Whether finished jobs are left over that could be removed while there is nothing else to do. */
  get mayHaveMoreToSweep(): boolean {
    return this.#mayHaveMoreToSweep;
  }

  /** Writes first, so that a read sees every write that was asked for before it. */
  answer(requests: readonly Request[]): Answer[] {
    const writes = requests.filter(isWrite);
    const reads = requests.filter(isRead);
    return [...(writes.length > 0 ? this.#commit(writes) : []), ...reads.map((read) => this.#read(read))];
  }

  /** A slice of its own. What fails here is left to the next batch, which tells its callers. */
  sweep(): void {
    try {
      inTransaction(this.#db, "write", () => this.#sweepFor(0));
    } catch {
      this.#mayHaveMoreToSweep = false;
    }
  }

  /**
   * All together; or, if that fails, each by itself, so that what cannot be stored fails nobody else. (Unless the file is
   * locked: then each would wait for as long again.) The answers are made only when the transaction is on the disk.
   */
  #commit(requests: readonly WriteRequest[]): Answer[] {
    try {
      return inTransaction(this.#db, "write", () => {
        this.#sweepFor(requests.length); // First: a full file may have room afterwards.
        return requests.map(({ number, call }) => ({ number, value: this.#table.write(call) }));
      });
    } catch (error) {
      if (requests.length > 1 && !isBusy(error))
        return requests.flatMap((request) => this.#commit([request]));
      const failure = failureOf(error, this.#settings);
      return requests.map(({ number }) => ({ number, failure }));
    }
  }

  /** More than are written, so that what is left over shrinks, however many finish. */
  #sweepFor(writes: number): void {
    const { maxAgeMs, maxCount } = this.#settings.keepFinished;
    const keepsAll = maxAgeMs === Infinity && maxCount === Infinity;
    this.#mayHaveMoreToSweep = !keepsAll && this.#sweeper.sweep(SLICE + writes, Date.now());
  }

  #read({ number, call }: ReadRequest): Answer {
    try {
      return { number, value: inTransaction(this.#db, "read", () => this.#table.read(call)) };
    } catch (error) {
      return { number, failure: failureOf(error, this.#settings) };
    }
  }
}

type WriteRequest = Request & { readonly call: Write };
type ReadRequest = Request & { readonly call: Read };

const isWrite = (request: Request): request is WriteRequest =>
  request.call.op === "insert" || request.call.op === "swap";
const isRead = (request: Request): request is ReadRequest => !isWrite(request);
