import type { Logger } from "pino";
import type { z } from "zod";
import type { JobContext } from "../../contract.ts";

/** A type of job that the service does: what a queue needs to know of it, and a log whose lines say for which request. */
export interface Work {
  readonly schema: z.ZodType;
  run(input: unknown, context: WorkContext): Promise<unknown>;
}

export interface WorkContext extends JobContext {
  readonly log: Logger;
}

/** What will fail the next time, too: the job is dead at once. */
export class PermanentError extends Error {
  override readonly name = "PermanentError";
}

export const isPermanent = (error: unknown): boolean => error instanceof PermanentError;
