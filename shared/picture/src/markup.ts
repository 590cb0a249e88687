import { oneLine } from "./label.ts";

/** Text for SVG and HTML, as content or between double quotes: one line, and nothing in it is markup. */
export function escaped(text: string): string {
  const line = oneLine(text);
  if (!/[&<>"']/.test(line)) return line;
  return line
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/**
 * A part of a picture: whole elements as text, or one element with pieces in it. Who shows a run while it goes on has to
 * renew only the pieces that have changed.
 */
export type Piece = string | Group;

export interface Group {
  readonly tag: "g" | "svg";
  /** As they stand in the tag, behind a blank. */
  readonly attributes: string;
  readonly pieces: readonly Piece[];
}

/** The text of the whole. */
export function written(piece: Piece): string {
  if (typeof piece === "string") return piece;
  const { tag, attributes, pieces } = piece;
  return `<${tag} ${attributes}>${pieces.map(written).join("")}</${tag}>`;
}

/** So far down. */
export const moved = (y: number, pieces: readonly Piece[]): Group => ({
  tag: "g",
  attributes: `transform="translate(0 ${y})"`,
  pieces,
});

/** Each on a line of its own. */
export const onLines = (pieces: readonly Piece[]): Piece[] =>
  pieces.flatMap((piece, i) => (i === 0 ? [piece] : ["\n", piece]));

/** JSON for a script element: no text in it can end the element. */
export function embedded(json: string): string {
  return json.replaceAll("<", "\\u003c");
}
