import { closeSync, openSync, writeSync } from "node:fs";
import { UsageError } from "@pattern-labs/demo";
import type { Rejected } from "../contract.ts";
import { CUT_OFF } from "../given/parse-line.ts";

/** A rejected line, and whose it was. Of a long line, its beginning. */
export interface RejectedLine {
  /** "127.0.0.1:50312, line 7" */
  readonly origin: string;
  readonly reason: string;
  readonly text: string;
}

/** So many of the latest are kept to be shown. */
const KEPT = 10;
const MOST_CHARACTERS = 120;

/** Takes the lines that the pipeline rejects. Keeps the latest, and writes all of them to a file if there is one. */
export class Rejects implements Disposable {
  count = 0;
  latest: readonly RejectedLine[] = [];
  readonly #originOf: (rejected: Rejected) => string;
  #file: number | undefined;

  /** @throws UsageError If the file cannot be written. */
  constructor(file: string | undefined, originOf: (rejected: Rejected) => string) {
    this.#originOf = originOf;
    this.#file = file === undefined ? undefined : open(file);
  }

  readonly add = (rejected: Rejected): void => {
    const { reason } = rejected;
    const text = rejected.text.replace(CUT_OFF, "");
    const origin = this.#originOf(rejected);
    this.count += 1;
    this.latest = [...this.latest.slice(1 - KEPT), { origin, reason, text: brief(text) }];
    if (this.#file === undefined) return;
    // Without waiting, for nobody would wait for it; and at once, so that nothing piles up.
    writeSync(this.#file, `${JSON.stringify({ origin, reason, text })}\n`);
  };

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

function open(file: string): number {
  try {
    return openSync(file, "w");
  } catch (error) {
    throw new UsageError(`cannot write ${file}: ${(error as Error).message}`);
  }
}

function brief(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS - 1).toWellFormed()}…`;
}
