import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { z } from "zod";
import { filesIn } from "../fingerprint.ts";
import { type Lab, labField, type Road } from "../road.ts";
import { partOf } from "../test-files.ts";
import { count } from "../text.ts";
import { type Check, check } from "./check.ts";

const required = [
  "README.md",
  "HINTS.md",
  "TRADEOFFS.md",
  "contract.ts",
  "starter/index.ts",
  "solution/index.ts",
  "test/subject.ts",
  "mutants.ts",
  "demo/index.ts",
  "bench/index.ts",
  "package.json",
  "tsconfig.json",
  "vitest.config.ts",
];

/** Everything that may stand in a lab's folder. */
const known = new Set([
  ...required.map((path) => path.split("/")[0]),
  ...["wrong", "accepted", "bench", "play.ts", "given", "engines", "stores", "service", "attempt", "bug"],
  ...["node_modules", ".results", ".turbo", ".pictures", ".profiles"],
]);

const longestSolution = 220;

/** What can be told from a lab's files alone. */
export async function checkFiles(root: string, lab: Lab, road: Road): Promise<Check[]> {
  return [
    checkManifest(lab, road),
    checkRequired(lab),
    checkStray(lab),
    checkContract(lab),
    checkSolution(lab),
    check("attempt/ is not tracked", await trackedAttempt(root, lab), "git knows nothing of it"),
  ];
}

/** The identifiers of the accepted answers. */
export function acceptedAnswers(lab: Lab): string[] {
  return foldersIn(join(lab.folder, "accepted"));
}

/** The identifiers of the whole wrong answers. */
export function wrongAnswers(lab: Lab): string[] {
  return foldersIn(join(lab.folder, "wrong"));
}

const manifest = z.object({
  name: z.string(),
  imports: z.object({
    "#lab": z.object({
      attempt: z.literal("./attempt/index.ts"),
      starter: z.literal("./starter/index.ts"),
      bug: z.literal("./bug/index.ts"),
      default: z.literal("./solution/index.ts"),
    }),
  }),
  lab: labField.strict(),
});

function checkManifest(lab: Lab, road: Road): Check {
  const name = "package.json describes the lab";
  const read = manifest.safeParse(JSON.parse(readFileSync(join(lab.folder, "package.json"), "utf8")));
  if (!read.success) return check(name, z.prettifyError(read.error).split("\n"));
  const faults: string[] = [];
  if (read.data.name !== lab.name)
    faults.push(`name must be "${lab.name}", the folder's, got "${read.data.name}"`);
  if (lab.minutes < 60 || lab.minutes > 150)
    faults.push(`minutes must be from 60 to 150, got ${lab.minutes}`);
  for (const other of lab.buildsOn) {
    if (!road.some((place) => place.name === other))
      faults.push(`buildsOn names "${other}", which is no lab of the road`);
  }
  const twice = lab.challenges.filter((id, index) => lab.challenges.indexOf(id) !== index);
  for (const id of twice) faults.push(`challenges names "${id}" twice`);
  return check(name, faults, `${count(lab.steps.length, "step")}, ${lab.minutes} minutes`);
}

function checkRequired(lab: Lab): Check {
  const missing = required
    .filter((path) => !existsSync(join(lab.folder, path)))
    .map((path) => `${path} is missing`);
  const accepted = acceptedAnswers(lab).length;
  const tooFew = accepted < 2 ? [`accepted/ must hold at least 2 answers, got ${accepted}`] : [];
  return check("every file is there", [...missing, ...tooFew], count(required.length, "file"));
}

function checkStray(lab: Lab): Check {
  const strayAtTop = readdirSync(lab.folder).filter((name) => !known.has(name) && name !== ".DS_Store");
  const strayTests = filesIn(join(lab.folder, "test"))
    .map((path) => path.slice(lab.folder.length + 1).replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".test.ts") && partOf(path) === undefined);
  const faults = [...strayAtTop, ...strayTests].map((path) => `${path} has no place in a lab`);
  const ofSteps = filesIn(join(lab.folder, "test")).map((path) => partOf(path.replaceAll("\\", "/")));
  const unknown = ofSteps.flatMap((part) => {
    if (part === undefined) return [];
    if ("step" in part) return part.step > lab.steps.length ? [`test/${part.step}-… belongs to no step`] : [];
    return lab.challenges.includes(part.challenge)
      ? []
      : [`test/challenge-${part.challenge} belongs to no challenge`];
  });
  return check("no stray file", [...faults, ...unknown]);
}

/** The contract is for reading: once its types are stripped nothing may be left to run. */
function checkContract(lab: Lab): Check {
  const name = "contract.ts is types only";
  const path = join(lab.folder, "contract.ts");
  if (!existsSync(path)) return check(name, ["contract.ts is missing"]);
  const left = codeLeft(readFileSync(path, "utf8"));
  return check(name, left === "" ? [] : [`this would run: ${left.slice(0, 80)}`]);
}

/** What remains of a module's code without its types and comments. */
export function codeLeft(source: string): string {
  try {
    return quietly(() => stripTypeScriptTypes(source))
      .replace(/\/\*[\s\S]*?\*\//g, "")
      .replace(/\/\/.*$/gm, "")
      .replace(/^\s*export\s*\{\s*\};?\s*$/gm, "")
      .replaceAll(";", "")
      .trim();
  } catch (error) {
    return (error as Error).message;
  }
}

/** Node warns that stripping types by hand is experimental. That is this file's concern, not the author's. */
function quietly<T>(work: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return work();
  } finally {
    process.emitWarning = emitWarning;
  }
}

function checkSolution(lab: Lab): Check {
  const faults = filesIn(join(lab.folder, "solution")).flatMap((path) => {
    const name = path.slice(lab.folder.length + 1);
    const source = readFileSync(path, "utf8");
    const lines = source.trimEnd().split("\n").length;
    const withheld = lab.withholds.filter((primitive) =>
      source.includes(`@pattern-labs/primitives/${primitive}"`),
    );
    return [
      ...(lines > longestSolution ? [`${name} may have ${longestSolution} lines, got ${lines}`] : []),
      ...withheld.map((primitive) => `${name} imports "${primitive}", which the lab withholds`),
    ];
  });
  return check("the reference is short and withholds nothing from itself", faults);
}

async function trackedAttempt(root: string, lab: Lab): Promise<string[]> {
  const git = spawn("git", ["ls-files", "--", `labs/${lab.name}/attempt`], {
    cwd: root,
    stdio: ["ignore", "pipe", "ignore"],
  });
  let output = "";
  git.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  try {
    await once(git, "close");
  } catch {
    return []; // Without git nothing is tracked.
  }
  return output
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => `${line} is tracked: git rm --cached ${line}`);
}

function foldersIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, "index.ts")))
    .map((entry) => entry.name)
    .sort();
}
