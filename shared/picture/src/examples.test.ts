/** Every example, in the README and in the comments, is a program that is type-checked and run. */
import { execFile } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** In comments they are left out. */
const IMPORTS = `import assert from "node:assert/strict";
import { Recorder, readRun, scheduleToText, toHtml, toSvg, toText, toTrace } from "@pattern-labs/picture";
import { toChart } from "@pattern-labs/picture/chart";
import { initialValues, scene } from "@pattern-labs/picture/scene";
`;

const root = path.dirname(import.meta.dirname);
const modules = globSync("src/*.ts", { cwd: root }).filter((file) => !/test/.test(file));
const examples = [...modules, "README.md"].toSorted().flatMap(examplesIn);

describe("the examples", () => {
  let folder = "";
  const fileOf = (place: string) => path.join(folder, `${place.replaceAll(/\W/g, "-")}.ts`);

  beforeAll(() => {
    mkdirSync(path.join(root, ".results"), { recursive: true });
    folder = mkdtempSync(path.join(root, ".results", "examples-"));
    for (const { place, program } of examples) writeFileSync(fileOf(place), program);
    const options = { extends: "../../../../tsconfig.base.json", compilerOptions: UNUSED, include: ["*.ts"] };
    writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify(options));
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it("are there for the recorder, the reader and every picture", () => {
    const places = examples.map(({ place }) => place.replace(/:.*/, ""));
    const wanted = ["recorder", "read-run", "text", "svg", "html", "trace", "schedule", "scene", "chart"];
    expect(places).toEqual(expect.arrayContaining([...wanted.map((name) => `src/${name}.ts`), "README.md"]));
  });

  it("are well typed", async () => {
    const tsc = path.join(root, "node_modules", "typescript", "bin", "tsc");
    expect(await complaintsOf([tsc, "-p", folder])).toBe("");
  });

  it.for(examples.map(({ place }) => place))("run: %s", async (place) => {
    expect(await complaintsOf([fileOf(place)])).toBe("");
  });
});

const UNUSED = { noUnusedLocals: false, noUnusedParameters: false };

function examplesIn(file: string): { place: string; program: string }[] {
  const text = readFileSync(path.join(root, file), "utf8");
  return [...text.matchAll(/^([ *]*)```ts\n(.*?)^[ *]*```$/gms)].map(
    ({ index, 1: margin = "", 2: body = "" }) => {
      const lines = body
        .split("\n")
        .map((line) => (line.startsWith(margin) ? line.slice(margin.length) : line.replace(/^[ *]*$/, "")));
      const place = `${file}:${text.slice(0, index).split("\n").length}`;
      return { place, program: `${file.endsWith(".md") ? "" : IMPORTS}${lines.join("\n")}\nexport {};\n` };
    },
  );
}

/** Runs Node, and gives back what it says if it does not end well: nothing is right. */
async function complaintsOf(args: string[]): Promise<string> {
  try {
    await promisify(execFile)(process.execPath, args, { cwd: root });
    return "";
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return `${stdout}${stderr}`;
  }
}
