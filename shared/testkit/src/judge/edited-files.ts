import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Mutant } from "../mutants.ts";

/** The edits of a mutant do not fit the reference, which has changed since they were written. */
export class EditError extends Error {
  override readonly name = "EditError";
}

/**
 * The files of the reference that `mutant` changes, by path, as it leaves them.
 *
 * @throws {EditError} If a text to be replaced does not occur exactly once, or nothing would change.
 */
export function editedFiles(mutant: Mutant, labDir: string): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const { file = "index.ts", find, replace } of mutant.edits ?? []) {
    const path = join(labDir, "solution", file);
    const text = texts.get(path) ?? readFileSync(path, "utf8");
    const count = text.split(find).length - 1;
    if (count !== 1) {
      throw new EditError(
        `mutant ${mutant.id}: the text it replaces occurs ${count} times in solution/${file}, must be 1`,
      );
    }
    if (find === replace) throw new EditError(`mutant ${mutant.id}: it changes nothing in solution/${file}`);
    texts.set(
      path,
      text.replace(find, () => replace),
    ); // As a function, for "$&" in the replacement means nothing.
  }
  return texts;
}
