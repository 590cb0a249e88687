import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { folderOf } from "./answer.ts";
import type { Lab } from "./road.ts";
import type { Target } from "./verdict.ts";

/** Something about an answer's types, or its syntax, in words. */
export interface TypeProblem {
  /** "attempt/index.ts:12:5" */
  readonly where: string;
  readonly text: string;
  /** The compiler's own number: "TS2322". */
  readonly code: string;
  /** Node itself refuses this, although the tests, which transform the code, may pass. */
  readonly stopsNode: boolean;
}

/** Settings for an answer that is still being written: what is not used yet is no mistake. */
const lenient = [
  "--noUnusedLocals",
  "false",
  "--noUnusedParameters",
  "false",
  "--allowUnreachableCode",
  "true",
];

/** Type-checks an answer, in a process of its own. An aborted check resolves to nothing found. */
export async function checkTypes(lab: Lab, target: Target, signal?: AbortSignal): Promise<TypeProblem[]> {
  if (!existsSync(join(lab.folder, "tsconfig.json"))) return [];
  const output = await runTsc(lab.folder, ["-p", ".", "--customConditions", target, ...lenient], signal);
  const folder = folderOf(target);
  return parseDiagnostics(output)
    .filter(({ file }) => file.startsWith(`${folder}/`) || file === "test/subject.ts")
    .map((diagnostic) => explain(lab, folder, diagnostic));
}

/**
 * Whether everything in the lab compiles with its reference, and the starter has the shape that the contract asks for;
 * the compiler's own words otherwise.
 */
export async function compileAll(lab: Lab, signal?: AbortSignal): Promise<string[]> {
  const whole = await runTsc(lab.folder, ["-p", ".", "--customConditions", "reference", ...thrifty], signal);
  // With another answer only this file reads otherwise: it holds the answer against the contract.
  const starter = ["-p", subjectOnly(lab), "--customConditions", "starter", ...thrifty];
  const shape = await runTsc(lab.folder, starter, signal);
  return parseDiagnostics(whole + shape)
    .filter(({ file }) => !file.startsWith("attempt/") && !file.startsWith("bug/"))
    .map(({ file, line, column, code, text }) => `${file}:${line}:${column} ${code} ${text}`);
}

/** Nobody waits for it at a prompt: several checkers at once would be sooner done, and do a part of the work twice. */
const thrifty = ["--singleThreaded"];

/** Settings of the lab for nothing but the file that imports the answer. */
function subjectOnly(lab: Lab): string {
  const folder = join(lab.folder, ".results");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "tsconfig.subject.json");
  writeFileSync(file, JSON.stringify({ extends: "../tsconfig.json", include: ["../test/subject.ts"] }));
  return file;
}

/** One message of the compiler, as it prints it. */
export interface Diagnostic {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly code: string;
  readonly text: string;
}

const firstLine = /^(?<file>.+)\((?<line>\d+),(?<column>\d+)\): error (?<code>TS\d+): (?<text>.*)$/;

/** Reads what `tsc --pretty false` prints: a line for each message, and indented lines that explain it further. */
export function parseDiagnostics(output: string): Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const line of output.split(/\r?\n/)) {
    const groups = firstLine.exec(line)?.groups;
    const last = found.at(-1);
    if (groups !== undefined) {
      const { file = "", code = "", text = "" } = groups;
      found.push({ file, line: Number(groups["line"]), column: Number(groups["column"]), code, text });
    } else if (/^\s+\S/.test(line) && last !== undefined) {
      found[found.length - 1] = { ...last, text: `${last.text}\n${line}` };
    }
  }
  return found;
}

function explain(lab: Lab, folder: string, diagnostic: Diagnostic): TypeProblem {
  const { file, line, column, code, text } = diagnostic;
  const where = `${file}:${line}:${column}`;
  if (file === "test/subject.ts") {
    return { where: `${folder}/index.ts`, code, text: misfit(folder, text), stopsNode: false };
  }
  const refused = refusedByNode.has(code);
  return {
    where,
    code,
    text: refused ? refusal(sourceLine(lab, diagnostic), diagnostic) : text,
    stopsNode: refused,
  };
}

/** What the tests, which transform the code first, may let pass, and node does not. */
const refusedByNode = new Set([
  "TS1294", // syntax that is not erasable
  "TS1484", // a type imported as a value
  "TS1205", // a type re-exported as a value
  "TS2307", // no such module
  "TS2834", // a relative import without extension
  "TS2835",
]);

/** The answer as a whole does not fit the contract. */
function misfit(folder: string, text: string): string {
  const missing = /Property '(\w+)' is missing in type/.exec(text)?.[1];
  if (missing !== undefined) {
    return `contract.ts asks ${folder}/index.ts to export "${missing}", and it does not.`;
  }
  // Of the compiler's chain of reasons, its first link tells only that the one is not the other.
  const [first = "", ...reasons] = text.split("\n");
  const told = reasons.length === 0 ? first : reasons.map((line) => line.slice(2)).join("\n");
  return `What ${folder}/index.ts exports does not fit \`interface Lab\` in contract.ts.\n${told}`;
}

/** Node only strips types. What would need code of its own it refuses; here is what to write in its place. */
function refusal(source: string, { code, text }: Diagnostic): string {
  if (code === "TS2307") return `${text} Node does not find it either.`;
  if (code === "TS2834" || code === "TS2835") {
    return 'Node needs the whole name of the file: write the import with its extension, "./queue.ts".';
  }
  const refuses = "Node runs this file by stripping its types, so it refuses";
  if (/\benum\b/.test(source)) {
    return `${refuses} \`enum\`. Write a union of strings instead: type Colour = "red" | "green".`;
  }
  if (/\b(namespace|module)\b/.test(source))
    return `${refuses} \`namespace\`. Write a module (a file) instead.`;
  if (/\b(public|private|protected|readonly|override)\b/.test(source)) {
    return `${refuses} parameter properties. Declare the field, and assign it in the constructor's body.`;
  }
  if (/\bimport\s+(?:type\s+)?\w+\s*=/.test(source))
    return `${refuses} \`import x = …\`. Write \`import x from …\` instead.`;
  if (/verbatimModuleSyntax|type-only|isolatedModules/.test(text)) {
    return `Node runs this file by stripping its types and looks for a value of that name. ${text} Write \`import type\`.`;
  }
  return `${refuses} this syntax. ${text}`;
}

function sourceLine(lab: Lab, { file, line }: Diagnostic): string {
  return readFileSync(join(lab.folder, file), "utf8").split("\n")[line - 1] ?? "";
}

function runTsc(
  folder: string,
  options: readonly string[],
  signal: AbortSignal | undefined,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  if (signal?.aborted) return Promise.resolve("");
  const args = [tscPath(), "--noEmit", "--pretty", "false", ...options];
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  giveWay(child);
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr.resume();
  const end = () => child.kill();
  signal?.addEventListener("abort", end, { once: true });
  child.on("error", reject);
  child.on("close", () => {
    signal?.removeEventListener("abort", end);
    resolve(signal?.aborted ? "" : output);
  });
  return promise;
}

/** The learner waits for the tests, and for the types only then: the tests go first where both want the processor. */
function giveWay({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has ended already, or the system does not let us: then it takes its share.
  }
}

function tscPath(): string {
  return join(dirname(fileURLToPath(import.meta.resolve("typescript/package.json"))), "bin", "tsc");
}
