import { wrap } from "./label.ts";
import { escaped } from "./markup.ts";
import { type Drawn, rounded } from "./svg-layout.ts";

/**
 * Places from left to right are parts of the width, in per cent, so that a chart fits wherever it stands; heights and
 * letters are pixels, so that they can be read there. This is the margin.
 */
export const EDGE = 3;

/** On the narrowest page there is room for so many letters. */
export const linesOf = (text: string): string[] => wrap(text, 46);

/** The title of a panel, and how to read it. */
export function headingOf(title: string, note: string): Drawn {
  // Its letters are larger.
  const titles = wrap(title, 38).map((line, i) => lineOf(line, 30 + i * 18, "heading"));
  const y = 30 + titles.length * 18;
  const notes = note === "" ? [] : linesOf(note).map((line, i) => lineOf(line, y + i * 16, "note"));
  return { height: y + notes.length * 16, text: [...titles, ...notes].join("") };
}

/** Drawings one below the other. */
export function under(drawings: readonly Drawn[]): Drawn {
  let height = 0;
  const parts = drawings.map((drawing) => {
    const part = `<g transform="translate(0 ${height})">${drawing.text}</g>`;
    height += drawing.height;
    return part;
  });
  return { height, text: parts.join("\n") };
}

/** A line of text from the left margin on. */
export const lineOf = (text: string, y: number, kind: string): string =>
  `<text class="${kind}" x="${EDGE}%" y="${y}">${escaped(text)}</text>`;

/** What is missed is told in words, too. */
export function missesOf(targets: readonly { readonly reached: boolean; readonly aim: string }[]): Drawn {
  const lines = targets.filter(({ reached }) => !reached).flatMap(({ aim }) => linesOf(`✗ ${aim}`));
  return {
    height: lines.length * 16,
    text: lines.map((line, i) => lineOf(line, 12 + i * 16, "bad")).join(""),
  };
}

export const percent = (share: number): string => `${rounded(share)}%`;
