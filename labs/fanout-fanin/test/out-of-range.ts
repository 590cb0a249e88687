import { guarantee } from "@pattern-labs/testkit";
import { errorOf } from "@pattern-labs/testkit/outcome";

/** Each of `values` must be refused by `call` as the value of `name`, at the call itself and in words that help. */
export function expectRefused(
  name: string,
  call: (value: number) => unknown,
  values: readonly number[],
  why: string,
): void {
  for (const value of values) {
    const error = errorOf(() => call(value));
    const isClear =
      error instanceof RangeError && error.message.includes(name) && error.message.includes(String(value));
    guarantee(isClear, {
      happened: `with ${name}: ${value} the call ${error === undefined ? "succeeded" : `threw ${String(error)}`}`,
      expected: "a RangeError whose message names the option and the value, from the call itself",
      why,
    });
  }
}

export const NO_COUNTS: readonly number[] = [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY];
