import { type OtherKind, shownName, whyUnreadable } from "@pattern-labs/demo/files";
import type { FileGauge } from "../given/open-file.ts";

/** What could not be read, and why. */
export interface Problem {
  readonly name: string;
  readonly why: string;
}

/** So many are kept to be shown; the others are counted. */
const MOST_PROBLEMS = 20;

/**
 * What is known of a run from outside: counted where names are handed out, files opened and results taken, never by the
 * answer's own word. Nothing in it grows with the number of files.
 */
export class Tally implements FileGauge {
  /** Files whose names were handed out. */
  found = 0;
  hashed = 0;
  /** Files that could not be read. */
  failed = 0;
  /** Folders that could not be read, or not to their end. */
  failedFolders = 0;
  /** Files that are open, as far as they are opened here: threads open their own. */
  readonly open = new Gauge();
  readonly threads = new Gauge();
  /** What threads tell of themselves: files, bytes. */
  readonly progress = new BigInt64Array(new SharedArrayBuffer(16));
  /** The name of a file that was opened or finished just now. */
  latest = "";
  readonly others: Partial<Record<OtherKind, number>> = {};
  readonly problems: Problem[] = [];
  /** Why the latest of the files that could not be read could not. */
  latestError: unknown;
  #bytesRead = 0;

  get bytes(): number {
    return this.#bytesRead + Number(Atomics.load(this.progress, 1));
  }

  /** Files that were found and came to no result, once a run has ended. */
  get givenUp(): number {
    return this.found - this.hashed - this.failed;
  }

  leaveAlone(kind: OtherKind): void {
    this.others[kind] = (this.others[kind] ?? 0) + 1;
  }

  failFile(name: string, error: unknown): void {
    this.failed += 1;
    this.#note(name, error);
  }

  failFolder(name: string, error: unknown): void {
    this.failedFolders += 1;
    this.#note(name, error);
  }

  opened(name: string): (error?: unknown) => void {
    this.latest = name;
    const close = this.open.enter();
    return (error) => {
      close();
      if (error !== undefined) this.latestError = error;
    };
  }

  read(bytes: number): void {
    this.#bytesRead += bytes;
  }

  #note(name: string, error: unknown): void {
    if (this.problems.length === MOST_PROBLEMS) return;
    this.problems.push({ name: shownName(name), why: whyUnreadable(error) });
  }
}

/** Counts what is there at once, and remembers the most. */
class Gauge {
  now = 0;
  most = 0;

  /** @returns To be called when it is gone. */
  enter(): () => void {
    this.now += 1;
    if (this.now > this.most) this.most = this.now;
    return () => {
      this.now -= 1;
    };
  }
}
