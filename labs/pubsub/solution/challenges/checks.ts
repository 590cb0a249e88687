import type { ReplayFrom } from "../../contract.ts";
import { show } from "../../given/options.ts";

/** The longest that `setTimeout` can count: asked for more, it fires at once. */
export const LONGEST_MS = 2 ** 31 - 1;

/** @throws {RangeError} Unless `value` is a whole number in the range. `doing` completes "Cannot …". */
export function checkWhole(doing: string, name: string, value: unknown, from: number, to = Infinity): void {
  if (Number.isInteger(value) && (value as number) >= from && (value as number) <= to) return;
  const upTo = to === Infinity ? "" : ` to ${to}`;
  throw new RangeError(
    `Cannot ${doing}: ${name} must be a whole number from ${from}${upTo}, got ${show(value)}`,
  );
}

/** Where a subscription begins, and for whom. `published` is the number of the last message. */
export function checkStart(from: ReplayFrom | undefined, group: string | undefined, published: number): void {
  if (group !== undefined && (typeof group !== "string" || group === "")) {
    throw new TypeError(`Cannot subscribe: group must be a text that is not empty, got ${show(group)}`);
  }
  if (from === undefined) return;
  if (group !== undefined) {
    throw new TypeError(
      `Cannot subscribe: from must not be given with a group, whose messages others had, got "${group}"`,
    );
  }
  if ("last" in from) checkWhole("subscribe", "from.last", from.last, 0);
  else if ("sequence" in from) checkWhole("subscribe", "from.sequence", from.sequence, 1, published + 1);
  else if (!Number.isFinite(from.time)) {
    throw new RangeError(`Cannot subscribe: from.time must be a number, got ${show(from.time)}`);
  }
}
