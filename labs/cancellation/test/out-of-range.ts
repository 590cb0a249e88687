import { guarantee } from "@pattern-labs/testkit";
import { errorOf } from "./outcome.ts";

export const NO_DURATIONS: readonly number[] = [-1, 2_147_483_648, Number.NaN, Number.POSITIVE_INFINITY];

const WHY = "`setTimeout` takes what it cannot count for 1 ms: a limit of a month ends everything at once.";

/** Each of `values` must be refused by throwing, as the value of `name`. */
export function expectThrown(
  name: string,
  call: (value: number) => unknown,
  values: readonly number[] = NO_DURATIONS,
): void {
  for (const value of values)
    check(
      name,
      value,
      errorOf(() => call(value)),
    );
}

/** Each of `values` must be refused by a rejection. */
export async function expectRejected(
  name: string,
  call: (value: number) => Promise<unknown> | undefined,
  values: readonly number[] = NO_DURATIONS,
): Promise<void> {
  for (const value of values) {
    let promise: Promise<unknown> | undefined;
    const thrown = errorOf(() => {
      promise = call(value);
    });
    guarantee(thrown === undefined, {
      happened: `with ${name}: ${value} the call itself threw ${String(thrown)}`,
      expected: "what gives a promise rejects with its RangeError",
      why: "Who writes `.catch(…)` would not catch it.",
    });
    const refused = await promise?.then(
      () => undefined,
      (error: unknown) => error,
    );
    check(name, value, refused);
  }
}

function check(name: string, value: number, error: unknown): void {
  if (error instanceof Error && error.message.startsWith("TODO")) throw error;
  const isClear =
    error instanceof RangeError && error.message.includes(name) && error.message.includes(String(value));
  guarantee(isClear, {
    happened: `with ${name}: ${value} the call ${error === undefined ? "succeeded" : `failed with ${String(error)}`}`,
    expected: "a RangeError whose message names the option and the value",
    why: WHY,
  });
}
