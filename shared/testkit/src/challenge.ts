import { describe } from "vitest";

/**
 * The tests of a challenge: run for an answer that lists `id` in its export `attempted`, and skipped, saying so, for
 * any other.
 *
 * @example
 * ```ts
 * challenge("priority", lab, () => {
 *   it("priority.1 the urgent job runs first", …);
 * });
 * ```
 */
export function challenge(
  id: string,
  lab: { readonly attempted?: readonly string[] | undefined },
  tests: () => void,
): void {
  if (lab.attempted?.includes(id)) describe(`challenge ${id}`, tests);
  else
    describe.skip(
      `challenge ${id}: not attempted (an answer takes it up with: export const attempted = ["${id}"])`,
      tests,
    );
}
