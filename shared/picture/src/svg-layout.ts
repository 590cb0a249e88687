import type { Moment } from "./event.ts";
import { columnsOf, cut, oneLine } from "./label.ts";
import { escaped, moved, type Piece } from "./markup.ts";
import type { Run } from "./run.ts";
import type { Scale } from "./scale.ts";

export const LANE = 20;
/** What stands above a row where there is no room beside it. */
const HEADING = 16;
export const LEVEL = 36;
export const GAP = 10;

/** Where things stand, in pixels of the picture's own. */
export interface Layout {
  readonly width: number;
  /** Between these two lies the run; labels stand left of it, figures right. */
  readonly left: number;
  readonly right: number;
  readonly isNarrow: boolean;
  /** How high a lane is: less than `LANE` where there are many, and then nothing is written into it. */
  readonly lane: number;
  readonly scale: Scale;
  /** Goes before every id, which must be unique on a page. */
  readonly id: string;
  readonly x: (moment: Moment) => number;
}

/** A piece of the picture that begins at the height 0. */
export interface Drawn {
  readonly height: number;
  readonly text: string;
}

/** The same in pieces. */
export interface DrawnRow {
  readonly height: number;
  readonly pieces: readonly Piece[];
  /** What is written over all else. */
  readonly above?: string;
}

export const isNarrow = (width: number) => width < 640;

/** So high that a picture is seen as a whole. */
export function laneHeight(lanes: number): number {
  if (lanes <= 28) return LANE;
  return lanes <= 56 ? 11 : 7;
}

/** Lanes on a narrow screen have their names above them, and only numbers at their left. */
export const NUMBERED = { left: 30, right: 14 } as const;

/** Labels get the room that the longest needs, within bounds. */
export function edgesOf(labels: readonly string[], width: number): { left: number; right: number } {
  const [least, most] = isNarrow(width) ? [62, 130] : [110, 190];
  const longest = labels.reduce((max, label) => Math.max(max, wideness(label)), 0);
  return {
    left: Math.round(Math.min(most, Math.max(least, longest + 24))),
    right: width - (isNarrow(width) ? 58 : 112),
  };
}

/** About how wide it is in the picture's font: what really comes out is up to the reader's machine. */
export const wideness = (text: string, size = 12) => columnsOf(text) * size * 0.55;

/** What of it fits. */
export const fitting = (text: string, pixels: number, size = 12) =>
  cut(oneLine(text), Math.max(1, Math.floor(pixels / (size * 0.55))));

export const rounded = (value: number) => Math.round(value * 10) / 10;

/** What a row is called, at its left; one that does not fit is shown in full when it is pointed at. */
export function labelText(text: string, y: number, layout: Layout, { bad = false, indent = 0 } = {}): string {
  const shown = fitting(text, layout.left - 14 - indent);
  const full = shown === oneLine(text) ? "" : `<title>${escaped(text)}</title>`;
  const kind = bad ? "label bad-ink" : "label";
  const place = indent > 0 ? `x="${10 + indent}" style="text-anchor:start"` : `x="${layout.left - 10}"`;
  return `<text class="${kind}" ${place} y="${y}">${escaped(shown)}${full}</text>`;
}

/** What there is to say about a row, at its right. */
export function figureText(text: string, y: number, layout: Layout, bad = false): string {
  if (text === "") return "";
  const shown = fitting(text, layout.width - layout.right - 10);
  return `<text class="value${bad ? " bad-ink" : ""}" x="${layout.right + 8}" y="${y}">${escaped(shown)}</text>`;
}

/** A row with its name and its figure: beside it, or above it where the screen is narrow. */
export function named(
  row: DrawnRow,
  { label, figure = "", bad = false, indent = 0 }: Names,
  layout: Layout,
): DrawnRow {
  if (layout.isNarrow) {
    const above = heading(label, figure, layout, { bad, indent });
    return { height: row.height + HEADING, pieces: [moved(HEADING, row.pieces)], above };
  }
  const y = row.height / 2 + 4;
  const names = [labelText(label, y, layout, { bad, indent }), figureText(figure, y, layout, bad)];
  return { height: row.height, pieces: [...names, ...row.pieces] };
}

export interface Names {
  readonly label: string;
  readonly figure?: string;
  readonly bad?: boolean;
  readonly indent?: number;
}

function heading(
  label: string,
  figure: string,
  { left, right }: Layout,
  { bad = false, indent = 0 },
): string {
  const ink = bad ? " bad-ink" : "";
  const room = right - left - indent;
  const name = fitting(label, room - wideness(figure) - 10);
  return (
    `<text class="label halo${ink}" x="${left + indent}" y="12" style="text-anchor:start">${escaped(name)}</text>` +
    (figure === ""
      ? ""
      : `<text class="value halo${ink}" x="${right}" y="12" text-anchor="end">${escaped(figure)}</text>`)
  );
}

/** All names that stand at the left of a picture. */
export function labelsOf(run: Run): string[] {
  return run.rows.flatMap((row) => {
    if ("level" in row) return [row.level.name];
    const { name, lanes } = row.track;
    const several = run.tracks.length > 1 ? `${name}: ` : "";
    return [
      `${several}to be tried again`,
      ...lanes.map((lane) => (lane.depth > 0 ? lane.name : `${name} ${lane.name}`)),
    ];
  });
}
