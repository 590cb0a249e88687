/** The longest that `setTimeout` can count: asked for more, it fires at once. */
const LONGEST_MS = 2 ** 31 - 1;

export function checkDuration(name: string, ms: number): void {
  if (ms >= 0 && ms <= LONGEST_MS) return;
  throw new RangeError(`Cannot wait: ${name} must be from 0 to ${LONGEST_MS} ms, got ${ms}`);
}
