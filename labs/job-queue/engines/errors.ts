import { ErrorCode, isNotConnectionError } from "bullmq";

/** A call that the engine's server has refused, or not answered. Unless it says so, nobody knows whether it was done. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  /** Host and port: the address may have a password in it. */
  readonly host: string;

  constructor(doing: string, host: string, rule: string, options?: ErrorOptions) {
    super(`Cannot ${doing}: ${rule}`, options);
    this.host = host;
  }
}

/** Some errors of a connection that was refused have no message, but several causes. */
export function messageOf(error: unknown): string {
  const [first] = error instanceof AggregateError ? error.errors : [error];
  return first instanceof Error ? first.message : String(first);
}

/** What the engine says when a job is not where the call wants it: it is somebody else's now, has moved on, or is gone. */
const REFUSALS: readonly unknown[] = [
  ErrorCode.JobNotExist,
  ErrorCode.JobLockNotExist,
  ErrorCode.JobNotInState,
  ErrorCode.JobLockMismatch,
];

export const isRefusal = (error: unknown): boolean =>
  error instanceof Error && REFUSALS.includes((error as { readonly code?: unknown }).code);

/** Whether a connection has ended. BullMQ knows what Redis's client says then; the other is what PostgreSQL's says when we end it. */
export const isHangUp = (error: unknown): boolean =>
  error instanceof Error && (!isNotConnectionError(error) || error.message === "Connection terminated");
