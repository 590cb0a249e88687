import { readFileSync } from "node:fs";
import { type LoadFnOutput, registerHooks, stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Answer, keyOf } from "./answer.ts";
import { AnswerFiles, answerKeyIn, withoutQuery } from "./answer-files.ts";

/** What `AnswerPlugin` is to vite, this is to Node: each answer has modules of its own, by their query. */
export class AnswerLoader {
  readonly #files: AnswerFiles;
  readonly #answers: ReadonlyMap<string, Answer>;
  /** By the text that was written: most of a lab's files read the same for every answer. */
  readonly #stripped = new Map<string, string>();

  /** Puts the hooks in place, for good. */
  constructor(labDir: string, answers: readonly Answer[]) {
    this.#files = new AnswerFiles(labDir);
    this.#answers = new Map(answers.map((answer) => [keyOf(answer), answer]));
    registerHooks({
      resolve: (source, context, next) => {
        const url = this.#resolve(source, context.parentURL);
        return url === undefined ? next(source, context) : { url, shortCircuit: true };
      },
      load: (url, context, next) => this.#load(url) ?? next(url, context),
    });
  }

  /** Loads a file of the lab, and whatever it imports, for `answer`. */
  async load(file: string, answer: Answer): Promise<void> {
    await import(urlOf(join(this.#files.labDir, file), keyOf(answer)));
  }

  #resolve(source: string, importer: string | undefined): string | undefined {
    const answer = importer && this.#answers.get(answerKeyIn(importer) ?? "");
    if (!answer) return undefined;
    const path = this.#files.find(source, fileURLToPath(withoutQuery(importer)), answer);
    return path === undefined ? undefined : urlOf(path, keyOf(answer));
  }

  #load(url: string): LoadFnOutput | undefined {
    const answer = this.#answers.get(answerKeyIn(url) ?? "");
    if (answer === undefined) return undefined;
    const path = fileURLToPath(withoutQuery(url));
    const text = this.#files.editedText(path, answer) ?? readFileSync(path, "utf8");
    const source = this.#stripped.get(text) ?? stripTypeScriptTypes(text);
    this.#stripped.set(text, source);
    return { format: "module", source, shortCircuit: true };
  }
}

const urlOf = (path: string, key: string) => `${pathToFileURL(path)}?answer=${key}`;
