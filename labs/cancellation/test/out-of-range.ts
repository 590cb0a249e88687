import { guarantee } from "@pattern-labs/testkit";
import { refuseUnwritten } from "@pattern-labs/testkit/outcome";

export const NO_DURATIONS: readonly number[] = [-1, 2_147_483_648, Number.NaN, Number.POSITIVE_INFINITY];

/** Each of `values` must be refused as the value of `name`, by throwing or by a rejection. */
export async function expectRefused(
  name: string,
  call: (value: number) => unknown,
  values: readonly number[] = NO_DURATIONS,
): Promise<void> {
  for (const value of values) {
    const error = await errorOf(() => call(value));
    refuseUnwritten(error);
    const isClear =
      error instanceof RangeError && error.message.includes(name) && error.message.includes(String(value));
    guarantee(isClear, {
      happened: `with ${name}: ${value} the call ${error === undefined ? "succeeded" : `failed with ${String(error)}`}`,
      expected: "a RangeError whose message names the option and the value",
      why: "`setTimeout` takes what it cannot count for 1 ms: a limit of a month ends everything at once.",
    });
  }
}

async function errorOf(action: () => unknown): Promise<unknown> {
  try {
    await action();
    return undefined;
  } catch (error) {
    return error;
  }
}
