/** What kind of rule was broken, for programs; the message says it in words. */
export type StoreFault =
  /** The file cannot be opened: its folder is not there, or nobody may read or write it. */
  | "unopenable"
  /** It is no SQLite database, or a damaged one. */
  | "damaged file"
  /** It is a database, but somebody else's. */
  | "foreign file"
  /** A newer release has written it. */
  | "newer schema"
  /** Somebody else has held its lock for longer than the busy timeout. */
  | "locked"
  /** The disk is full, or `maxBytes` are reached. Nothing that was stored is lost; once there is room it goes on. */
  | "full"
  /** The row of a job holds what no job may hold. */
  | "damaged job"
  /** What was to be stored would not come back as it is. */
  | "not storable"
  | "closed"
  /** The thread that writes has ended, as when the process is out of memory. Open the store again. */
  | "thread died"
  /** What SQLite says, as it is. */
  | "other";

/** What went wrong, without what was tried: it comes from the thread that writes, and may meet many calls at once. */
export interface Failure {
  readonly fault: StoreFault;
  /** "its folder must exist, got none at /srv/jobs" */
  readonly rule: string;
  /** What SQLite itself said. */
  readonly cause?: unknown;
}

/**
 * Why a call of a store failed. The message names what was tried, the file and the rule.
 *
 * After a call that writes and fails nothing of it is stored; only with "thread died" and "other" nobody knows.
 */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly file: string;
  readonly fault: StoreFault;

  /** @param doing What could not be done, with the file: "insert job "a" into jobs.db". */
  constructor(doing: string, file: string, { fault, rule, cause }: Failure) {
    super(`Cannot ${doing}: ${rule}`, { cause });
    this.file = file;
    this.fault = fault;
  }
}
