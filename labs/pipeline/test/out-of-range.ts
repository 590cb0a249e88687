import { guarantee } from "@pattern-labs/testkit";

/** Every one of `values` must be refused by `build` as the value of option `name`, in words that help. */
export function expectRefused(
  name: string,
  values: readonly number[],
  build: (value: number) => unknown,
  why: string,
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

function errorOf(call: () => unknown): unknown {
  try {
    call();
    return undefined;
  } catch (error) {
    return error;
  }
}
