import { readFileSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { Mutant } from "@pattern-labs/testkit/mutants";
import type { Plugin } from "vite";
import { differenceOf } from "./difference.ts";
import type { Change } from "./protocol.ts";

const root = resolve(import.meta.dirname, "../..");
const LIST = "virtual:races";
const BROKEN = "?broken";

/** A broken variant: the mistake, in words and as edits of the reference. */
interface Variant {
  readonly bug: string;
  readonly edits: readonly Edit[];
}

interface Edit {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/**
 * Gives the page the races of `docs/race`, each with the lab's reference and with the broken variant that it names: the
 * same edits of the reference with which the lab proves its tests, so neither can drift.
 */
export function variants(races: readonly string[]): Plugin {
  const variants = new Map<string, Promise<Variant>>();
  const variantOf = (lab: string) => {
    const variant = variants.get(lab) ?? readVariant(lab);
    variants.set(lab, variant);
    return variant;
  };
  return {
    name: "variants",
    enforce: "pre",
    applyToEnvironment: ({ name }) => name === "client",
    resolveId(source, importer) {
      if (source === LIST) return `\0${LIST}`;
      const from = importer?.endsWith(BROKEN) ? importer.slice(0, -BROKEN.length) : undefined;
      if (from === undefined || !source.startsWith(".")) return undefined;
      return resolve(from, "..", source) + BROKEN;
    },
    async load(id) {
      if (id === `\0${LIST}`) {
        const lines = await Promise.all(races.map(async (lab) => lineOf(lab, await variantOf(lab))));
        return `export const races = {\n${lines.join("\n")}\n};`;
      }
      if (!id.endsWith(BROKEN)) return undefined;
      const file = id.slice(0, -BROKEN.length);
      const [, lab = "", , ...rest] = relative(root, file).split(sep);
      return editedText(file, rest.join("/"), (await variantOf(lab)).edits);
    },
  };
}

function lineOf(lab: string, { bug, edits }: Variant): string {
  const solution = JSON.stringify(join(root, "labs", lab, "solution/index.ts"));
  const broken = JSON.stringify(join(root, "labs", lab, `solution/index.ts${BROKEN}`));
  const files = [...new Set(edits.map(({ file }) => file))];
  const definition = JSON.stringify(join(root, "docs/race", `${lab}.ts`));
  return `  "${lab}": async () => ({
    race: (await import(${definition})).default,
    mended: await import(${solution}),
    broken: await import(${broken}),
    bug: ${JSON.stringify(bug)},
    changes: ${JSON.stringify(files.map((file) => changeOf(lab, file, edits)))},
  }),`;
}

/** The variant that the race names, as the lab's own tests have it. */
async function readVariant(lab: string): Promise<Variant> {
  const load = async (path: string) => (await import(pathToFileURL(join(root, path)).href)).default;
  const { variant } = await load(`docs/race/${lab}.ts`);
  const mutants: readonly Mutant[] = await load(`labs/${lab}/mutants.ts`);
  const mutant = mutants.find(({ id }) => id === variant);
  if (mutant?.edits === undefined) throw new Error(`${lab} has no broken variant ${variant} that is an edit`);
  return { bug: mutant.bug, edits: mutant.edits.map((edit) => ({ file: "index.ts", ...edit })) };
}

function editedText(file: string, name: string, edits: readonly Edit[]): string {
  return edits
    .filter((edit) => edit.file === name)
    .reduce(
      (text, { find, replace }) => {
        if (text.split(find).length !== 2) throw new Error(`${file} does not hold exactly once: ${find}`);
        return text.replace(find, () => replace);
      },
      readFileSync(file, "utf8"),
    );
}

/** A file of the reference and the same with the mistake, for the reader. */
function changeOf(lab: string, name: string, edits: readonly Edit[]): Change {
  const file = join(root, "labs", lab, "solution", name);
  return { file: name, lines: differenceOf(readFileSync(file, "utf8"), editedText(file, name, edits)) };
}
