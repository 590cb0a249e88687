import type { ClaimQuery, JobChallenges, JobRecord, ListQuery } from "../../contract.ts";
import type { Failure } from "../store-error.ts";

/** A job as its row in the table: a record in which any JSON is text, and what is absent is null. */
export interface Row extends Omit<JobRecord, "payload" | "result" | "error" | keyof JobChallenges> {
  readonly payload: string | null;
  readonly result: string | null;
  readonly error: string | null;
  readonly priority: number | null;
  readonly progress: string | null;
  readonly children: string | null;
}

/** Answered by whether it was done, once it is on the disk. */
export type Write = { readonly op: "insert" | "swap"; readonly row: Row };

/** Answered by the rows that were found. */
export type Read =
  | { readonly op: "get"; readonly id: string }
  | { readonly op: "claimable"; readonly query: ClaimQuery }
  | { readonly op: "list"; readonly query: ListQuery };

export type Call = Read | Write;

/** What the main thread sends: the calls of one turn of its event loop, or the wish to close. */
export type Message = readonly Request[] | "close";

export interface Request {
  /** By which its answer is known. */
  readonly number: number;
  readonly call: Call;
}

/** What the thread sends first: that the file is open, or why not; and then the answers, batch by batch. */
export type Reply = { readonly opened: true } | { readonly failed: Failure } | readonly Answer[];

export type Answer =
  | { readonly number: number; readonly value: boolean | readonly Row[] }
  | { readonly number: number; readonly failure: Failure };

/** How the thread is to treat the file. */
export interface FileSettings {
  readonly file: string;
  readonly busyTimeoutMs: number;
  readonly maxBytes: number;
  readonly keepFinished: Retention;
  readonly batchLimit: number;
}

/** Which finished jobs stay: those that are young enough, and of these the last ones. Infinity: all of them. */
export interface Retention {
  readonly maxAgeMs: number;
  readonly maxCount: number;
}
