import { describe } from "vitest";
import { createMemoryStore } from "../given/memory-store.ts";
import { openSqliteStore } from "../stores/sqlite-store.ts";
import { makeTemporaryFolder } from "../stores/testing/temporary-folder.ts";
import { describeConformance } from "./conformance.ts";
import { placeOn } from "./testing/places.ts";

describe("the reference, in memory", () => {
  describeConformance(async () => placeOn(createMemoryStore(), async () => {}));
});

describe("the reference, on SQLite", () => {
  describeConformance(async () => {
    const folder = await makeTemporaryFolder();
    const store = await openSqliteStore(folder.file);
    return placeOn(store, async () => {
      await store.close();
      await folder[Symbol.asyncDispose]();
    });
  });
});
