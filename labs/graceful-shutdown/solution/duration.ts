/** The longest that `setTimeout` can wait, 24.8 days: given more, it fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** @throws {RangeError} If `value` is nothing that a timer can wait for. */
export function checkDuration(name: string, value: number): number {
  if (value >= 0 && value <= LONGEST_TIMER_MS) return value;
  throw new RangeError(`Cannot wait: ${name} must be from 0 to ${LONGEST_TIMER_MS} ms, got ${value}`);
}
