import { randomUUID } from "node:crypto";
import { isSoak } from "@pattern-labs/testkit";
import { describeService } from "@pattern-labs/testkit/service";
import { describe } from "vitest";
import { makeTemporaryFolder } from "../stores/testing/temporary-folder.ts";
import { describeCrashes } from "./crashes.suite.ts";
import { sharedServer } from "./testing/places.ts";

for (const name of ["redis", "postgres"] as const) {
  describeService(name, `the engine on ${name}`, () => {
    const server = sharedServer(name);
    describeCrashes(name, async () => ({
      ...{ url: server.url, name: `test-${randomUUID()}` },
      [Symbol.asyncDispose]: async () => {},
    }));
  });
}

/** Short of that the demo kills the workers of the embedded store. */
if (isSoak) {
  describe("the reference, on SQLite", () => {
    describeCrashes("SQLite", async () => {
      const folder = await makeTemporaryFolder();
      return { file: folder.file, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
    });
  });
}
