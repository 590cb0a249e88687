import { realpathSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  commandLine,
  flag,
  type Given,
  number,
  option,
  pictureFile,
  text,
  UsageError,
  wholeNumber,
} from "@pattern-labs/demo";

const options = {
  pattern: option(
    "<regex>",
    "the lines to look for (default AbortSignal)",
    text("a regular expression").default("AbortSignal"),
  ),
  "ignore-case": flag("in whichever case"),
  folder: option(
    "<folder>",
    "where to look (default: this workspace, with all that is installed in it)",
    text("the name of a folder").optional(),
  ),
  concurrency: option("<n>", "files that are read at once (default 16)", wholeNumber(1, 1_024).default(16)),
  max: option("<n>", "stop at so many matches", wholeNumber(1, 1_000_000_000).optional()),
  "file-timeout": option(
    "<ms>",
    "no file may take longer (default 10000)",
    wholeNumber(1, 3_600_000).default(10_000),
  ),
  deadline: option(
    "<ms>",
    "of the search (default: none), or of a request (default 1000)",
    wholeNumber(1, 3_600_000).optional(),
  ),
  serve: flag("not a search, but a service whose clients leave; the rest is for it"),
  clients: option(
    "<n>",
    "clients, in a second process (default 12; 0: none, for curl, until Ctrl-C)",
    wholeNumber(0, 256).default(12),
  ),
  leave: option(
    "<percent>",
    "how many of them leave before the answer (default 40)",
    number(0, 100).default(40),
  ),
  seconds: option("<s>", "how long they go on (default 15)", number(0.1, 86_400).default(15)),
  hedge: option(
    "<ms>",
    "ask the second shop when the first has been silent for so long (default 120)",
    wholeNumber(0, 3_600_000).default(120),
  ),
  naive: flag("the same without cancelling anything, to see what that does"),
  port: option("<n>", "where it listens (default 0: any that is free)", wholeNumber(0, 65_535).default(0)),
  log: flag("every line of its log on stderr, as JSON"),
  seed: option("<n>", "another number, other clients (default 1)", wholeNumber(0, 2 ** 32 - 1).default(1)),
  json: flag("print JSON instead of text"),
  picture: option(
    "<file>",
    "draw who did what for whom: a page (.html), an image (.svg) or a trace (.json)",
    pictureFile().optional(),
  ),
};

/** What is for one of the two only. */
const SEARCH = ["pattern", "ignore-case", "folder", "concurrency", "max", "file-timeout"] as const;
const SERVICE = ["clients", "leave", "seconds", "hedge", "naive", "port", "log", "seed"] as const;

/** The command line of both: the search, and the service. */
export const demoLine = commandLine({
  does: `Searches real files in parallel, and can be stopped at any moment. Or, with --serve, runs an HTTP service in
which whatever is done for a client ends when that client leaves.`,
  options,
  idle: [
    ...SEARCH.map((name) => [name, "idle with", "serve"] as const),
    ...SERVICE.map((name) => [name, "idle without", "serve"] as const),
  ],
  notes: `Matches go to stdout, all else to stderr. Ctrl-C stops and prints what there is; a second one ends at once.
Exit status: 0, 1 if nothing was found or the answer fails, 2 for a bad option, 124 at the deadline of a search,
130 after Ctrl-C.`,
});

export type DemoOptions = Given<typeof options>;

/** What the search was asked for. @throws UsageError */
export interface SearchOptions {
  readonly pattern: RegExp;
  readonly root: string;
  readonly concurrency: number;
  readonly fileTimeoutMs: number;
  readonly deadlineMs: number | undefined;
  readonly max: number | undefined;
}

export function searchOptions(given: DemoOptions): SearchOptions {
  return {
    pattern: readPattern(given.pattern, given["ignore-case"]),
    root: given.folder === undefined ? workspace : readFolder(given.folder),
    concurrency: given.concurrency,
    fileTimeoutMs: given["file-timeout"],
    deadlineMs: given.deadline,
    max: given.max,
  };
}

const workspace = fileURLToPath(new URL("../../..", import.meta.url)).replace(/[/\\]$/, "");

function readPattern(source: string, ignoreCase: boolean): RegExp {
  try {
    return new RegExp(source, ignoreCase ? "i" : "");
  } catch (error) {
    const why = (error as Error).message.replace(/^Invalid regular expression: /, "");
    throw new UsageError(`--pattern must be a regular expression, got ${JSON.stringify(source)}: ${why}`);
  }
}

function readFolder(path: string): string {
  try {
    if (statSync(path).isDirectory()) return realpathSync(path);
  } catch {
    // Then it is no folder that can be read.
  }
  throw new UsageError(`--folder must be a folder that exists, got ${JSON.stringify(path)}`);
}
