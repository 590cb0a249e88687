import wrapAnsi from "wrap-ansi";

/** "1 test", "3 tests". */
export function count(n: number, thing: string, things = `${thing}s`): string {
  return `${n} ${n === 1 ? thing : things}`;
}

/** "1.1", "1.1 and 1.2", "1.1, 1.2 and 1.3". */
export function enumerate(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/** Breaks text into lines of at most `width` columns; colours survive the break, and so does a line's indentation. */
export function wrap(text: string, width: number): string[] {
  return text.split("\n").flatMap((line) => {
    const margin = /^ */.exec(line)?.[0].slice(0, Math.max(0, width - 1)) ?? "";
    const room = Math.max(1, width - margin.length);
    return wrapAnsi(line.trimStart(), room, { hard: true })
      .split("\n")
      .map((part) => (margin + part).trimEnd());
  });
}

/** Wraps text behind a margin: "label    text", and its further lines under the text. */
export function hang(label: string, text: string, options: HangOptions): string[] {
  const { margin, width, paintLabel = (plain) => plain } = options;
  return wrap(text, width - margin).map((line, index) => {
    const lead =
      index === 0 ? paintLabel(label) + " ".repeat(Math.max(0, margin - label.length)) : " ".repeat(margin);
    return (lead + line).trimEnd();
  });
}

export interface HangOptions {
  readonly margin: number;
  readonly width: number;
  readonly paintLabel?: (label: string) => string;
}

/** Indents every line that has something on it. */
export function indent(lines: readonly string[], by: number): string[] {
  return lines.map((line) => (line === "" ? "" : " ".repeat(by) + line));
}

/** The text, or as much of its beginning as fits, with "…" in place of the rest. */
export function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

/** Seconds with one digit from one second on, milliseconds below. */
export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** The lines with never more than one blank line in a row. */
export function withoutDoubleBlanks(lines: readonly string[]): string[] {
  return lines.filter((line, index) => line !== "" || lines[index - 1] !== "");
}
