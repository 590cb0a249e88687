import { expect } from "vitest";
import type { StoreError } from "../store-error.ts";

/** What the promise rejects with, which must be a StoreError. */
export async function errorOf(promise: Promise<unknown>): Promise<StoreError> {
  const error = await promise.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toMatchObject({ name: "StoreError" });
  return error;
}
