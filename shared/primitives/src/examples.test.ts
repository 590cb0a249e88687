/**
 * Every example is a program that must run: each ```ts block in a TSDoc comment and in the README is written to a file,
 * type-checked and run by Node. In TSDoc the imports are left out, so they are added here; in the README they stand.
 */
import { execFile } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

interface Example {
  /** "src/channel.ts:40": where its block begins. */
  readonly place: string;
  readonly code: string;
  readonly imports: string;
}

const root = path.dirname(import.meta.dirname);
const modules = globSync("src/*.ts", { cwd: root })
  .filter((file) => !file.endsWith(".test.ts"))
  .toSorted();
const examples = [...modules, "README.md"].flatMap(examplesIn);

describe("the examples", () => {
  let folder = "";
  const fileOf = (example: Example) => path.join(folder, `${example.place.replaceAll(/\W/g, "-")}.ts`);

  beforeAll(() => {
    mkdirSync(path.join(root, ".results"), { recursive: true });
    folder = mkdtempSync(path.join(root, ".results", "examples-"));
    for (const example of examples) writeFileSync(fileOf(example), programOf(example));
    writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify(typeCheckOptions));
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it("are there for every module", () => {
    const without = modules.filter((file) => !examples.some(({ place }) => place.startsWith(`${file}:`)));
    expect(without).toEqual([]);
  });

  it("are well typed", async () => {
    const tsc = path.join(root, "node_modules", "typescript", "bin", "tsc");
    expect(await complaintsOf([tsc, "-p", folder])).toBe("");
  });

  it.for(examples.map((example) => [example.place, example] as const))("run: %s", async ([, example]) => {
    expect(await complaintsOf([fileOf(example)])).toBe("");
  });
});

function examplesIn(file: string): Example[] {
  const text = readFileSync(path.join(root, file), "utf8");
  const block = /^([ \t*]*)```ts\n(.*?)^[ \t*]*```$/gms;
  return [...text.matchAll(block)].map(({ index, 1: margin = "", 2: body = "" }) => {
    const code = body
      .split("\n")
      .map((line) => (line.startsWith(margin) ? line.slice(margin.length) : line.replace(/^[ \t]*\*$/, "")))
      .join("\n");
    const line = text.slice(0, index).split("\n").length;
    return { place: `${file}:${line}`, code, imports: file.endsWith(".ts") ? importsFor(code) : "" };
  });
}

/** What of the modules' exports an example uses, and `assert`. */
function importsFor(code: string): string {
  const fromModules = modules.map((file) => {
    const text = readFileSync(path.join(root, file), "utf8");
    const declarations = text.matchAll(/^export (?:async )?(class|function|const|interface|type) (\w+)/gm);
    const used = [...declarations].filter(([, , name]) => new RegExp(`\\b${name}\\b`).test(code));
    const names = used.map(([, kind, name]) =>
      kind === "interface" || kind === "type" ? `type ${name}` : name,
    );
    return names.length > 0 ? `import { ${[...new Set(names)].join(", ")} } from "../../${file}";` : "";
  });
  return ['import assert from "node:assert/strict";', ...fromModules].filter(Boolean).join("\n");
}

function programOf({ imports, code }: Example): string {
  return `${imports}\n${code}\nexport {};\n`;
}

const typeCheckOptions = {
  extends: "../../../../tsconfig.base.json",
  compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
  include: ["*.ts"],
};

/** Runs Node, and gives back what it says if it does not end well: nothing is right. */
async function complaintsOf(args: string[]): Promise<string> {
  try {
    await promisify(execFile)(process.execPath, args, { cwd: root });
    return "";
  } catch (error) {
    const { stdout, stderr, code } = error as { stdout: string; stderr: string; code: number };
    return code === 13
      ? "It waits for ever: a promise that it awaits is never settled."
      : `${stdout}${stderr}`;
  }
}
