import { guarantee } from "@pattern-labs/testkit";
import type { PoolOptions } from "../contract.ts";
import { lab } from "./subject.ts";

/** Every one of `values` must be refused as the value of option `name`, in words that help. */
export function expectRefused(name: keyof PoolOptions, values: readonly number[], why: string): void {
  for (const value of values) {
    const error = errorOf(() =>
      lab.createPool({ workers: 1, queueLimit: 1, ratePerSecond: 1, [name]: value }),
    );
    const isClear =
      error instanceof RangeError && error.message.includes(name) && error.message.includes(String(value));
    guarantee(isClear, {
      happened: `createPool({ ${name}: ${value} }) gave ${error === undefined ? "a pool" : String(error)}`,
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
