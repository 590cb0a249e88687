/** A rule about a number that is not kept is a mistake of the caller, told at once. */
export function checkWhole(option: string, value: unknown, least: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= least) return;
  const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
  throw new RangeError(`${option} must be a whole number from ${least}, got ${shown}`);
}
