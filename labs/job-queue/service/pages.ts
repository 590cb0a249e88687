import { complaintsOf, show } from "@pattern-labs/demo/service";
import { z } from "zod";
import type { Job, JobQueue, State } from "../contract.ts";
import { refuse } from "./problem.ts";

export const STATES = [
  "pending",
  "running",
  "completed",
  "failed",
  "cancelled",
  "dead",
] as const satisfies State[];

export interface Page {
  readonly jobs: readonly Job[];
  /** For the next page; undefined after the last. */
  readonly cursor: string | undefined;
}

/** The last job of a page: where the next one begins. */
interface Mark {
  readonly state: State;
  readonly createdAt: number;
  readonly id: string;
  /** How many jobs were before it, itself included. */
  readonly place: number;
}

const markSchema = z.tuple([z.enum(STATES), z.number(), z.string(), z.int().min(1).max(1_000_000_000)]);

const LIMIT = "must be a whole number from 1 to 500";

const querySchema = z.strictObject({
  state: z.enum(STATES, { error: `must be one of ${STATES.join(", ")}` }),
  limit: z
    .string({ error: LIMIT })
    .regex(/^\d{1,9}$/, { error: LIMIT, abort: true })
    .transform(Number)
    .pipe(z.number().min(1, { error: LIMIT }).max(500, { error: LIMIT }))
    .optional(),
  cursor: z.string({ error: "must be there once" }).optional(),
});

/**
 * The jobs in one state, oldest first, page by page. A job that stays in its state while somebody turns the pages is on
 * one of them; one that comes or goes meanwhile may be on none, and of those created in one millisecond some may come twice.
 *
 * A store lists from the beginning only, so a page costs as much as all before it: to look through thousands is fine.
 *
 * @throws {Problem} 422, for a query that breaks a rule.
 */
export async function readPage(queue: Pick<JobQueue, "list">, parameters: URLSearchParams): Promise<Page> {
  const query = Object.fromEntries(
    [...new Set(parameters.keys())].map((name) => [name, given(parameters, name)]),
  );
  const read = querySchema.safeParse(query);
  if (!read.success) throw refuse(complaintsOf(read.error, query));
  const { state, limit = 50, cursor } = read.data;
  const after = cursor === undefined ? undefined : readCursor(cursor, state);

  for (let reach = (after?.place ?? 0) + limit + 1; ; reach *= 2) {
    const found = await queue.list({ state, limit: reach });
    const begin = after === undefined ? 0 : placeBehind(found, after);
    const jobs = found.slice(begin, begin + limit);
    const hasMore = found.length > begin + limit;
    // Older jobs may have come into this state since the last page: then it takes more to reach this one.
    if (!hasMore && found.length === reach) continue;
    const last = jobs.at(-1);
    if (!hasMore || last === undefined) return { jobs, cursor: undefined };
    return { jobs, cursor: cursorOf({ ...last, place: begin + limit }) };
  }
}

/** What stands there twice is no text. */
function given(parameters: URLSearchParams, name: string): string | readonly string[] {
  const [first = "", ...more] = parameters.getAll(name);
  return more.length === 0 ? first : [first, ...more];
}

/** Where the job itself has gone, those of its millisecond come again: better twice than not at all. */
function placeBehind(jobs: readonly Job[], { id, createdAt }: Mark): number {
  const place = jobs.findIndex((job) => job.id === id);
  if (place !== -1) return place + 1;
  const next = jobs.findIndex((job) => job.createdAt >= createdAt);
  return next === -1 ? jobs.length : next;
}

function cursorOf({ state, createdAt, id, place }: Mark): string {
  return Buffer.from(JSON.stringify([state, createdAt, id, place])).toString("base64url");
}

function readCursor(text: string, state: State): Mark {
  const mark = markSchema.safeParse(parse(text)).data;
  if (mark === undefined || mark[0] !== state) {
    const rule = `must be one that a page of state=${state} gave`;
    throw refuse([{ field: "cursor", rule, got: show(text) }]);
  }
  const [, createdAt, id, place] = mark;
  return { state, createdAt, id, place };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString());
  } catch {
    return undefined;
  }
}
