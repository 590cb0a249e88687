import type { Moment } from "./event.ts";
import { columnsOf, cut, oneLine, pad, toAscii, wrap } from "./label.ts";
import { amountOf, type Run, type Span } from "./run.ts";
import { type Scale, scaleOf } from "./scale.ts";
import {
  ASCII,
  type Cell,
  COLOURED,
  drawLevel,
  drawSpan,
  type Glyphs,
  joined,
  type Paint,
  painted,
  UNICODE,
} from "./text-cells.ts";
import { foldRows, laneRows, type TextRow, taskRows, tryName } from "./text-rows.ts";
import { count, duration } from "./words.ts";

export interface TextOptions {
  /** Columns. Default 100, at least 40. */
  readonly width?: number | undefined;
  /** ANSI colours; without them shapes alone carry the meaning. Default false. */
  readonly color?: boolean | undefined;
  /** Nothing outside ASCII. Default false. */
  readonly ascii?: boolean | undefined;
  /** A row for each lane (who is busy) or for each task (what becomes of it). Default "lanes". */
  readonly rows?: "lanes" | "tasks" | undefined;
  /** Lines at most for each run, as far as what is wrong leaves room; then lanes are folded. Default: no bound. */
  readonly height?: number | undefined;
  /** Default: time, or the order of events where nearly all of them share one instant. */
  readonly axis?: "time" | "order" | undefined;
}

/**
 * The picture of a run for a terminal or a log. Several runs stand one above the other on one scale, so that they can
 * be compared.
 *
 * @example
 * ```ts
 * let now = 0;
 * const recorder = new Recorder({ title: "crawl", limits: { pages: 1 }, now: () => now, clock: "simulated" });
 * const about = recorder.begin("pages", "running", "/about");
 * now = 60;
 * recorder.end(about);
 *
 * assert.match(toText(readRun(recorder), { ascii: true }), /pages 1 .*\/about=====/);
 * ```
 */
export function toText(runs: Run | readonly Run[], options: TextOptions = {}): string {
  const { width = 100, color = false, ascii = false, rows = "lanes", height } = options;
  const all = [runs].flat();
  const drawn = all.map((run) => {
    const every = (rows === "tasks" ? taskRows(run) : laneRows(run)).map(inOneLine);
    return height === undefined ? every : foldRows(every, roomFor(run, height));
  });
  const columns = columnsFor(drawn.flat(), Math.max(40, width));
  const scale = scaleOf(all, Math.floor(columns.plot / 9), options.axis);
  const glyphs = ascii ? ASCII : color ? COLOURED : UNICODE;
  const paint = (text: string, as: Paint) => (color ? painted(text, as) : text);
  const style: Style = {
    ...columns,
    width: Math.max(40, width),
    scale,
    glyphs,
    paint,
    isTight: height !== undefined,
  };
  const text = all.map((run, i) => figure(run, drawn[i] ?? [], style)).join("\n\n");
  return ascii ? toAscii(text) : text;
}

interface Columns {
  readonly left: number;
  readonly plot: number;
  readonly isNarrow: boolean;
}

interface Style extends Columns {
  readonly width: number;
  readonly scale: Scale;
  readonly glyphs: Glyphs;
  readonly paint: (text: string, as: Paint) => string;
  readonly isTight: boolean;
}

const MARGIN = 2;

function columnsFor(rows: readonly TextRow[], width: number): Columns {
  const isNarrow = width < 80;
  const widest = (texts: readonly string[]) => Math.max(0, ...texts.map(columnsOf));
  const left = Math.min(isNarrow ? 14 : 24, Math.max(8, widest(rows.map(({ label }) => label))) + 2);
  const notes = rows.filter(({ kind }) => kind !== "more").map((row) => noteOf(row, isNarrow));
  const right = Math.min(Math.floor(width / 3), widest(notes)) + 2;
  return { left, isNarrow, plot: Math.max(16, width - MARGIN - left - right) };
}

const noteOf = ({ note = "", brief = note }: TextRow, isNarrow: boolean) => (isNarrow ? brief : note);

const inOneLine = (row: TextRow): TextRow => ({ ...row, label: row.label.replace(/\S.*/s, oneLine) });

const MOST_FINDINGS = 3;

