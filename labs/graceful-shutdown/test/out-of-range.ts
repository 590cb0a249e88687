import { guarantee } from "@pattern-labs/testkit";

/** `use` must refuse each of `values` for option `name`, by throwing or by rejecting, in words that help. */
export async function expectRefused(
  name: string,
  values: readonly number[],
  use: (value: number) => unknown,
  why: string,
): Promise<void> {
  for (const value of values) {
    const error = await errorOf(() => use(value));
    const isClear =
      error instanceof RangeError && error.message.includes(name) && error.message.includes(String(value));
    guarantee(isClear, {
      happened: `${name}: ${value} ${error === undefined ? "was taken" : `gave ${String(error)}`}`,
      expected: "a RangeError whose message names the option and the value",
      why,
    });
  }
}

async function errorOf(action: () => unknown): Promise<unknown> {
  try {
    await action();
    return undefined;
  } catch (error) {
    const isMissing = error instanceof TypeError && error.message.includes("is not a function");
    if (isMissing || (error instanceof Error && error.message.startsWith("TODO"))) throw error;
    return error;
  }
}
