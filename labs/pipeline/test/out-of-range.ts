import * as testkit from "@pattern-labs/testkit/out-of-range";

/** `build` must refuse each of `values` as the value of option `name`, in words that help. */
export function expectRefused(
  name: string,
  values: readonly number[],
  build: (value: number) => unknown,
  why = "What cannot work is better told so when it is built than at its first line, at night.",
): void {
  testkit.expectRefused(name, values, build, why);
}

/** What is refused where whole numbers from `least` are taken. */
export const below = (least: number): number[] => [least - 1, 1.5, Number.NaN, Number.POSITIVE_INFINITY];