/** What title, findings, axis and moments leave of so many lines. */
function roomFor(run: Run, height: number): number {
  return (
    height -
    2 -
    Math.min(MOST_FINDINGS, run.findings.length) -
    (run.marks.length + run.phases.length > 0 ? 1 : 0)
  );
}

function figure(run: Run, rows: readonly TextRow[], style: Style): string {
  const { scale, glyphs, paint, isTight } = style;
  const indent = " ".repeat(MARGIN + style.left);
  const legend = isTight ? [] : flowing(legendOf(run, rows, glyphs), style.width - 2);
  const spaced = (lines: readonly string[]) => (isTight || lines.length === 0 ? lines : ["", ...lines]);
  return [
    ...titleLines(run, style),
    ...findingLines(run, style),
    ...spaced([`${indent}${paint(axisLine(scale, style.plot, glyphs.tick), "dim")}`]),
    ...rows.map((row) => rowLine(row, run, style)),
    ...momentLines(run, style).map((line) => `${indent}${paint(line, "bad")}`),
    ...spaced(legend.map((line) => `  ${paint(line, "dim")}`)),
  ]
    .map((line) => line.trimEnd())
    .join("\n");
}

function titleLines(run: Run, { scale, paint, width }: Style): string[] {
  const time = run.end > 0 ? [`${duration(run.end)} of ${run.clock} time`] : [];
  const inOrder = scale.axis === "order" ? [`${count(run.count, "event")} in order`] : [];
  const title = cut(oneLine(run.title), width);
  const facts = [...amountOf(run), ...inOrder, ...time].join(", ");
  const fits = columnsOf(title) + 2 + facts.length <= width;
  const [head, tail] = [paint(title, "bold"), paint(facts, "dim")];
  if (fits) return [`${head}  ${tail}`];
  return [head, ...wrap(facts, width - 2).map((line) => `  ${paint(line, "dim")}`)];
}

function findingLines({ findings }: Run, { glyphs, paint, width, isTight }: Style): string[] {
  const shown = isTight ? findings.slice(0, MOST_FINDINGS) : findings;
  return shown.flatMap(({ tone, text }) => {
    const [sign, as]: [string, Paint] = tone === "bad" ? [glyphs.bad, "bad"] : [glyphs.note, "dim"];
    return wrap(oneLine(text), width - 4).map((line, i) => paint(`  ${i === 0 ? sign : " "} ${line}`, as));
  });
}

function rowLine(row: TextRow, run: Run, style: Style): string {
  const { left, plot, glyphs, scale, paint, isNarrow, width } = style;
  const as: Paint = row.over === true ? "bad" : "dim";
  if (row.kind === "more") return paint(`${" ".repeat(MARGIN + left)}${glyphs.ellipsis} ${row.note}`, "dim");
  const note = cut(noteOf(row, isNarrow), width - MARGIN - left - plot - 2, glyphs.ellipsis);
  const label = pad(cut(row.label, left - 1, glyphs.ellipsis), left);
  const cells = blankCells(row, run, style);
  if (row.level !== undefined) {
    drawLevel(cells, row.level, { scale, glyphs, paint: SHADES[row.kind] ?? "dim" });
  }
  for (const [i, span] of (row.spans ?? []).entries()) {
    if (span.state === "blocked" && span.end.at === span.begin.at) continue; // The next one was asked for at once.
    const name = row.kind === "task" ? "" : oneLine(tryName(span));
    const [from, to] = [columnOf(span.begin, style), columnOf(span.end, style)];
    drawSpan(cells, span, { from, to, glyphs, name, isOdd: i % 2 === 1 });
  }
  const body = joined(cells, paint);
  return `  ${row.over === true ? paint(label, "bad") : label}${body}${note === "" ? "" : `  ${paint(note, as)}`}`;
}

const SHADES: Partial<Record<TextRow["kind"], Paint>> = { queue: "queue", again: "again" };

/** Moments that end something go through every row; a rule is nothing but a line. */
function blankCells(row: TextRow, run: Run, style: Style): Cell[] {
  if (row.kind === "rule")
    return Array.from({ length: style.plot }, () => [style.glyphs.rule, "bad"] as const);
  const cells: Cell[] = Array.from({ length: style.plot }, () => [" ", undefined] as const);
  for (const mark of run.marks) {
    if (mark.tone !== "plain") cells[columnOf(mark, style)] = [style.glyphs.stop, "bad"];
  }
  return cells;
}

