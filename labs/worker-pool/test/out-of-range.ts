import * as testkit from "@pattern-labs/testkit/out-of-range";
import type { PoolOptions } from "../contract.ts";
import { lab } from "./subject.ts";

/** `createPool` must refuse each of `values` as the value of option `name`, in words that help. */
export function expectRefused(name: keyof PoolOptions, values: readonly number[], why: string): void {
  const createPool = (value: number) =>
    lab.createPool({ workers: 1, queueLimit: 1, ratePerSecond: 1, [name]: value });
  testkit.expectRefused(name, values, createPool, why);
}
