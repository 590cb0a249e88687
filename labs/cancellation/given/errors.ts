/** The reason with which a signal aborts, and what is thrown, when a time is up. */
export function timeoutError(ms: number): DOMException {
  return new DOMException(`It took longer than ${ms} ms`, "TimeoutError");
}

/** For `start`, `child` and `defer`, once the scope is left. `doing` is what was asked for: "start a task". */
export class ScopeLeftError extends Error {
  override readonly name = "ScopeLeftError";

  constructor(doing: string) {
    super(`Cannot ${doing}: the scope has been left`);
  }
}

/** The longest that `setTimeout` can count: asked for more, it fires at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** Throws the RangeError that the contract asks for, unless a timer can count `ms`. `name` is the option's. */
export function checkDuration(name: string, ms: number): void {
  if (ms >= 0 && ms <= LONGEST_MS) return;
  throw new RangeError(`Cannot wait: ${name} must be from 0 to ${LONGEST_MS} ms, got ${ms}`);
}
