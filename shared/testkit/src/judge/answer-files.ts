import { existsSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { type Answer, folderOf } from "./answer.ts";
import { editedFiles } from "./edited-files.ts";
import { refuseWithheld, withheldBy } from "./withheld.ts";

/** The files of a lab as they are for one answer or another. */
export class AnswerFiles {
  readonly labDir: string;
  readonly #withheld: readonly string[];

  constructor(labDir: string) {
    this.labDir = labDir;
    this.#withheld = withheldBy(labDir);
  }

  /**
   * The file that `source` means, the text between the quotes of an import in the file `importer`. Undefined if it is
   * none of the lab's, and so the same for every answer.
   *
   * @throws {Error} If there is no such file, or the answer may not have it.
   */
  find(source: string, importer: string, answer: Answer): string | undefined {
    const folder = folderOf(answer);
    if (importer.startsWith(join(this.labDir, folder) + sep)) refuseWithheld(source, this.#withheld);
    if (source === "#lab") return this.#existing(join(folder, "index.ts"));
    if (!source.startsWith(".") || source.includes("?")) return undefined;
    const file = relative(this.labDir, resolve(dirname(importer), source));
    return file.startsWith("..") ? undefined : this.#existing(file);
  }

  /** What stands in the file at `path` for an answer that edits it; undefined if it reads as it lies on the disk. */
  editedText(path: string, answer: Answer): string | undefined {
    if (answer.kind !== "variant" || answer.mutant.wrong) return undefined;
    return editedFiles(answer.mutant, this.labDir).get(path);
  }

  #existing(file: string): string {
    const path = join(this.labDir, file);
    if (!existsSync(path)) throw new Error(`There is no ${file.replaceAll(sep, "/")}`);
    return path;
  }
}

export const withoutQuery = (id: string): string => id.replace(/\?.*$/, "");

/** Which answer a module belongs to, by its id: "test/1-bounded.test.ts?answer=attempt". */
export const answerKeyIn = (id: string): string | undefined => /\?answer=([^&]+)/.exec(id)?.[1];
