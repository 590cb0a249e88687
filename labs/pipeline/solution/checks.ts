/** @throws {RangeError} Unless `value` is a whole number of at least `least`. */
export function checkCount(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new RangeError(
    `Cannot build the pipeline: ${name} must be a whole number from ${least}, got ${value}`,
  );
}

/** The longest that `setTimeout` can wait, 24.8 days: given more, it fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** @throws {RangeError} Unless `value` is a time in ms that a timer can wait. */
export function checkDuration(name: string, value: number, least: number): void {
  if (value >= least && value <= LONGEST_TIMER_MS) return;
  throw new RangeError(
    `Cannot build the pipeline: ${name} must be from ${least} to ${LONGEST_TIMER_MS} ms, got ${value}`,
  );
}
