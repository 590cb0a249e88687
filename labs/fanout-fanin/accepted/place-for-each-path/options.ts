/** @throws RangeError If `value` is no whole number from `minimum`. */
export function checkWhole(name: string, value: number, minimum = 1): void {
  if (Number.isSafeInteger(value) && value >= minimum) return;
  const got = typeof value === "string" ? JSON.stringify(value) : String(value);
  throw new RangeError(`${name} must be an integer of at least ${minimum}, got ${got}`);
}

export function left(): DOMException {
  return new DOMException("Its results are not needed any more", "AbortError");
}
