import { type ByteName, shownName } from "@pattern-labs/demo/files";
import type { Outcome } from "@pattern-labs/picture";
import { Recorder } from "@pattern-labs/picture";

/** The search as a bar, and each file that is read for it as one below. */
export class SearchPicture {
  readonly recorder: Recorder;
  readonly #search: number;

  /** @param isWanted Whether anybody will look at it: otherwise nothing is kept. */
  constructor(pattern: RegExp, limit: number, isWanted: boolean) {
    const title = `Searching for ${pattern}`;
    this.recorder = new Recorder({ title, limits: { files: limit }, ...(!isWanted && { maxEvents: 0 }) });
    this.#search = this.recorder.begin("search", "running", `${pattern}`);
  }

  file(name: ByteName): { end(outcome: Outcome): void } {
    const span = this.recorder.begin("files", "running", shownName(name), { parent: this.#search });
    return { end: (outcome) => this.recorder.end(span, outcome) };
  }

  abort(reason: unknown): void {
    this.recorder.mark("abort", "stop");
    this.recorder.mark(reason instanceof Error ? reason.name : String(reason));
  }

  end(outcome: Outcome): void {
    this.recorder.end(this.#search, outcome);
  }
}
