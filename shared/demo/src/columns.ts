import { stripVTControlCharacters } from "node:util";

/** How many columns a line may have there: one is left free, or some terminals would wrap. No bound where it is no terminal. */
export function widthOf(stream: Partial<Pick<NodeJS.WriteStream, "isTTY" | "columns">>): number {
  return stream.isTTY === true ? (stream.columns || 80) - 1 : Number.POSITIVE_INFINITY;
}

/** Wider lines are hard to read, however wide the terminal is. */
export const PAGE_WIDTH = 79;

/** How many columns a text takes: colours take none. */
export function lengthOf(text: string): number {
  return Array.from(stripVTControlCharacters(text)).reduce((sum, character) => sum + columnsOf(character), 0);
}

/** Chinese characters, for one, take two columns, and what is put on top of another character none. */
function columnsOf(character: string): 0 | 1 | 2 {
  if (/\p{Mn}/u.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/**
 * The line, or as much of its beginning as fits into `width` columns, with "…" in place of the rest. Escape sequences, as
 * those for colours, take no room, and none is cut off.
 */
export function cut(line: string, width: number): string {
  if (lengthOf(line) <= width) return line;
  return width < 1 ? beginningOf(line, 0) : `${beginningOf(line, width - 1)}…`;
}

function beginningOf(line: string, width: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what it looks for.
  const parts = line.split(/(\x1b\[[\d;]*m)/);
  let room = width;
  return parts.map((part, index) => (index % 2 === 1 ? part : take(part))).join("");

  function take(part: string): string {
    let taken = "";
    for (const character of part) {
      room -= columnsOf(character);
      if (room < 0) break;
      taken += character;
    }
    return taken;
  }
}

/**
 * A text in lines of at most `width` columns, but for words that are longer. Nothing is left out. Lines after the first
 * begin with `indent`.
 */
export function folded(text: string, width: number, indent = ""): readonly string[] {
  if (lengthOf(text) <= width) return [text];
  const lines: string[] = [];
  let line = "";
  // Each word with the spaces before it: within a line they stay as they are.
  for (const word of text.match(/ *\S+/g) ?? []) {
    if (line !== "" && lengthOf(line + word) > width) {
      lines.push(line);
      line = indent + word.trimStart();
    } else line += word;
  }
  return [...lines, line];
}
