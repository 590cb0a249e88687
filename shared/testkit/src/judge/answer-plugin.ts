import { existsSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import type { Vite } from "vitest/node";
import { type Answer, folderOf, keyOf } from "./answer.ts";
import { editedFiles } from "./edited-files.ts";
import { refuseWithheld } from "./withheld.ts";

/**
 * Lets one vite server serve the tests of a lab against many answers: the id of a test file says which answer is
 * meant (`test/1-bounded.test.ts?answer=attempt`), and whatever that file imports from the lab says so too. So every
 * answer has modules of its own, and no cache can mix two of them up.
 */
export class AnswerPlugin implements Vite.Plugin {
  readonly name = "pattern-labs:answer";
  readonly enforce = "pre";
  readonly #labDir: string;
  readonly #withheld: readonly string[];
  readonly #answers = new Map<string, Answer>();
  readonly #stamps = new Map<string, string>();

  constructor(labDir: string, withheld: readonly string[]) {
    this.#labDir = labDir;
    this.#withheld = withheld;
  }

  /** The id of a test file, run against `answer`. */
  idOf(file: string, answer: Answer): string {
    const key = keyOf(answer);
    this.#answers.set(key, answer);
    return `${resolve(this.#labDir, file)}?answer=${key}`;
  }

  /** Every file that was loaded and reads differently now. The caller must invalidate them. */
  takeChanged(): readonly string[] {
    const changed: string[] = [];
    for (const [file, stamp] of this.#stamps) if (stampOf(file) !== stamp) changed.push(file);
    for (const file of changed) this.#stamps.delete(file);
    return changed;
  }

  // Arrow functions, for vite calls its hooks with a `this` of its own.
  readonly resolveId = {
    handler: (source: string, importer?: string): string | undefined => this.#resolve(source, importer),
  };

  #resolve(source: string, importer: string | undefined): string | undefined {
    if (source.startsWith(this.#labDir + sep) && answerKeyIn(source) !== undefined) return source;
    if (importer === undefined) return undefined;
    const key = answerKeyIn(importer);
    const answer = key === undefined ? undefined : this.#answers.get(key);
    if (answer === undefined) return undefined;

    const ownFolder = join(this.#labDir, folderOf(answer)) + sep;
    if (importer.startsWith(ownFolder)) refuseWithheld(source, this.#withheld);
    if (source === "#lab") return this.#ofAnswer(join(folderOf(answer), "index.ts"), answer);
    if (source.startsWith(".") && !source.includes("?")) {
      const file = relative(this.#labDir, resolve(dirname(withoutQuery(importer)), source));
      return file.startsWith("..") ? undefined : this.#ofAnswer(file, answer);
    }
    return undefined;
  }

  #ofAnswer(file: string, answer: Answer): string {
    const path = join(this.#labDir, file);
    if (!existsSync(path)) throw new Error(`There is no ${file.replaceAll(sep, "/")}`);
    return `${path}?answer=${keyOf(answer)}`;
  }

  readonly load = {
    handler: (id: string): string | undefined => this.#load(id),
  };

  #load(id: string): string | undefined {
    const file = withoutQuery(id);
    if (file.includes(`${sep}node_modules${sep}`) || id.startsWith("\0")) return undefined;
    this.#stamps.set(file, stampOf(file)); // Before the text is read: a change in between is seen next time.
    const key = answerKeyIn(id);
    const answer = key === undefined ? undefined : this.#answers.get(key);
    if (answer?.kind !== "variant" || answer.mutant.wrong) return undefined;
    return editedFiles(answer.mutant, this.#labDir).get(file);
  }
}

const withoutQuery = (id: string): string => id.replace(/\?.*$/, "");

const answerKeyIn = (id: string): string | undefined => /\?answer=([^&]+)/.exec(id)?.[1];

function stampOf(file: string): string {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? "missing" : `${stat.mtimeNs}:${stat.ctimeNs}:${stat.size}:${stat.ino}`;
}
