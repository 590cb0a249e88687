import { TimeoutError } from "@pattern-labs/primitives/timeout";
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

/** Some errors of a connection that was refused have no message, but several causes. Without a full stop, for it stands in a sentence. */
export function messageOf(error: unknown): string {
  if (error instanceof TimeoutError) return `no answer within ${error.ms} ms`;
  const [first] = error instanceof AggregateError ? error.errors : [error];
  return (first instanceof Error ? first.message : String(first)).replace(/\.$/, "");
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

/** What the network says, and PostgreSQL while it comes or goes: it ends connections (57P), or cannot have them (08). */
const AWAY = /^(E(CONN|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|NOTFOUND|AI_AGAIN)|08|57P)/;
/** What the clients say for themselves when a connection ends or nobody answers: these have no code. BullMQ knows one more. */
const NO_ANSWER =
  /^(Connection terminated|Query read timeout|Command timed out|timeout exceeded|Stream isn't)/;

/** Whether it was the server that could not be reached, or did not answer; not what it has said to a call. */
export const isAway = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  const { code, message } = error as Error & { readonly code?: unknown };
  return AWAY.test(String(code)) || NO_ANSWER.test(message) || !isNotConnectionError(error);
};

/** Whether the server has answered, and refuses whoever calls: the user, the password, the database. */
export const isAnswer = (error: unknown): boolean =>
  error instanceof Error && !isAway(error) && (error.name === "ReplyError" || "severity" in error);
