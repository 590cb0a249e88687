import { type ByteName, shownName, whyUnreadable } from "@pattern-labs/demo/files";
import type { FoundLine } from "../../given/find-lines.ts";
import { Gauge } from "../gauge.ts";

export interface Problem {
  readonly name: string;
  readonly why: string;
}

/** So many are kept to be shown; the others are counted. */
const MOST_PROBLEMS = 10;

/** What is known of a search from outside, never by the answer's own word. Nothing in it grows with the number of files. */
export class Tally {
  /** Files whose names were found. */
  found = 0;
  readonly searched = { text: 0, binary: 0 };
  /** Files and folders that could not be read, or not to their end. */
  failed = { files: 0, folders: 0 };
  matches = 0;
  bytes = 0;
  readonly open = new Gauge();
  readonly problems: Problem[] = [];
  /** The name of the file in which something was found last. */
  latest = "";
  readonly #began = performance.now();
  #abortedAt: number | undefined;

  get tookMs(): number {
    return performance.now() - this.#began;
  }

  /** How long ago it was told to stop. */
  get sinceAbortMs(): number | undefined {
    return this.#abortedAt === undefined ? undefined : performance.now() - this.#abortedAt;
  }

  /** Files that were found and not searched to their end, once a run has ended. */
  get givenUp(): number {
    return this.found - this.searched.text - this.searched.binary - this.failed.files;
  }

  noteAbort(): void {
    this.#abortedAt = performance.now();
  }

  /** Gives those of the lines that are not too many. */
  take(name: ByteName, lines: readonly FoundLine[], max = Number.POSITIVE_INFINITY): readonly FoundLine[] {
    const taken = lines.slice(0, Math.max(0, max - this.matches));
    this.matches += taken.length;
    if (taken.length > 0) this.latest = shownName(name);
    return taken;
  }

  fail(name: ByteName, error: unknown): void {
    this.failed[name.endsWith("/") ? "folders" : "files"] += 1;
    if (this.problems.length < MOST_PROBLEMS)
      this.problems.push({ name: shownName(name), why: whyUnreadable(error) });
  }
}
