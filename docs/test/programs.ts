/** The blocks of a page as files in a folder, and how each of them is run. */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Block, blocksOf, nameOf } from "./blocks.ts";
import { exists, type Page } from "./pages.ts";

/** Something that is run, and what must come of it. */
export interface Program {
  readonly place: string;
  readonly by: "node" | "vitest";
  /** What each is given, in the folder of the page: the file, and what stands around it. */
  readonly commands: readonly (readonly string[])[];
  /** Undefined: any end is right, as long as it prints what is shown. */
  readonly endsWell: boolean | undefined;
  readonly shown: Block | undefined;
}

export interface Project {
  readonly folder: string;
  readonly programs: readonly Program[];
}

/** Their packages run what these show. */
export const runElsewhere: Readonly<Record<string, string>> = {
  "shared/picture/README.md": "shared/picture/src/examples.test.ts",
  "shared/primitives/README.md": "shared/primitives/src/examples.test.ts",
  "shared/testkit/README.md": "shared/testkit/zoo/readme/readme.test.ts",
};

const knownFlags: Readonly<Record<string, readonly string[]>> = {
  ts: ["simulated", "fails", "fragment"],
  text: ["varies"],
};

/** Writes the `ts` blocks of a page to `folder`, beside its surroundings. */
export function writeProject(page: Page, folder: string, surroundings: string): Project {
  mkdirSync(folder, { recursive: true });
  if (existsSync(surroundings)) cpSync(surroundings, folder, { recursive: true });
  const prelude = join(folder, "prelude.ts");
  const names = existsSync(prelude) ? exportsOf(readFileSync(prelude, "utf8")) : [];
  const blocks = blocksOf(page);
  for (const block of blocks) refuseOtherFences(block);
  const programs = blocks.flatMap((block) => {
    if (block.language === "sh") return commandsIn(block, blocks);
    return block.language === "ts" ? writeBlock(page, block, folder, names) : [];
  });
  return { folder, programs };
}

function writeBlock(page: Page, block: Block, folder: string, names: readonly Name[]): Program[] {
  const name = nameOf(block) ?? `line-${block.place.split(":")[1]}.ts`;
  const file = join(folder, name);
  if (existsSync(file)) throw new Error(`${block.place}: this page has another ${name}`);
  const shown = outputOf(block);
  const common = { place: block.place, shown, endsWell: !block.flags.includes("fails") };

  if (isFragment(page, block)) {
    writeFileSync(file, `${importsFor(block.code, names)}${block.code}\nexport {};\n`);
    return [];
  }
  if (block.flags.includes("simulated")) {
    const { imports, body } = splitImports(block.code);
    const start = `const fault = await runSimulated(async () => {\n${body}\n});\n`;
    const end = "if (fault !== undefined) throw new Error(fault);\nexport {};\n";
    writeFileSync(file, `${simulator}${imports}\n${start}${end}`);
    return [{ ...common, by: "node", commands: [[name]] }];
  }
  writeFileSync(file, `${block.code}\nexport {};\n`);
  if (nameOf(block) === undefined)
    return runInItsLab(page, block) ? [] : [{ ...common, by: "node", commands: [[name]] }];
  if (name.endsWith(".test.ts")) return [{ ...common, by: "vitest", commands: [[name]] }];
  return shown === undefined && common.endsWell ? [] : [{ ...common, by: "node", commands: [[name]] }];
}

/** In the READMEs of the labs the output of the obvious attempt is a block without a name. */
function outputOf({ heading, next }: Block): Block | undefined {
  const isOutput = next?.language === "text" || (next?.language === "" && heading === obviousAttempt);
  return isOutput ? next : undefined;
}

const obviousAttempt = "The obvious attempt";

/** Opened before the clocks are replaced, so that printing is not taken for I/O of the scenario. */
const simulator = `import { runSimulated } from "@pattern-labs/testkit/run-simulated"; void process.stdout; `;

function isFragment(page: Page, { flags, heading }: Block): boolean {
  if (flags.includes("fragment")) return true;
  return /^labs\/[^/]+\//.test(page.path) && heading !== obviousAttempt;
}

function runInItsLab({ path }: Page, { heading }: Block): boolean {
  const test = path.replace(/README\.md$/, "given/obvious-attempt.test.ts");
  return heading === obviousAttempt && exists(test);
}

/** The lines of an `sh` block that run files of the page, one after the other: what is shown is printed by all of them. */
function commandsIn(block: Block, blocks: readonly Block[]): Program[] {
  const names = new Set(blocks.map(nameOf));
  const commands = block.code
    .split("\n")
    .map((line) =>
      line
        .replace(/\s+#.*$/, "")
        .replace(/^npx /, "")
        .split(/\s+/),
    )
    .filter(([command, ...args]) => command === "node" && args.some((arg) => names.has(arg)))
    .map(([, ...args]) => args)
    .filter((args) => !args.join("").includes("…")); // It is left to the reader.
  if (commands.length === 0) return [];
  return [{ place: block.place, by: "node", commands, endsWell: undefined, shown: outputOf(block) }];
}

function refuseOtherFences({ place, language, flags }: Block): void {
  if (/^(?:js|jsx|javascript|typescript|tsx|mts)$/.test(language)) {
    throw new Error(`${place}: write "ts", or nothing runs it; got "${language}"`);
  }
  const known = knownFlags[language];
  const unknown = known === undefined ? undefined : flags.find((flag) => !known.includes(flag));
  if (unknown !== undefined) {
    throw new Error(`${place}: "${language}" may be followed by ${known?.join(", ")}, got "${unknown}"`);
  }
}

interface Name {
  readonly name: string;
  /** How a fragment comes to it. */
  readonly line: (name: string) => string;
}

/** The names that a prelude exports. */
function exportsOf(text: string): Name[] {
  const variables = text.matchAll(/^export (declare let (\w+): .*;)$/gm);
  const values = text.matchAll(/^export (?:declare )?(?:const|function|class) (\w+)/gm);
  const types = text.matchAll(/^export (?:type|interface) (\w+)/gm);
  const passedOn = text.matchAll(/^export (type )?\{([^}]*)\}/gm);
  return [
    ...[...variables].map(([, line = "", name = ""]) => ({ name, line: () => line })), // What is imported is constant.
    ...[...values].map(([, name = ""]) => ({ name, line: importValue })),
    ...[...types].map(([, name = ""]) => ({ name, line: importType })),
    ...[...passedOn].flatMap(([, type, list = ""]) =>
      (list.match(/\w+(?=\s*(?:,|$))/g) ?? []).map((name) => ({
        name,
        line: type === undefined ? importValue : importType,
      })),
    ),
  ];
}

const importValue = (name: string) => `import { ${name} } from "./prelude.ts";`;
const importType = (name: string) => `import type { ${name} } from "./prelude.ts";`;

/** In one line with the first of the code, so that the numbers of the lines stay. */
function importsFor(code: string, names: readonly Name[]): string {
  const isMentioned = (name: string) => new RegExp(`(?<![\\w.])${name}\\b`).test(code);
  const isDeclared = (name: string) =>
    new RegExp(
      `^(?:await using|using|const|let|(?:async )?function|class|type|interface) ${name}\\b`,
      "m",
    ).test(code);
  return names
    .filter(({ name }) => isMentioned(name) && !isDeclared(name))
    .map(({ name, line }) => `${line(name)} `)
    .join("");
}

function splitImports(code: string): { imports: string; body: string } {
  const statement = /^import [^;]*;\n/gm;
  return {
    imports: (code.match(statement) ?? []).join("").replaceAll("\n", " "),
    body: code.replace(statement, ""),
  };
}
