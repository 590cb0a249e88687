import type { GatewayOptions } from "../contract.ts";

/** The longest that `setTimeout` can count: asked for more, it fires at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** @throws {RangeError} For a limit or a time that is out of its range. */
export function checkOptions(options: GatewayOptions): void {
  const { callLimit, waitLimit, requestTimeoutMs, callTimeoutMs } = options;
  checkCounts("create gateway", { callLimit, waitLimit });
  checkDurations("create gateway", { requestTimeoutMs, callTimeoutMs });
}

/** `doing` is what cannot be done: "create gateway". @throws {RangeError} Unless each is a whole number from 1. */
export function checkCounts(doing: string, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) {
    if (Number.isInteger(count) && count >= 1) continue;
    throw new RangeError(`Cannot ${doing}: ${name} must be a whole number from 1, got ${count}`);
  }
}

/** @throws {RangeError} Unless each is a time that a timer can count. */
export function checkDurations(doing: string, durations: Readonly<Record<string, number>>): void {
  for (const [name, ms] of Object.entries(durations)) {
    if (ms >= 1 && ms <= LONGEST_MS) continue;
    throw new RangeError(`Cannot ${doing}: ${name} must be from 1 to ${LONGEST_MS} ms, got ${ms}`);
  }
}
