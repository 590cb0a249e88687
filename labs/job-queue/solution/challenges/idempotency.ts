import type { Job } from "../../contract.ts";
import { KeyConflictError } from "../../given/errors.ts";

/** The job of a key has an id that follows from it: so the store's `insert` lets one of many in, wherever they are. */
export const idOfKey = (key: string): string => `key:${key}`;

/** @throws {KeyConflictError} If the key was used for something else. */
export function checkSameBody(key: string, wanted: Job, stored: Job): void {
  if (bodyOf(wanted) !== bodyOf(stored)) throw new KeyConflictError(key);
}

/** The same text for the same body, in whatever order its properties were written. */
const bodyOf = ({ type, payload }: Job): string => JSON.stringify([type, payload], sorted);

function sorted(_name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
