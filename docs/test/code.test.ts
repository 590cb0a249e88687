/** Every `ts` block of the pages is compiled and run: README.md beside this file tells how. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { exists, readPagesWithCode, repository } from "./pages.ts";
import { type Program, runElsewhere, writeProject } from "./programs.ts";
import { run } from "./run.ts";
import { agrees } from "./shown.ts";

const results = join(repository, "docs/.results");
mkdirSync(results, { recursive: true });
const folder = mkdtempSync(join(results, "pages-"));
afterAll(() => rmSync(folder, { recursive: true }));

const projects = readPagesWithCode()
  .filter(({ path }) => runElsewhere[path] === undefined)
  .map((page) => {
    const name = page.path.replace(/\.md$/, "").replaceAll("/", "-");
    return writeProject(page, join(folder, name), join(import.meta.dirname, "surroundings", name));
  });

describe("the code of the pages", () => {
  it("is well typed", async () => {
    const options = {
      extends: "../../../tsconfig.base.json",
      compilerOptions: typeOptions,
      include: ["**/*.ts"],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(options));
    const { printed } = await run({ by: "node", commands: [[tsc, "-p", "."]] }, folder);
    expect(printed).toBe("");
  });

  it.for(Object.entries(runElsewhere))("%s is run by %s", ([page, test]) => {
    expect([exists(page), exists(test)]).toEqual([true, true]);
  });

  for (const { folder, programs } of projects) {
    it.for(programs.map((program) => [program.place, program] as const))("works: %s", async ([, program]) => {
      await check(program, folder);
    });
  }
});

const typeOptions = { noUnusedLocals: false, noUnusedParameters: false };
const tsc = join(createRequire(import.meta.url).resolve("typescript/package.json"), "../bin/tsc");

async function check(program: Program, folder: string): Promise<void> {
  const { endsWell, shown, place } = program;
  const { printed, code } = await run(program, folder);
  if (endsWell === true && code === 13)
    expect.fail(`${place} waits for ever: a promise that it awaits is never settled.`);
  if (endsWell !== undefined)
    expect(code === 0, `${place} ends with status ${code}:\n${printed}`).toBe(endsWell);
  if (shown === undefined) return;
  const how = { numbersVary: shown.flags.includes("varies"), part: program.by === "vitest" };
  if (!agrees(printed, shown.code, how)) expect(`${printed}\n`, shown.place).toBe(shown.code);
}
