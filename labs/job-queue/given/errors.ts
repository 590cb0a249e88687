import { inspect } from "node:util";

/** For `enqueue`: no queue of this kind can do such a job. */
export class UnknownTypeError extends Error {
  override readonly name = "UnknownTypeError";

  constructor(type: string, known: readonly string[]) {
    super(`Cannot enqueue a job: its type must be one of ${known.join(", ")}, got ${inspect(type)}`);
  }
}

/** For the signal of a handler, and for `onError`: somebody else may do the job now. */
export class LeaseLostError extends Error {
  override readonly name = "LeaseLostError";

  constructor(id: string) {
    super(`The lease of job ${id} is lost: another worker may do it now`);
  }
}

/** For the signal of a handler when `stop` has no more patience, and for `start` after `stop`. */
export class StoppedError extends Error {
  override readonly name = "StoppedError";

  constructor() {
    super("The queue is stopped");
  }
}

/** For the signal of a handler (challenge cancel): its job was cancelled. */
export class CancelledError extends Error {
  override readonly name = "CancelledError";

  constructor(id: string) {
    super(`Job ${id} was cancelled`);
  }
}

/** For `enqueue` (challenge idempotency): the key was used for another type, or with another payload. */
export class KeyConflictError extends Error {
  override readonly name = "KeyConflictError";

  constructor(key: string) {
    super(`Cannot enqueue a job: a key must be used for one body only, got ${inspect(key)} for another`);
  }
}

/** Whatever was thrown, as a text to store: `String` fails for some values. */
export const textOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : inspect(error);
