import { closeSync, existsSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Channel } from "@pattern-labs/primitives/channel";

/** More than a demo will ever hold: who is told "accepted" need not wait. */
const MOST_WAITING = 1_000_000;

/** What became of the jobs that a store was told of, by their ids. */
export interface JobRecord {
  readonly done: readonly number[];
  /** Not done, and put back: the next process does them. */
  readonly back: readonly number[];
}

/**
 * The jobs of the demo's service. Those that wait are in memory, as in many a service; what was done, and what was put
 * back, stands in a file, line by line. A job that was accepted and is in neither at the end is lost.
 */
export class JobStore {
  readonly #file: string;
  readonly #waiting = new Channel<number>(MOST_WAITING);
  #handle: number | undefined;

  constructor(folder: string) {
    this.#file = fileIn(folder);
  }

  open(): void {
    this.#handle = openSync(this.#file, "a");
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** @throws {Error} If the store is closed: the job is not accepted. */
  accept(job: number): void {
    this.#openHandle("accept");
    if (!this.#waiting.trySend(job))
      throw new Error(`Cannot accept job ${job}: ${MOST_WAITING} wait already`);
  }

  /**
   * Waits for jobs, and takes up to `limit`.
   *
   * @throws The signal's reason, if it aborts first.
   */
  take(limit: number, options: { readonly signal: AbortSignal }): Promise<readonly number[]> {
    return this.#waiting.receiveMany(limit, options);
  }

  /** Writes down that it is done. @throws {Error} If the store is closed. */
  finish(job: number): void {
    this.#write("finish", job, "done");
  }

  /** Puts it back for the next process. @throws {Error} If the store is closed. */
  giveBack(job: number): void {
    this.#write("give back", job, "back");
  }

  /** Puts back all that wait, and closes the file. */
  close(): void {
    for (let next = this.#waiting.tryReceive(); next !== undefined; next = this.#waiting.tryReceive()) {
      if (!next.done) this.giveBack(next.value);
    }
    if (this.#handle !== undefined) closeSync(this.#handle);
    this.#handle = undefined;
  }

  #write(verb: string, job: number, fate: keyof JobRecord): void {
    writeSync(this.#openHandle(`${verb} job ${job}`), `${JSON.stringify({ [fate]: job })}\n`);
  }

  #openHandle(what: string): number {
    if (this.#handle === undefined) throw new Error(`Cannot ${what}: the store is closed`);
    return this.#handle;
  }
}

/** Reads what a process has left in its file, however it ended. */
export function readJobRecord(folder: string): JobRecord {
  const file = fileIn(folder);
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  const entries = lines
    .filter((line) => line !== "")
    .map((line): Partial<Record<keyof JobRecord, number>> => JSON.parse(line));
  return {
    done: entries.flatMap(({ done }) => done ?? []),
    back: entries.flatMap(({ back }) => back ?? []),
  };
}

const fileIn = (folder: string) => join(folder, "jobs.ndjson");
