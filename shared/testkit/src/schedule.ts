/**
 * A schedule says which of the possible events came at each point of a run: 0 is the ordinary one. Its tail of zeros
 * is left out, so the empty schedule is the ordinary order. `squeeze` belongs to it, for it changes what is possible.
 */
export interface Schedule {
  readonly choices: readonly number[];
  /** Up to how many microtask turns apart two events may arrive; 0: each waits until all has come to rest. */
  readonly squeeze: number;
}

const FORMAT = /^s(\d+)\.((?:[0-9a-z]|_[0-9a-z]{2})*)$/;

/** "s0.0012": a digit of base 36 for each choice (a rare one above 35 takes two, after a "_"). */
export function encodeSchedule({ choices, squeeze }: Schedule): string {
  const last = choices.findLastIndex((choice) => choice > 0);
  const digits = choices.slice(0, last + 1).map(toDigit);
  return `s${squeeze}.${digits.join("")}`;
}

const toDigit = (choice: number) =>
  choice < 36 ? choice.toString(36) : `_${Math.min(choice, 36 * 36 - 1).toString(36)}`;

/** @throws {RangeError} If `text` is not a schedule. */
export function decodeSchedule(text: string): Schedule {
  const match = FORMAT.exec(text);
  if (match === null) {
    throw new RangeError(`Cannot replay: a schedule looks like "s0.0012", got ${JSON.stringify(text)}`);
  }
  const [, squeeze = "0", digits = ""] = match;
  return { squeeze: Number(squeeze), choices: (digits.match(/_..|./g) ?? []).map(fromDigit) };
}

const fromDigit = (digit: string) => Number.parseInt(digit.replace("_", ""), 36);

/** In how many places it differs from the ordinary order. */
export const deviations = ({ choices }: Schedule): number => choices.filter((choice) => choice > 0).length;
