import { expect } from "vitest";
import type { JobRecord, JobStore, State } from "../../contract.ts";

/** An empty store of the test's own, and what takes it away. */
export interface StoreUnderTest extends AsyncDisposable {
  readonly store: JobStore;
}

export type OpenStore = () => Promise<StoreUnderTest>;

export const STATES: readonly State[] = ["pending", "running", "completed", "failed", "cancelled", "dead"];

/** Makes tests: their body gets a store that holds these jobs. */
export const storeWith =
  (open: OpenStore) => (jobs: readonly JobRecord[], body: (store: JobStore) => Promise<void>) => async () => {
    await using opened = await open();
    for (const each of jobs) expect(await opened.store.insert(each)).toBe(true);
    await body(opened.store);
  };
