import { createMemoryStore } from "../given/memory-store.ts";
import { describeJobStore } from "./job-store.suite.ts";

describeJobStore("memory", async () => ({
  store: createMemoryStore(),
  [Symbol.asyncDispose]: async () => {},
}));
