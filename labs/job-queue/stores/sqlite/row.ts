import { inspect } from "node:util";
import { z } from "zod";
import type { JobRecord } from "../../contract.ts";
import { StoreError } from "../store-error.ts";
import { NotJsonError, toJson } from "./json.ts";
import type { Row } from "./protocol.ts";

const time = z.number();
const count = z.int().min(0);

/** What every row holds: checked when it is written, and again when it is read, for others may write to the file, too. */
const rowSchema: z.ZodType<Row> = z.object({
  id: z.string(),
  type: z.string(),
  payload: z.string().nullable(),
  state: z.enum(["pending", "running", "completed", "failed", "cancelled", "dead"]),
  attempts: count,
  crashes: count,
  dueAt: time,
  createdAt: time,
  updatedAt: time,
  result: z.string().nullable(),
  error: z.string().nullable(),
  version: z.int().min(1),
  leaseUntil: time,
  leaseId: z.string(),
  priority: z.number().nullable(),
  progress: z.string().nullable(),
  children: z.string().nullable(),
});

/** What the text of `children` holds. */
const childrenSchema = z.object({ children: z.array(z.string()).optional() });

/** @throws {StoreError} "not storable", if the record would not come back as it is. */
export function rowOf(job: JobRecord, doing: string, file: string): Row {
  try {
    const row = rowSchema.parse({
      ...job,
      payload: toJson("payload", job.payload),
      result: toJson("result", job.result),
      error: job.error?.toWellFormed() ?? null, // Only people read it.
      priority: job.priority ?? null,
      progress: toJson("progress", job.progress),
      children: toJson("children", childrenSchema.parse({ children: job.children }).children),
    });
    for (const name of ["id", "type", "leaseId"] as const) checkWellFormed(name, row[name]);
    return row;
  } catch (cause) {
    throw new StoreError(doing, file, { fault: "not storable", rule: ruleBroken(cause, job), cause });
  }
}

/** @throws {StoreError} "damaged job", with the id and the field. */
export function recordOf(row: Row, file: string): JobRecord {
  try {
    const { payload, result, error, priority, progress, children, ...rest } = rowSchema.parse(row);
    return {
      ...rest,
      payload: fromJson("payload", payload),
      ...(result !== null && { result: fromJson("result", result) }),
      ...(error !== null && { error }),
      ...(priority !== null && { priority }),
      ...(progress !== null && { progress: fromJson("progress", progress) }),
      ...(children !== null && childrenSchema.parse({ children: fromJson("children", children) })),
    };
  } catch (cause) {
    throw new StoreError(`read job ${inspect(row.id)} from ${file}`, file, {
      fault: "damaged job",
      rule: ruleBroken(cause, row),
      cause,
    });
  }
}

/** Half of a surrogate pair has no place in UTF-8: two ids would become one. */
function checkWellFormed(name: string, text: string): void {
  if (!text.isWellFormed())
    throw new NotJsonError(`${name} must be well-formed Unicode, got ${inspect(text)}`);
}

function fromJson(name: string, text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text);
  } catch (cause) {
    throw new NotJsonError(`${name} must be JSON: ${(cause as Error).message}`, { cause });
  }
}

/** Of several rules the first is enough: one field, what it must be, and what it is. */
function ruleBroken(error: unknown, from: object): string {
  const issue = error instanceof z.ZodError ? error.issues[0] : undefined;
  if (issue === undefined) return (error as Error).message;
  const field = String(issue.path[0]);
  return `${field} is not as it must be: ${issue.message}, got ${inspect(Reflect.get(from, field))}`;
}
