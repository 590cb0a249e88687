/** The longest that `setTimeout` can wait, 24.8 days: given more, it fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** @throws {RangeError} Unless `value` is a whole number from `least` to `most`. */
export function checkCount(
  doing: string,
  name: string,
  value: number,
  least: number,
  most = Infinity,
): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  const range = most === Infinity ? `from ${least}` : `from ${least} to ${most}`;
  throw new RangeError(`Cannot ${doing}: ${name} must be a whole number ${range}, got ${value}`);
}

export function checkPositive(doing: string, name: string, value: number): number {
  if (value > 0 && value < Infinity) return value;
  throw new RangeError(`Cannot ${doing}: ${name} must be a finite number greater than 0, got ${value}`);
}

export function checkDuration(doing: string, name: string, value: number): number {
  if (value >= 0 && value <= LONGEST_TIMER_MS) return value;
  throw new RangeError(`Cannot ${doing}: ${name} must be from 0 to ${LONGEST_TIMER_MS} ms, got ${value}`);
}

export function checkOneOf<T extends string>(
  doing: string,
  name: string,
  value: T,
  allowed: readonly T[],
): T {
  if (allowed.includes(value)) return value;
  throw new RangeError(`Cannot ${doing}: ${name} must be one of ${allowed.join(", ")}, got ${value}`);
}
