import { statSync } from "node:fs";
import { resolve, sep } from "node:path";
import type { Vite } from "vitest/node";
import { type Answer, keyOf } from "./answer.ts";
import { AnswerFiles, answerKeyIn, withoutQuery } from "./answer-files.ts";
import type { InTurn, Turn } from "./in-turn.ts";

const IN_TURN = resolve(import.meta.dirname, "in-turn.ts");

/**
 * Lets one vite server serve the tests of a lab against many answers: the id of a test file says which answer is
 * meant (`test/1-bounded.test.ts?answer=attempt`), and whatever that file imports from the lab says so too. So every
 * answer has modules of its own, and no cache can mix two of them up.
 */
export class AnswerPlugin implements Vite.Plugin {
  readonly name = "pattern-labs:answer";
  readonly enforce = "pre";
  readonly #files: AnswerFiles;
  readonly #answers = new Map<string, Answer>();
  readonly #inTurn = new Map<string, InTurn>();
  readonly #stamps = new Map<string, string>();

  constructor(labDir: string) {
    this.#files = new AnswerFiles(labDir);
  }

  /** The id of a test file, run against `answer`. */
  idOf(file: string, answer: Answer): string {
    const key = keyOf(answer);
    this.#answers.set(key, answer);
    return `${resolve(this.#files.labDir, file)}?answer=${key}`;
  }

  /** The id of a module that runs test files against answers, one after the other in one process. */
  idInTurn(turns: readonly Turn[]): string {
    const key = `turns-${this.#inTurn.size + 1}`;
    this.#inTurn.set(key, { labDir: this.#files.labDir, turns });
    // Vitest wants a file that there is.
    return `${resolve(this.#files.labDir, turns[0]?.file ?? "")}?answer=${key}`;
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
    if (source.startsWith(this.#files.labDir + sep) && answerKeyIn(source) !== undefined) return source;
    if (importer === undefined) return undefined;
    const answer = this.#answers.get(answerKeyIn(importer) ?? "");
    if (answer === undefined) return undefined;
    const path = this.#files.find(source, withoutQuery(importer), answer);
    return path === undefined ? undefined : `${path}?answer=${keyOf(answer)}`;
  }

  readonly load = {
    handler: (id: string): string | undefined => this.#load(id),
  };

  #load(id: string): string | undefined {
    const file = withoutQuery(id);
    if (file.includes(`${sep}node_modules${sep}`) || id.startsWith("\0")) return undefined;
    const key = answerKeyIn(id) ?? "";
    const inTurn = this.#inTurn.get(key);
    if (inTurn) return moduleOf(inTurn);
    this.#stamps.set(file, stampOf(file)); // Before the text is read: a change in between is seen next time.
    const answer = this.#answers.get(key);
    return answer && this.#files.editedText(file, answer);
  }
}

const moduleOf = (inTurn: InTurn) =>
  `import { describeInTurn } from ${JSON.stringify(IN_TURN)};\nawait describeInTurn(${JSON.stringify(inTurn)});\n`;

function stampOf(file: string): string {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? "missing" : `${stat.mtimeNs}:${stat.ctimeNs}:${stat.size}:${stat.ino}`;
}
