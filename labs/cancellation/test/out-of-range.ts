import { expectRefusedOrRejected } from "@pattern-labs/testkit/out-of-range";

export const NO_DURATIONS: readonly number[] = [-1, 2_147_483_648, Number.NaN, Number.POSITIVE_INFINITY];

/** Each of `values` must be refused as the value of `name`, by throwing or by a rejection. */
export const expectRefused = (
  name: string,
  call: (value: number) => unknown,
  values: readonly number[] = NO_DURATIONS,
): Promise<void> =>
  expectRefusedOrRejected(
    name,
    values,
    call,
    "`setTimeout` takes what it cannot count for 1 ms: a limit of a month ends everything at once.",
  );
