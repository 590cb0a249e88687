import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describeCommands } from "@pattern-labs/runner/src/describe-commands.ts";
import { blocksOf, nameOf } from "./blocks.ts";
import { exists, type Page, repository } from "./pages.ts";

/** A command that a page tells its reader to type. */
interface Command {
  readonly page: Page;
  readonly line: string;
  readonly words: readonly string[];
}

/** The commands of a page that do not exist, and why. */
export function unknownCommands(page: Page): string[] {
  return commandsIn(page).flatMap((command) => {
    const fault = faultOf(command);
    return fault === undefined ? [] : [`${page.path}: "${command.line}": ${fault}`];
  });
}

/** Lines of `sh` blocks and of blocks without a name, that begin as a command does, and code in sentences. */
function commandsIn(page: Page): Command[] {
  const inBlocks = blocksOf(page)
    .filter(({ language }) => language === "sh" || language === "")
    .flatMap(({ code }) => code.split("\n"))
    .map((line) => line.replace(/\s+#.*$/, "").trim())
    .filter((line) => /^(?:npx|npm|node|pnpm) \S/.test(line));
  const inSentences = [...textOf(page).matchAll(/`([^`\n]+)`/g)]
    .map(([, code = ""]) => code)
    .filter((code) => /^(?:npx|npm) (?!run$)\S/.test(code));
  return [...inBlocks, ...inSentences].map((line) => ({ page, line, words: line.split(/\s+/) }));
}

/** The page without its blocks, but with the code in its sentences. */
function textOf({ text }: Page): string {
  return text.replace(/^([ \t]*)(`{3,})[\s\S]*?^\1\2[ \t]*$/gm, "");
}

function faultOf({ page, words: [program = "", ...args] }: Command): string | undefined {
  if (program === "npx") return faultOfNpx(args, page);
  if (program === "node") return "it must be npx node, this repository's: the reader's own may be too old";
  return faultOfScript(args);
}

function faultOfNpx([name = "", ...args]: readonly string[], page: Page): string | undefined {
  if (name === "lab") return faultOfLab(args);
  if (name === "node") return faultOfNode(args, page);
  if (name === "turbo") return faultOfTurbo(args);
  return existsSync(join(repository, "node_modules/.bin", name)) ? undefined : `there is no ${name}`;
}

const lab = describeCommands({} as Parameters<typeof describeCommands>[0], [], async () => {});

function faultOfLab(args: readonly string[]): string | undefined {
  const [first] = args;
  if (first === undefined || first.startsWith("-")) return undefined;
  const command = lab.commands.find((command) => command.name() === first);
  if (command === undefined) return `lab has no command ${first}`;
  const words = args.slice(1, args.includes("--") ? args.indexOf("--") : undefined);
  const name = words.find((word) => /^[a-z][a-z-]*$/.test(word));
  if (name !== undefined && !isValueOfOption(words, name) && name !== "lab" && !exists(`labs/${name}`)) {
    return `there is no lab ${name}`;
  }
  if (first === "demo") return undefined; // Its options are the demo's own.
  const known = command.options.flatMap(({ long, short }) => [long, short]);
  const unknown = words.find((word) => word.startsWith("-") && !known.includes(word.split("=")[0]));
  return unknown === undefined ? undefined : `lab ${first} has no option ${unknown}`;
}

/** "--challenge priority": what follows an option is no lab. */
function isValueOfOption(words: readonly string[], word: string): boolean {
  return words[words.indexOf(word) - 1]?.startsWith("--") === true;
}

function faultOfTurbo(args: readonly string[]): string | undefined {
  const tasks = readFileSync(join(repository, "turbo.json"), "utf8");
  const task = args.find((arg) => !arg.startsWith("-") && arg !== "run");
  if (task === undefined || !tasks.includes(`"${task}": {`)) return `turbo has no task ${task}`;
  const filter = args.find((arg) => arg.startsWith("--filter="))?.slice("--filter=".length);
  return filter === undefined || exists(`labs/${filter}`) ? undefined : `there is no package ${filter}`;
}

/** A file from where the reader stands: the top of the repository, the page's folder, or its package. */
function faultOfNode(args: readonly string[], page: Page): string | undefined {
  const file = args.find((arg) => /\.(?:ts|js|mjs)$/.test(arg))?.replace(/^\.\//, "");
  if (file === undefined) return undefined;
  const folder = dirname(page.path);
  const isThere = ["", folder, dirname(folder)].some((from) => exists(join(from, file)));
  return isThere || blocksOf(page).some((block) => nameOf(block) === file)
    ? undefined
    : `there is no file ${file}`;
}

const ofNpmItself = ["install", "ci", "pack", "publish", "add"];

function faultOfScript(args: readonly string[]): string | undefined {
  const [first = "", second] = args.filter((arg) => !arg.startsWith("-"));
  if (ofNpmItself.includes(first)) return undefined;
  const name = first === "run" ? second : first;
  const manifest = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));
  const allowed = first === "run" || first === "start" || first === "test";
  return allowed && name !== undefined && name in manifest.scripts ? undefined : `there is no script ${name}`;
}
