import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const repository = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** A Markdown file, by its path from the top of the repository. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

/** Every text that belongs to the repository; a learner's attempts and what is generated do not. */
export function readAllPages(): Page[] {
  return readPages(["*.md", "{docs,labs,shared}/**/*.md"]);
}

/** The texts whose code must work. */
export function readPagesWithCode(): Page[] {
  return readPages(["*.md", "docs/*.md", "{labs,shared}/*.md", "{labs,shared}/*/{,*/}README.md"]);
}

function readPages(patterns: string[]): Page[] {
  return globSync(patterns, { cwd: repository, exclude: isForeign })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => !path.includes("[")) // The site makes pages from these, and looks after their links itself.
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(repository, path), "utf8") }));
}

/** Folders that are not ours, or not yet: packages, attempts, results, whatever begins with a dot. */
function isForeign(path: string): boolean {
  return path.split(/[/\\]/).some((name) => /^(?:node_modules|attempt|bug|dist|\..+)$/.test(name));
}

/** Whether there is such a file or folder in the repository. */
export function exists(path: string): boolean {
  return existsSync(join(repository, path));
}
