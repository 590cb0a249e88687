import { expect, it } from "vitest";
import { missing } from "./missing.ts";

it("can be had, and says what is missing once it is used", () => {
  const readFile = missing("node:fs", "readFile") as { (): void; new (): unknown; promises: unknown };
  const problem = /^A browser has no readFile of node:fs: /;
  expect(() => readFile()).toThrow(problem);
  expect(() => new readFile()).toThrow(problem);
  expect(() => readFile.promises).toThrow(problem);
});
