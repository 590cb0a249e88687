/** A broken promise in the words of the problem: what happened, what had to happen, and why that matters. */
export interface Broken {
  readonly happened: string;
  readonly expected: string;
  readonly why: string;
}

/** A guarantee does not hold. Its fields are plain data, to be read by tools. */
export class GuaranteeError extends Error implements Broken {
  override readonly name = "GuaranteeError";
  readonly happened: string;
  readonly expected: string;
  readonly why: string;

  constructor({ happened, expected, why }: Broken) {
    super(`What happened:       ${happened}\nWhat had to happen:  ${expected}\nWhy it matters:      ${why}`);
    this.happened = happened;
    this.expected = expected;
    this.why = why;
  }
}

/**
 * Throws unless `held`.
 *
 * @example
 * ```ts
 * guarantee(peak <= 10, {
 *   happened: `${peak} jobs ran at once`,
 *   expected: "at most 10 run at once, for the pool has 10 workers",
 *   why: "The site bans whoever opens more connections than it allows.",
 * });
 * ```
 *
 * @throws {GuaranteeError}
 */
export function guarantee(held: boolean, broken: Broken): asserts held {
  if (!held) throw new GuaranteeError(broken);
}
