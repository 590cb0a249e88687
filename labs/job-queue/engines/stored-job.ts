import { inspect } from "node:util";
import type { JobState, JobsOptions, Job as StoredJob } from "bullmq";
import { z } from "zod";
import type { EnqueueOptions, Job, JobRecord, State } from "../contract.ts";
import { toJson } from "../stores/sqlite/json.ts";
import type { EngineSettings } from "./options.ts";

export type { StoredJob };

/**
 * What BullMQ keeps for us. Payload and result are texts of JSON within its JSON: PostgreSQL's own would refuse U+0000,
 * and put the properties into another order.
 */
const bodySchema = z.object({
  payload: z.string().nullable(),
  /** So many of its crashes were forgiven when it was replayed: BullMQ counts them for ever. */
  forgiven: z.int().min(0),
});
const outcomeSchema = z.object({ result: z.string().nullable() });

export type Body = z.infer<typeof bodySchema>;

/** BullMQ counts the other way round, from 0 to 2,097,151, and takes none for the most urgent. This is our 0. */
const MIDDLE_PRIORITY = 2 ** 20;
/** The engine's priorities are whole numbers from minus this to this. */
const MOST_PRIORITY = MIDDLE_PRIORITY - 1;

/** @throws {NotJsonError} If the payload would not come back as it is. */
export const bodyOf = (job: JobRecord): Body => ({ payload: toJson("payload", job.payload), forgiven: 0 });

/** @throws {NotJsonError} If the result would not come back as it is. */
export const outcomeOf = (result: unknown) => ({ result: toJson("result", result) });

/** @throws {RangeError} For a priority that the engine does not have. */
export function jobOptions(job: JobRecord, options: EnqueueOptions, settings: EngineSettings): JobsOptions {
  const { priority = 0, delayMs = 0 } = options;
  if (!Number.isInteger(priority) || Math.abs(priority) > MOST_PRIORITY) {
    throw new RangeError(
      `Cannot enqueue a job: with an engine priority must be a whole number from ${-MOST_PRIORITY} to ${MOST_PRIORITY}, got ${priority}`,
    );
  }
  const { maxAgeMs, maxCount } = settings.keepFinished;
  return {
    jobId: engineId(job.id),
    timestamp: job.createdAt,
    priority: MIDDLE_PRIORITY - priority,
    delay: Math.ceil(delayMs), // PostgreSQL takes whole ones only.
    attempts: settings.retries + 1,
    backoff: { type: "jitter" },
    removeOnComplete: { age: Math.ceil(maxAgeMs / 1_000), count: maxCount },
    stackTraceLimit: 0,
  };
}

/**
 * BullMQ refuses some ids (numbers, those with a colon), and would take others, as "wait", for its own keys.
 *
 * @throws {RangeError} For half of a surrogate pair, which has no place in UTF-8: two ids would become one.
 */
export function engineId(id: string): string {
  if (id.isWellFormed()) return `id-${encodeURIComponent(id)}`;
  throw new RangeError(`Cannot use the id of a job: it must be well-formed Unicode, got ${inspect(id)}`);
}

export function idOf({ id = "" }: StoredJob): string {
  try {
    return id.startsWith("id-") ? decodeURIComponent(id.slice("id-".length)) : id;
  } catch {
    return id; // Another program has put it there.
  }
}

/** What other programs have put there is a payload as it stands. */
export const readBody = (job: StoredJob): Body =>
  bodySchema.safeParse(job.data).data ?? { payload: JSON.stringify(job.data), forgiven: 0 };

export const payloadOf = (job: StoredJob): unknown => fromJson(readBody(job).payload);

export const crashesOf = (job: StoredJob): number => job.stalledCounter - readBody(job).forgiven;

/** The state of a job that has ended; undefined before. Its end is written in one step, so this is never half true. */
export function endOf(job: StoredJob): "completed" | "dead" | undefined {
  if (job.finishedOn === undefined) return undefined;
  return outcomeSchema.safeParse(job.returnvalue).success ? "completed" : "dead";
}

/** @param state Where the engine had it. */
export function jobOf(job: StoredJob, engineState: JobState | "unknown"): Job {
  const state = endOf(job) ?? stateOf(job, engineState);
  const priority = MIDDLE_PRIORITY - job.priority;
  const payload = payloadOf(job);
  const result = state === "completed" ? fromJson(outcomeSchema.parse(job.returnvalue).result) : undefined;
  return {
    id: idOf(job),
    type: job.name,
    payload,
    state,
    attempts: job.attemptsMade,
    crashes: crashesOf(job),
    dueAt: (job.processedOn ?? job.timestamp) + job.delay,
    createdAt: job.timestamp,
    updatedAt: job.finishedOn ?? job.processedOn ?? job.timestamp,
    ...(priority !== 0 && { priority }),
    ...(result !== undefined && { result }),
    ...(state !== "completed" && job.failedReason && { error: job.failedReason }),
  };
}

function stateOf(job: StoredJob, engineState: JobState | "unknown"): State {
  if (engineState === "active") return "running";
  return job.failedReason ? "failed" : "pending";
}

const fromJson = (text: string | null): unknown => (text === null ? undefined : JSON.parse(text));
