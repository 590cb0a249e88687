import type { Level } from "./level.ts";
import { escaped, moved, onLines, type Piece, written } from "./markup.ts";
import { type Lane, type Run, type Span, type Track, tasksOf } from "./run.ts";
import { bar, bars } from "./svg-bars.ts";
import {
  type DrawnRow,
  figureText,
  GAP,
  LANE,
  type Layout,
  LEVEL,
  labelText,
  named,
  rounded,
} from "./svg-layout.ts";
import { fateOf, shareOf } from "./text-rows.ts";
import { percent } from "./words.ts";

/** Rows one below the other. */
class Column {
  readonly #parts: Piece[] = [];
  readonly #above: Piece[] = [];
  #height = 0;
  #gap = 0;

  put({ height, pieces, above = "" }: DrawnRow, gap: number): void {
    this.#parts.push(moved(this.#height, pieces));
    if (above !== "") this.#above.push(moved(this.#height, [above]));
    this.#height += height + gap;
    this.#gap = gap;
  }

  /** Takes no room of its own: between the row above and the one below. */
  between(draw: (y: number) => string): void {
    this.#parts.push(draw(this.#height - this.#gap / 2));
  }

  drawn(): DrawnRow {
    const height = this.#height - this.#gap + 4;
    return { height, pieces: onLines(this.#parts), above: onLines(this.#above).map(written).join("") };
  }
}

/** Who does it: a row for each lane, depths as areas. */
export function laneRows(run: Run, layout: Layout): DrawnRow {
  const column = new Column();
  for (const row of run.rows) {
    if ("level" in row) column.put(levelRow(row.level.name, row.level, layout, { height: 28 }), GAP);
    else putTrack(column, row.track, run.tracks.length > 1, layout);
  }
  return column.drawn();
}

function putTrack(column: Column, track: Track, several: boolean, layout: Layout): void {
  const { name, queued, retrying, blocked, lanes, running } = track;
  const of = (what: string) => (several ? `${name}: ${what}` : what);
  if (queued.max > 0) column.put(levelRow(of("in line"), queued, layout, { kind: "queue" }), GAP);
  if (retrying.max > 0) {
    column.put(levelRow(of("to be tried again"), retrying, layout, { kind: "again" }), GAP);
  }
  if (lanes.length <= 1 && track.limit === undefined) {
    const spans = [...blocked, ...(lanes[0]?.spans ?? [])].sort((a, b) => a.begin.order - b.begin.order);
    if (spans.length === 0) return; // All that ran there is drawn below what it ran for.
    column.put(
      named(spanRow(spans, layout), { label: name, figure: noteOf(spans) }, layout),
      several ? 4 : GAP,
    );
    return;
  }
  if (blocked.length > 0) {
    const names = { label: lanes.length > 0 ? of("blocked") : name, figure: noteOf(blocked) };
    column.put(named(spanRow(blocked, layout), names, layout), lanes.length > 0 ? 2 : GAP);
  }
  putLanes(column, track, layout);
  const isToldByLanes = track.limit === undefined && (lanes.length <= FEW || layout.lane < LANE);
  if (lanes.length > 1 && !isToldByLanes) column.put(levelRow(of("at once"), running, layout, {}), GAP + 4);
}

/** So few lanes are counted at a glance. */
const FEW = 3;

/** More lanes than this are folded: a picture is looked at as a whole. */
export const MOST_LANES = 40;

function putLanes(column: Column, track: Track, layout: Layout): void {
  const { lanes } = track;
  const shown = lanes.length <= MOST_LANES ? lanes : shortened(lanes);
  const draw = lanes.some(({ depth }) => depth > 0) ? branch : laneOf(track, layout);
  for (const [i, lane] of shown.entries()) {
    const isFirstOver = lane.over && shown[i - 1]?.over !== true;
    if (isFirstOver) column.between((y) => limitLine(y, layout, true));
    const row = draw(lane, layout, { place: i, isFirstOver });
    column.put(row, i === shown.length - 1 ? GAP : layout.lane < LANE ? 1 : 2);
  }
  const hidden = lanes.length - shown.length;
  if (hidden > 0) {
    const text = `<text class="note" x="${layout.left}" y="4">and ${hidden} more lanes</text>`;
    column.put({ height: 10, pieces: [text] }, GAP);
  }
}

type DrawLane = (lane: Lane, layout: Layout, which: { place: number; isFirstOver: boolean }) => DrawnRow;

/** What runs for another has a name of its own, and stands below that one. */
const branch: DrawLane = ({ name, depth, over, spans }, layout) => {
  const names = { label: name, figure: over ? OVER : noteOf(spans), bad: over, indent: 1 + 12 * depth };
  return named(spanRow(spans, layout, { over }), names, layout);
};

const OVER = "over the limit";

/** Lanes have the name of their track, and their number: where these would be crowded only the first is named. */
function laneOf({ name, lanes, running }: Track, layout: Layout): DrawLane {
  const note = noteOf(lanes.flatMap(({ spans }) => spans));
  if (layout.lane < LANE) {
    const figure = note || `max ${running.max}`;
    return (lane, _, { place, isFirstOver }) => {
      const row = spanRow(lane.spans, layout, { over: lane.over, height: layout.lane });
      if (place === 0) return named(row, { label: name, figure }, layout);
      const hasRoom = place * layout.lane >= LANE && !layout.isNarrow;
      if (!isFirstOver || !hasRoom) return row;
      return named(row, { label: `${name} ${lane.name}`, figure: OVER, bad: true }, layout);
    };
  }
  return (lane, _, { place }) => {
    const { over, spans } = lane;
    const row = spanRow(spans, layout, { over });
    if (!layout.isNarrow) {
      const label = lanes.length === 1 ? name : `${name} ${lane.name}`;
      return named(row, { label, figure: over ? OVER : noteOf(spans), bad: over }, layout);
    }
    if (lanes.length === 1) return named(row, { label: name, figure: note }, layout);
    if (!isNumber(lane.name))
      return named(row, { label: `${name} ${lane.name}`, figure: noteOf(spans) }, layout);
    const number = labelText(lane.name, LANE / 2 + 4, layout, { bad: over });
    const numbered = { ...row, pieces: [number, ...row.pieces] };
    return place === 0 ? named(numbered, { label: name, figure: note }, layout) : numbered;
  };
}

const isNumber = (name: string) => /^\d{1,2}$/.test(name);

/** The first ones, and the first of those that should not be there. */
function shortened(lanes: readonly Lane[]): readonly Lane[] {
  const over = lanes.filter((lane) => lane.over).slice(0, MOST_LANES / 4);
  return [...lanes.filter((lane) => !lane.over).slice(0, MOST_LANES - over.length), ...over];
}

const limitLine = (y: number, { left, right }: Layout, over: boolean) =>
  `<path class="limit${over ? " over" : ""}" d="M${left} ${rounded(y)}H${right}"/>`;

function noteOf(spans: readonly Span[]): string {
  const blocked = spans.filter(({ state, begin, end }) => state === "blocked" && end.at > begin.at);
  if (blocked.length > 0) return `blocked ${percent(shareOf(blocked))}`;
  const dropped = spans.filter(({ outcome }) => outcome === "dropped").length;
  return dropped > 0 ? `${dropped} dropped` : "";
}

function spanRow(
  spans: readonly Span[],
  layout: Layout,
  { over = false, height = LANE }: { over?: boolean; height?: number } = {},
): DrawnRow {
  const { left, right } = layout;
  const lane = `<rect class="lane${over ? " over" : ""}" x="${left}" width="${right - left}" height="${height}" rx="3"/>`;
  return { height, pieces: [lane, ...bars(spans, layout, height)] };
}

function levelRow(
  label: string,
  level: Level,
  layout: Layout,
  { kind = "depth", height = LEVEL }: { kind?: "depth" | "queue" | "again"; height?: number },
): DrawnRow {
  const { left, right, id } = layout;
  const { max, limit } = level;
  const most = Math.max(max, limit ?? 0, 1);
  const y = (value: number) => rounded(height - (value / most) * (height - 4));
  const path = areaOf(level, y, height, layout);
  const over = limit !== undefined && max > limit;
  const clip = `${id}above-${[...label].reduce((sum, one) => (sum * 31 + (one.codePointAt(0) ?? 0)) >>> 0, 7)}`;
  const red = over
    ? `<clipPath id="${clip}"><rect x="${left}" y="-2" width="${right - left}" height="${rounded(y(limit) + 2)}"/></clipPath><path class="area over" clip-path="url(#${clip})" d="${path}"/>`
    : "";
  const pieces = [
    `<path class="base" d="M${left} ${height}H${right}"/><path class="area ${kind}" d="${path}"/>`,
    red,
    limit === undefined ? "" : limitLine(y(limit), layout, over),
  ];
  const figure = limit === undefined ? `max ${max}` : `max ${max} of ${limit}`;
  return named({ height, pieces }, { label, figure, bad: over }, layout);
}

/** In steps. Of what falls on one pixel the highest value is drawn. */
function areaOf(
  level: Level,
  y: (value: number) => number,
  base: number,
  { left, right, x }: Layout,
): string {
  let path = `M${left} ${base}`;
  let pixel = left;
  let high = 0;
  let value = 0;
  for (const point of level.points) {
    const at = x(point);
    if (at - pixel < 0.75) high = Math.max(high, point.value);
    else {
      path += `H${pixel}V${y(high)}`;
      if (high !== value) path += `H${rounded(pixel + 0.5)}V${y(value)}`;
      pixel = at;
      high = point.value;
    }
    value = point.value;
  }
  const last = high === value ? "" : `H${Math.min(right, pixel + 1)}V${y(value)}`;
  return `${path}H${pixel}V${y(high)}${last}H${right}V${base}Z`;
}

const TASK = 17;
const MOST_TASKS = 80;

/** What becomes of it: a row for each task. */
export function taskRows(run: Run, layout: Layout): DrawnRow {
  const { tasks, more } = tasksOf(run, MOST_TASKS);
  const { left, right } = layout;
  const rows = tasks.map((task, i) => {
    const { text, bad } = fateOf(task);
    const stripe =
      i % 2 === 0 ? `<rect class="stripe" x="${left}" width="${right - left}" height="${TASK}"/>` : "";
    const spans = task.spans.map((span) => taskSpan(span, layout)).join("");
    const fate = figureText(text === "ok" ? "" : text.replace(/^ok, /, ""), 12, layout, bad);
    return `<g data-task="${escaped(task.name)}" transform="translate(0 ${i * TASK})">${stripe}${labelText(task.name, 12, layout)}${spans}${fate}</g>`;
  });
  if (more > 0) {
    const y = tasks.length * TASK + 14;
    rows.push(
      `<text class="note" x="${left}" y="${y}">and ${more} more, which ended sooner or better</text>`,
    );
  }
  return { height: (tasks.length + (more > 0 ? 1.5 : 0)) * TASK, pieces: rows };
}

function taskSpan(span: Span, { x }: Layout): string {
  const from = x(span.begin);
  const to = Math.max(x(span.end), from + 1);
  if (span.state === "running") return bar(span, { from, to, height: TASK, isOdd: false, name: "" });
  if (span.state === "blocked") {
    return `<rect class="blocked" x="${from}" y="4" width="${rounded(to - from)}" height="${TASK - 8}" rx="2"/>`;
  }
  return `<path class="${span.state}-line" d="M${from} ${TASK / 2}H${to}"/>`;
}
