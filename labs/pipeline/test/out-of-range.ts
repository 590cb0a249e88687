import { guarantee } from "@pattern-labs/testkit";

/** Every one of `values` must be refused by `build` as the value of option `name`, in words that help. */
export function expectRefused(
  name: string,
  values: readonly number[],
  build: (value: number) => unknown,
  why = "What cannot work is better told so when it is built than at its first line, at night.",
): void {
  for (const value of values) {
    const error = errorOf(() => build(value));
    const isClear =
      error instanceof RangeError && error.message.includes(name) && error.message.includes(String(value));
    guarantee(isClear, {
      happened: `${name}: ${value} gave ${error === undefined ? "no error" : String(error)}`,
      expected: "a RangeError, at once, whose message names the option and the value",
      why,
    });
  }
}

/** What is refused where whole numbers from `least` are taken. */
export const below = (least: number): number[] => [least - 1, 1.5, Number.NaN, Number.POSITIVE_INFINITY];

function errorOf(call: () => unknown): unknown {
  try {
    call();
    return undefined;
  } catch (error) {
    return error;
  }
}
