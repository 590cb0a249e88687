import { guarantee } from "@pattern-labs/testkit";

/** `create` must refuse each of `values` as the value of option `name`, in words that help. */
export function expectRefused(
  name: string,
  values: readonly unknown[],
  create: (value: never) => unknown,
  why: string,
): void {
  for (const value of values) {
    const error = errorOf(() => create(value as never));
    const isClear =
      error instanceof RangeError && error.message.includes(name) && error.message.includes(String(value));
    guarantee(isClear, {
      happened: `${name}: ${String(value)} ${error === undefined ? "was taken" : `gave ${String(error)}`}`,
      expected: "a RangeError whose message names the option and the value",
      why,
    });
  }
}

function errorOf(action: () => unknown): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    const isMissing = error instanceof TypeError && error.message.includes("is not a function");
    if (isMissing || (error instanceof Error && error.message.startsWith("TODO"))) throw error;
    return error;
  }
}
