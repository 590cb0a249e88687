import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";

/**
 * A short hash of everything in the given files and folders: the same on every machine, another one as soon as a file
 * is changed, renamed, added or removed. What does not exist counts as empty.
 */
export function fingerprint(folder: string, parts: readonly string[] = ["."]): string {
  const hash = createHash("sha256");
  for (const file of parts.flatMap((part) => filesIn(join(folder, part))).sort()) {
    hash.update(relative(folder, file).split(sep).join("/")).update("\0");
    // Line ends do not count: Git may have changed them on the way.
    hash.update(readFileSync(file, "utf8").replaceAll("\r\n", "\n")).update("\0");
  }
  return hash.digest("hex").slice(0, 16);
}

/** Every file at or below `path`. */
export function filesIn(path: string): string[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
