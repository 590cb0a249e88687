import type { SubscribeOptions, WhenFull } from "../contract.ts";

const DEFAULT_BUFFER_LIMIT = 1_024;
const POLICIES: readonly WhenFull[] = ["drop-oldest", "drop-newest", "disconnect"];

/** Fills in what is not given. @throws {RangeError | TypeError} If an option breaks its rule. */
export function checkedOptions(options: SubscribeOptions) {
  const { id, bufferLimit = DEFAULT_BUFFER_LIMIT, whenFull = "drop-oldest", signal } = options;
  if (id !== undefined && (typeof id !== "string" || id === "")) {
    throw new TypeError(`Cannot subscribe: id must be a text that is not empty, got ${show(id)}`);
  }
  if (!Number.isInteger(bufferLimit) || bufferLimit < 1) {
    throw new RangeError(
      `Cannot subscribe: bufferLimit must be a whole number from 1, got ${show(bufferLimit)}`,
    );
  }
  if (!POLICIES.includes(whenFull)) {
    throw new RangeError(
      `Cannot subscribe: whenFull must be one of ${POLICIES.join(", ")}, got ${show(whenFull)}`,
    );
  }
  return { id, bufferLimit, whenFull, signal };
}

/** A value as an error's message shows it. */
export const show = (value: unknown): string => (typeof value === "string" ? `"${value}"` : String(value));
