import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, it } from "vitest";
import { resultsPage } from "./results.ts";

it("docs/results.md is what the recorded numbers say", () => {
  const written = readFileSync(resolve(import.meta.dirname, "../docs/results.md"), "utf8");
  expect(written, "write it anew: node scripts/results.ts").toBe(resultsPage());
});
