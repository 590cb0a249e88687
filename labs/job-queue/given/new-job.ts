import { randomUUIDv7 } from "node:crypto";
import type { JobRecord, JobType, QueueOptions } from "../contract.ts";
import { UnknownTypeError } from "./errors.ts";

/**
 * A job as it is stored at first: pending, and due at once. Its payload is what the schema makes of it.
 *
 * @throws {UnknownTypeError} If `types` has none of this name.
 * @throws What `schema.parse` throws.
 */
export function newJob(
  types: QueueOptions["types"],
  type: string,
  payload: unknown,
  id: string = randomUUIDv7(), // Those of one time begin alike: an index of a million takes the next at its end.
): JobRecord {
  const parsed = typeOf(types, type).schema.parse(payload);
  const now = Date.now();
  return {
    id,
    type,
    payload: parsed,
    state: "pending",
    attempts: 0,
    crashes: 0,
    version: 1,
    dueAt: now,
    leaseUntil: 0,
    leaseId: "",
    createdAt: now,
    updatedAt: now,
  };
}

/**
 * Only own properties are types: "toString" is none unless you write one.
 *
 * @throws {UnknownTypeError} If there is none of this name.
 */
export function typeOf(types: QueueOptions["types"], name: string): JobType {
  const type = Object.hasOwn(types, name) ? types[name] : undefined;
  if (type === undefined) throw new UnknownTypeError(name, Object.keys(types));
  return type;
}
