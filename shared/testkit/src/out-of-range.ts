import { guarantee } from "./guarantee.ts";
import { errorOf, refuseUnwritten } from "./outcome.ts";

/**
 * Each of `values` must be refused by `call` as the value of the option `name`: at the call itself, with a RangeError
 * whose message has the name and the value in it. How it is worded otherwise is free.
 *
 * @throws What is not written yet.
 */
export function expectRefused(
  name: string,
  values: readonly unknown[],
  call: (value: never) => unknown,
  why: string,
): void {
  for (const value of values) {
    judge(
      name,
      value,
      errorOf(() => call(value as never)),
      { why, how: "thrown by the call itself" },
    );
  }
}

/** The same for a call that may throw, or give a promise that is rejected. */
export async function expectRefusedOrRejected(
  name: string,
  values: readonly unknown[],
  call: (value: never) => unknown,
  why: string,
): Promise<void> {
  for (const value of values) {
    judge(name, value, await errorOrRejectionOf(() => call(value as never)), {
      why,
      how: "thrown, or as a rejection",
    });
  }
}

function judge(
  name: string,
  value: unknown,
  error: unknown,
  { why, how }: { readonly why: string; readonly how: string },
): void {
  const isClear =
    error instanceof RangeError && error.message.includes(name) && error.message.includes(String(value));
  guarantee(isClear, {
    happened: `with ${name}: ${value} the call ${error === undefined ? "succeeded" : `failed with ${String(error)}`}`,
    expected: `a RangeError whose message names the option and the value, ${how}`,
    why,
  });
}

async function errorOrRejectionOf(action: () => unknown): Promise<unknown> {
  try {
    await action();
    return undefined;
  } catch (error) {
    refuseUnwritten(error);
    return error;
  }
}
