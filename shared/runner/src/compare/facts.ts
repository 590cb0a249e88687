import type { SourceFile } from "./outline.ts";

/** The size of an answer, as facts: no judgement is in them. */
export interface Facts {
  readonly files: number;
  readonly lines: number;
  /** Without blank lines and lines that are only a comment. */
  readonly linesOfCode: number;
  readonly exports: readonly string[];
  readonly primitives: readonly string[];
}

export function factsOf(files: readonly SourceFile[]): Facts {
  const total = (count: (file: SourceFile) => number) => files.reduce((sum, file) => sum + count(file), 0);
  return {
    files: files.length,
    lines: total((file) => file.lines),
    linesOfCode: total((file) => file.linesOfCode),
    exports: files[0]?.exports ?? [],
    primitives: [...new Set(files.flatMap((file) => file.primitives))].sort(),
  };
}

/** How many lines of a text have code on them. */
export function countCode(source: string): number {
  return source.split("\n").filter((line) => line.trim() !== "" && !isComment(line)).length;
}

/** Whether a line is nothing but a comment, or a part of one that is written in the usual way. */
export function isComment(line: string): boolean {
  return /^\s*(\/\/|\/\*|\*(\s|\/|$))/.test(line);
}
