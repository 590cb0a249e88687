import { inspect } from "node:util";

/** A value that is no JSON; the message says where in it, and what is there. */
export class NotJsonError extends Error {
  override readonly name = "NotJsonError";
}

/**
 * The JSON text from which `parse` gives the same value again; null for undefined.
 *
 * `JSON.stringify` alone would change things without a word: a Date to text, a Map to `{}`, NaN to null. A handler would
 * get something else than what was enqueued, so these are refused. Only a property that is undefined is left out, for
 * a reader cannot tell it from one that is not there.
 *
 * @throws {NotJsonError} If there is no such text. `name` is what the message calls the value.
 */
export function toJson(name: string, value: unknown): string | null {
  if (value === undefined) return null;
  let text: string;
  let fault: Fault | undefined;
  try {
    text = JSON.stringify(value); // First: it finds cycles, in which the search for faults would never end.
    fault = findFault(value);
  } catch (error) {
    throw new NotJsonError(`${name} must be JSON: ${(error as Error).message}`, { cause: error });
  }
  if (fault === undefined) return text;
  const found = describe(fault.value);
  throw new NotJsonError(`${name}${fault.path} must be JSON, which comes back as it is, got ${found}`);
}

interface Fault {
  /** ".users[3].born" */
  readonly path: string;
  readonly value: unknown;
}

function findFault(value: unknown): Fault | undefined {
  if (value === null || typeof value === "string" || typeof value === "boolean") return undefined;
  if (Number.isFinite(value)) return undefined;
  if (Array.isArray(value)) return firstFault(value.entries(), (n) => `[${n}]`);
  if (!isPlainObject(value)) return { path: "", value };
  return firstFault(
    Object.entries(value).filter(([, item]) => item !== undefined),
    (key) => `.${key}`,
  );
}

function firstFault<K>(entries: Iterable<[K, unknown]>, step: (key: K) => string): Fault | undefined {
  for (const [key, item] of entries) {
    const fault = findFault(item);
    if (fault !== undefined) return { path: step(key) + fault.path, value: fault.value };
  }
  return undefined;
}

/** Written as a literal, perhaps in another realm, or made without a prototype. */
function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** "a Date", "a Map": what is in it may be long, or secret. */
function describe(value: unknown): string {
  if (typeof value !== "object" || value === null) return inspect(value);
  return `a ${value.constructor?.name ?? "value"}`;
}
