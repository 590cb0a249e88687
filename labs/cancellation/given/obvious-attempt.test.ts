import { readFileSync } from "node:fs";
import { startProcess } from "@pattern-labs/testkit";
import { expect, it } from "vitest";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const [, code = "", output = ""] =
  /## The obvious attempt\n+```ts\n([\s\S]*?)```\n+```\n([\s\S]*?)```/.exec(readme) ?? [];

it("the obvious attempt in the README prints what stands below it", async () => {
  const args = ["--input-type=module-typescript", "--eval", code];
  await using attempt = await startProcess(process.execPath, args);
  await attempt.exit;
  expect(attempt.stdout).toBe(output);
});
