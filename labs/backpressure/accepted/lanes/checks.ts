import { inspect } from "node:util";

/** A whole number that can be counted up to one by one, which `Infinity` is not. */
export function checkWhole(option: string, value: unknown, from: number, to = Number.MAX_SAFE_INTEGER): void {
  if (Number.isSafeInteger(value) && (value as number) >= from && (value as number) <= to) return;
  const bound = to === Number.MAX_SAFE_INTEGER ? `of at least ${from}` : `from ${from} to ${to}`;
  throw outOfRange(option, `a whole number ${bound}`, value);
}

export function checkPositive(option: string, value: unknown): void {
  if (Number.isFinite(value) && (value as number) > 0) return;
  throw outOfRange(option, "a finite number greater than 0", value);
}

export function outOfRange(option: string, rule: string, value: unknown): RangeError {
  return new RangeError(`${option} must be ${rule}, got ${inspect(value)}`);
}

/** What ends later. Anything else has ended as soon as it was returned, and need not be awaited. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as Partial<PromiseLike<unknown>> | null | undefined)?.then === "function";
}