function columnOf(moment: Moment, { scale, plot }: Style): number {
  return Math.min(plot - 1, Math.floor(scale.place(moment) * plot));
}

function axisLine({ ticks }: Scale, columns: number, tick: string): string {
  const line = new Array<string>(columns).fill(" ");
  for (const { place, label } of ticks) {
    const at = Math.min(Math.floor(place * columns), Math.max(0, columns - label.length - 1));
    if (line.slice(Math.max(0, at - 1), at + label.length + 2).some((character) => character !== " "))
      continue;
    for (const [i, character] of [...`${tick}${label}`].entries()) line[at + i] = character;
  }
  return line.join("");
}

/** The names of the moments, each under its column; where two would touch, one goes a line lower. */
function momentLines(run: Run, style: Style): string[] {
  const { plot, glyphs } = style;
  const lines: { cells: string[] }[] = [];
  const ended = ({ task, outcome }: Span) => `${task} ${outcome === undefined ? "never ended" : "ended"}`;
  const moments = [
    ...run.marks.map((mark) => ({ at: columnOf(mark, style), text: mark.name })),
    ...run.phases.map((phase) => ({ at: columnOf(phase.end, style), text: ended(phase) })),
  ].sort((a, b) => b.at - a.at);
  for (const { at, text } of moments.slice(-MOST_MOMENTS)) {
    const name = cut(oneLine(text), Math.max(4, plot - 4), glyphs.ellipsis);
    const long = columnsOf(name) + 2;
    const label = at + long <= plot ? `${glyphs.mark} ${name}` : `${name} ${glyphs.mark}`;
    const from = at + long <= plot ? at : Math.max(0, at - long + 1);
    const isFree = ({ cells }: { cells: string[] }) =>
      cells.slice(Math.max(0, from - 1), from + long + 1).every((character) => character === " ");
    let line = lines.find(isFree);
    if (line === undefined) {
      line = { cells: new Array<string>(plot).fill(" ") };
      lines.push(line);
    }
    line.cells.splice(from, long, label, ...new Array<string>(long - 1).fill(""));
  }
  return lines.map(({ cells }) => cells.join(""));
}

const MOST_MOMENTS = 12;

function legendOf(run: Run, rows: readonly TextRow[], glyphs: Glyphs): string[] {
  const spans = run.spans.filter(({ state }) => state !== "phase");
  const isByTask = rows.some(({ kind }) => kind === "task");
  const key = (sign: string, text: string, isUsed: (span: Span) => boolean) =>
    spans.some(isUsed) ? [`${sign} ${text}`] : [];
  const running = ({ state }: Span) => state === "running";
  return [
    ...(glyphs.run === " " ? [] : key(glyphs.run.repeat(2), "runs", running)),
    ...(isByTask ? key(glyphs.queued.repeat(2), "waits in line", ({ state }) => state === "queued") : []),
    ...(isByTask
      ? key(glyphs.retrying.repeat(2), "waits for its retry", ({ state }) => state === "retrying")
      : []),
    ...key(
      glyphs.blocked.repeat(2),
      "blocked",
      ({ state, begin, end }) => state === "blocked" && end.at > begin.at,
    ),
    ...key(glyphs.end.failed, "failed", ({ outcome }) => outcome === "failed"),
    ...key(glyphs.end.cancelled, "cancelled", (span) => running(span) && span.outcome === "cancelled"),
    ...key(glyphs.end.dropped, "dropped", ({ outcome }) => outcome === "dropped"),
    ...key("²", "second try", ({ attempt }) => attempt > 1),
    ...key(glyphs.open, "never ended", (span) => running(span) && span.outcome === undefined),
    ...key(glyphs.open, "still runs", (span) => running(span) && span.outcome === "cut"),
  ];
}

/** As many beside each other as there is room for. */
function flowing(parts: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const longer = [...lines.slice(-1), part].join("   ");
    if (lines.length > 0 && columnsOf(longer) <= width) lines.splice(-1, 1, longer);
    else lines.push(part);
  }
  return lines;
}
