import type { Outcome } from "./event.ts";
import { charactersOf, columnsOf, columnsOfOne } from "./label.ts";
import type { Level } from "./level.ts";
import type { Span } from "./run.ts";
import type { Scale } from "./scale.ts";

/** What a stretch of text means; with colours, how it looks. */
export type Paint =
  | "run"
  | "odd"
  | "failed"
  | "gone"
  | "dropped"
  | "queue"
  | "again"
  | "block"
  | "bad"
  | "over"
  | "dim"
  | "bold";

const CODES: Readonly<Record<Paint, string>> = {
  run: "97;44",
  odd: "97;104",
  failed: "97;41",
  gone: "30;100",
  dropped: "30;43",
  queue: "90",
  again: "33",
  block: "35",
  bad: "31",
  over: "97;41",
  dim: "90",
  bold: "1",
};

export function painted(text: string, paint: Paint): string {
  return text === "" ? text : `\x1b[${CODES[paint]}m${text}\x1b[0m`;
}

/** The signs of a picture. */
export interface Glyphs {
  readonly run: string;
  readonly queued: string;
  readonly retrying: string;
  readonly blocked: string;
  readonly end: Readonly<Record<Outcome, string>>;
  readonly open: string;
  readonly bars: string;
  readonly stop: string;
  readonly mark: string;
  readonly tick: string;
  readonly rule: string;
  readonly bad: string;
  readonly note: string;
  readonly ellipsis: string;
}

export const UNICODE: Glyphs = {
  run: "━",
  queued: "·",
  retrying: "┄",
  blocked: "░",
  end: { ok: "╸", failed: "✗", cancelled: "⊘", dropped: "×" },
  open: "▶",
  bars: " ▁▂▃▄▅▆▇█",
  stop: "┊",
  mark: "▲",
  tick: "╵",
  rule: "╌",
  bad: "✗",
  note: "▸",
  ellipsis: "…",
};

/** Colour draws the bars, so characters need not. */
export const COLOURED: Glyphs = { ...UNICODE, run: " ", end: { ...UNICODE.end, ok: " " } };

export const ASCII: Glyphs = {
  run: "=",
  queued: ".",
  retrying: "~",
  blocked: "#",
  end: { ok: "=", failed: "x", cancelled: "o", dropped: "x" },
  open: ">",
  bars: " .:-=+*#%@",
  stop: ":",
  mark: "^",
  tick: "'",
  rule: "-",
  bad: "x",
  note: ">",
  ellipsis: "~",
};

/** One column of a row. The second column of a wide character is empty. */
export type Cell = readonly [character: string, paint: Paint | undefined];

export function joined(cells: readonly Cell[], paint: (text: string, as: Paint) => string): string {
  let text = "";
  for (let i = 0; i < cells.length; ) {
    const as = cells[i]?.[1];
    let part = "";
    for (; i < cells.length && cells[i]?.[1] === as; i += 1) part += cells[i]?.[0] ?? "";
    text += as === undefined ? part : paint(part, as);
  }
  return text;
}

interface Place {
  readonly from: number;
  readonly to: number;
  readonly glyphs: Glyphs;
  /** What the bar is called; a name that does not fit is left out. */
  readonly name: string;
  /** Whether it is the second, fourth … of its row: neighbours differ. */
  readonly isOdd: boolean;
}

export function drawSpan(cells: Cell[], span: Span, { from, to, glyphs, name, isOdd }: Place): void {
  const { state, outcome } = span;
  const paint = paintOf(span, isOdd);
  // The column in which it ends belongs to what begins there, unless it has no other.
  const last = outcome === undefined || outcome === "cut" ? to : Math.max(from, to - 1);
  const fill = state === "phase" ? glyphs.run : { ...glyphs, running: glyphs.run }[state];
  for (let i = from; i <= last; i += 1) cells[i] = [fill, paint];
  if (state !== "running") return;
  write(cells, name, { from, room: last - from + (outcome === "ok" ? 1 : 0), paint });
  if (outcome === undefined || outcome === "cut") cells[last] = [glyphs.open, paint];
  else if (outcome !== "ok") cells[last] = [glyphs.end[outcome], paint];
  else if (columnsOf(name) <= last - from && last > from) cells[last] = [glyphs.end.ok, paint];
}

function write(
  cells: Cell[],
  name: string,
  { from, room, paint }: { from: number; room: number; paint: Paint },
): void {
  if (columnsOf(name) > room) return;
  let at = from;
  for (const character of charactersOf(name)) {
    const columns = columnsOfOne(character);
    if (columns === 0) continue;
    cells[at] = [character, paint];
    if (columns === 2) cells[at + 1] = ["", paint];
    at += columns;
  }
}

function paintOf({ state, outcome }: Span, isOdd: boolean): Paint {
  if (state === "queued") return "queue";
  if (state === "retrying") return "again";
  if (state === "blocked") return "block";
  if (outcome === undefined || outcome === "failed") return "failed";
  if (outcome === "cancelled") return "gone";
  if (outcome === "dropped") return "dropped";
  return isOdd ? "odd" : "run";
}

/** The highest value within each column: as a digit where one is enough, else as a bar. */
export function drawLevel(
  cells: Cell[],
  level: Level,
  { scale, glyphs, paint }: { scale: Scale; glyphs: Glyphs; paint: Paint },
): void {
  const steps = glyphs.bars.length - 1;
  for (const [i, value] of highestByColumn(level, scale, cells.length).entries()) {
    if (value === 0) continue;
    const over = level.limit !== undefined && value > level.limit;
    const height = Math.max(1, Math.round((value / level.max) * steps));
    cells[i] = [level.max <= 9 ? String(value) : (glyphs.bars[height] ?? ""), over ? "over" : paint];
  }
}

function highestByColumn({ points }: Level, scale: Scale, columns: number): number[] {
  const highest = new Array<number>(columns).fill(0);
  let from = 0;
  let held = 0;
  for (const point of points) {
    const to = Math.min(columns - 1, Math.floor(scale.place(point) * columns));
    for (let i = from; i < to; i += 1) highest[i] = Math.max(highest[i] ?? 0, held);
    held = point.value;
    highest[to] = Math.max(highest[to] ?? 0, held);
    from = to;
  }
  for (let i = from; i < columns; i += 1) highest[i] = Math.max(highest[i] ?? 0, held);
  return highest;
}
