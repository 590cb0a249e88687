import { describe } from "vitest";
import { createBroker } from "#lab";
import { describeConformance } from "./conformance.ts";

describe("the reference, in memory", () => {
  describeConformance(async () => ({
    broker: createBroker(),
    settle: async () => {}, // What `publish` has returned from is where it goes.
    [Symbol.asyncDispose]: async () => {},
  }));
});
