/**
 * Names come from outside: they may hold line breaks, terminal codes, marks that turn the direction of writing,
 * halves of characters. In a picture a name is one line of visible characters.
 */
export function oneLine(text: string): string {
  // Most names are so already, and a picture has thousands: to ask is a fraction of what it takes to replace.
  if (ONE_LINE.test(text)) return text;
  return text
    .toWellFormed()
    .replace(/\s+/gu, " ")
    .replace(/\p{Cc}|[\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/gu, "·");
}

/** Visible characters of ASCII, with single blanks. */
const ONE_LINE = /^(?:[!-~]| (?! ))*$/;

let segmenter: Intl.Segmenter | undefined;

/** Made when it is needed first: most names are plain, and to make it takes as long as a short test. */
function graphemesOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return segmenter.segment(text);
}

/** What a reader sees as single characters: a letter with its accents, an emoji of several parts. */
export function charactersOf(text: string): string[] {
  return PLAIN.test(text) ? [...text] : Array.from(graphemesOf(text), ({ segment }) => segment);
}

const PLAIN = /^[\x20-\x7e]*$/;

/** How many columns of a terminal it takes: characters of East Asia and emoji take two. */
export function columnsOf(text: string): number {
  return PLAIN.test(text) ? text.length : charactersOf(text).reduce((sum, one) => sum + columnsOfOne(one), 0);
}

/** The same of a single character. */
export function columnsOfOne(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  if (/^\p{Mark}|^\p{Cf}/u.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** After Unicode Standard Annex 11, in blocks. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{1fa70}-\u{1faff}\u{20000}-\u{3fffd}]|\ufe0f|^\p{Emoji_Presentation}/u;

/** At most so many columns of it; what is missing is an ellipsis. */
export function cut(text: string, columns: number, ellipsis = "…"): string {
  if (columnsOf(text) <= columns) return text;
  let kept = "";
  let room = columns - ellipsis.length;
  for (const character of charactersOf(text)) {
    room -= columnsOfOne(character);
    if (room < 0) break;
    kept += character;
  }
  return columns < ellipsis.length ? "" : kept + ellipsis;
}

/** Filled up with blanks to so many columns. */
export function pad(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - columnsOf(text)));
}

/** Broken into lines of at most so many columns, at blanks where there are any. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (columnsOf(longer) <= columns) line = longer;
    else {
      if (line !== "") lines.push(line);
      line = cut(word, columns);
    }
  }
  return [...lines, line];
}

/** The same in ASCII, column for column, so that nothing moves. */
export function toAscii(text: string): string {
  return text.replace(/\P{ASCII}/gu, (character) => NEAREST[character] ?? "?".repeat(columnsOf(character)));
}

const NEAREST: Readonly<Record<string, string>> = {
  "●": "o",
  "★": "*",
  "│": "|",
  "←": "<",
  "→": ">",
  "…": "~",
  "·": ".",
  "«": '"',
  "»": '"',
  ...Object.fromEntries([..."⁰¹²³⁴⁵⁶⁷⁸⁹"].map((digit, i) => [digit, String(i)])),
};
