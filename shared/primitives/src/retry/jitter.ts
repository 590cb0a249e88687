import {
  checkChance,
  checkCount,
  checkMs,
  checkOptionalFunction,
  checkOptions,
  outOfRange,
} from "../arguments/check.ts";

export interface Backoff {
  /** The delay begins here. Default 100. */
  readonly baseDelayMs?: number | undefined;
  /** And grows up to here. Default 10,000. */
  readonly maxDelayMs?: number | undefined;
  /** Gives numbers from 0 up to, but not including, 1. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/**
 * How long to wait after the `failures`-th failure: anything up to a bound that doubles each time. It needs no memory
 * but the count, so it serves what outlives a process, too, such as a stored job.
 *
 * @throws {RangeError} If `failures` is not a whole number from 1, or a number of `backoff` is out of range.
 */
export function fullJitterMs(failures: number, backoff: Backoff = {}): number {
  checkCount(drawing, "failures", failures);
  checkBackoff(drawing, backoff);
  const { baseDelayMs = 100, maxDelayMs = 10_000, random = Math.random } = backoff;
  const chance = random();
  checkChance(drawing, chance);
  return (
    chance * Math.min(maxDelayMs, Number.MAX_VALUE, baseDelayMs * 2 ** Math.min(failures - 1, MOST_DOUBLINGS))
  );
}

/**
 * How long to wait if it was `previousMs` the last time, `undefined` at first: from `baseDelayMs` up to three times the
 * last delay.
 *
 * @throws {RangeError} If `previousMs` or a number of `backoff` is out of range.
 */
export function decorrelatedJitterMs(previousMs: number | undefined, backoff: Backoff = {}): number {
  if (previousMs !== undefined) checkFiniteMs(drawing, "previousMs", previousMs);
  checkBackoff(drawing, backoff);
  const { baseDelayMs = 100, maxDelayMs = 10_000, random = Math.random } = backoff;
  const most = Math.min(3 * (previousMs ?? baseDelayMs), Number.MAX_VALUE);
  const chance = random();
  checkChance(drawing, chance);
  return Math.min(maxDelayMs, baseDelayMs + chance * (most - baseDelayMs));
}

/** Thirty thousand years from a base of a millisecond; more would become `Infinity`, and then not a number. */
const MOST_DOUBLINGS = 50;

export function checkBackoff(doing: string, backoff: Backoff): void {
  checkOptions(doing, backoff);
  const { baseDelayMs = 100, maxDelayMs = 10_000, random } = backoff;
  checkFiniteMs(doing, "baseDelayMs", baseDelayMs);
  checkMs(doing, "maxDelayMs", maxDelayMs);
  checkOptionalFunction(doing, "random", random);
}

/** Zero times infinity is no number. */
function checkFiniteMs(doing: string, name: string, value: number): void {
  if (value === Infinity) throw outOfRange(doing, `${name} must be finite`, value);
  checkMs(doing, name, value);
}

const drawing = "draw a delay";
