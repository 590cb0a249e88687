import { createContext, Script } from "node:vm";

/** A line in which the pattern was found. */
export interface FoundLine {
  /** From 1. */
  readonly line: number;
  readonly text: string;
  /** What was found in it: from where, and how long. */
  readonly at: number;
  readonly length: number;
}

/** The pattern went astray on this text: some patterns try more ways than there is time for, as `(a+)+b` does. */
export class PatternTooSlowError extends Error {
  override readonly name = "PatternTooSlowError";
}

/** A pattern that is being tried lets nobody else have a turn, not even Ctrl-C: no piece may take longer than this. */
const PATIENCE_MS = 1_000;

/** Without repetition there are not many ways to try, and the guard costs more than a small file. */
export const mayGoAstray = (pattern: RegExp): boolean => /[*+?{]/.test(pattern.source);

/** What is longer is searched only so far, and memory stays flat in a file without line breaks. */
const LONGEST_LINE = 65_536;

/**
 * Finds lines in a text that comes in pieces. One for each file.
 *
 * @throws PatternTooSlowError
 */
export class LineFinder {
  readonly #search: Search;
  readonly #decoder = new TextDecoder();
  #line = 0;
  #rest = "";

  /** @param pattern Without the flags g and y. */
  constructor(pattern: RegExp) {
    const search = searchFor(pattern);
    this.#search = mayGoAstray(pattern) ? (lines) => guarded(search, lines) : search;
  }

  find(piece: Uint8Array): readonly FoundLine[] {
    const lines = `${this.#rest}${this.#decoder.decode(piece, { stream: true })}`.split("\n");
    this.#rest = (lines.pop() ?? "").slice(0, LONGEST_LINE);
    if (lines[0] !== undefined) lines[0] = lines[0].slice(0, LONGEST_LINE);
    return this.#test(lines);
  }

  /** The last line, if the text does not end with a line break. */
  end(): readonly FoundLine[] {
    const last = this.#rest + this.#decoder.decode();
    return last === "" ? [] : this.#test([last]);
  }

  #test(lines: readonly string[]): readonly FoundLine[] {
    const before = this.#line;
    this.#line += lines.length;
    return this.#search(lines).map(({ line, ...found }) => ({ line: before + line, ...found }));
  }
}

type Search = (lines: readonly string[]) => readonly FoundLine[];

function searchFor(pattern: RegExp): Search {
  return (lines) =>
    lines.flatMap((line, index) => {
      const text = line.endsWith("\r") ? line.slice(0, -1) : line;
      const found = pattern.exec(text);
      if (found === null) return [];
      return [{ line: index + 1, text, at: found.index, length: found[0].length }];
    });
}

/** What runs in a script can be ended from outside, unlike all else in JavaScript. */
const context = createContext({});
const script = new Script("found = search(lines)");

function guarded(search: Search, lines: readonly string[]): readonly FoundLine[] {
  Object.assign(context, { search, lines });
  try {
    script.runInContext(context, { timeout: PATIENCE_MS });
    return context["found"] as readonly FoundLine[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
    throw new PatternTooSlowError("the pattern tries too many ways on it");
  }
}
