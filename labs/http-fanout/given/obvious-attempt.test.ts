import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { simulate } from "@pattern-labs/testkit";
import { expect, it } from "vitest";

/** Runs `console.log(…)` and top-level `await` as a module would, with a console of our own. */
type Program = (console: { log(line: string): void }) => Promise<void>;
const AsyncFunction = (async () => {}).constructor as new (parameter: string, body: string) => Program;

it("the obvious attempt of the README prints what stands below it", async () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const [, code = "", printed] =
    /## The obvious attempt\n\n```ts\n([\s\S]*?)```\n\n```\n([\s\S]*?)```/.exec(readme) ?? [];
  const run = new AsyncFunction("console", stripTypeScriptTypes(code));
  const lines: string[] = [];
  await simulate(
    async () => {
      await run({ log: (line) => lines.push(line) });
      await new Promise((resolve) => setTimeout(resolve, 700_000)); // The calls under way end at last.
    },
    { maxEvents: 20_000, leaks: false },
  );
  expect(`${lines.join("\n")}\n`).toBe(printed);
});
