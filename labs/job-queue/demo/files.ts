import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { UsageError } from "@pattern-labs/demo";

const FILES = 200;
const LINES = 1_200;
const MOST_FILES = 2_000;
const LARGEST_BYTES = 4_194_304;

const VERBS = ["opened", "paid", "packed", "sent", "returned", "complained about", "forgotten"];

/** Log files of some 50 to 100 kB, different each. */
export async function makeFiles(folder: string): Promise<void> {
  await mkdir(folder);
  for (let n = 1; n <= FILES; n += 1) {
    const lines = Array.from({ length: LINES + 5 * n }, (_, line) => lineOf(n, line));
    await writeFile(join(folder, `file-${String(n).padStart(3, "0")}.log`), lines.join("\n"));
  }
}

function lineOf(file: number, line: number): string {
  const order = (file * 7_919 + line * 104_729) % 99_991;
  return `2026-10-${String(1 + (line % 28)).padStart(2, "0")} order ${order} was ${VERBS[order % VERBS.length]}`;
}

/**
 * The paths of files in a folder, a few thousand at most, and none that takes long.
 *
 * @throws {UsageError} If there is none.
 */
export async function pathsIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths: string[] = [];
  for (const entry of entries.filter((each) => each.isFile() && !each.name.includes("\ufffd"))) {
    const path = join(entry.parentPath, entry.name);
    const size = await stat(path).then(
      (stats) => stats.size,
      () => Number.POSITIVE_INFINITY,
    );
    if (size <= LARGEST_BYTES) paths.push(relative(folder, path));
    if (paths.length === MOST_FILES) break;
  }
  if (paths.length === 0) {
    const rule = "must be a folder with a file in it of at most 4 MB";
    throw new UsageError(`--folder ${rule}, got ${JSON.stringify(folder)}`);
  }
  return paths.sort();
}
