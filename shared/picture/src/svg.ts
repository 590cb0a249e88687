import { wrap } from "./label.ts";
import { escaped, type Group, moved, onLines, written } from "./markup.ts";
import { amountOf, type Run, type Span, type Track, tasksOf } from "./run.ts";
import { type Axis, type Scale, scaleOf, windowOf } from "./scale.ts";
import { SIGNS } from "./svg-bars.ts";
import { footer } from "./svg-footer.ts";
import {
  type Drawn,
  type DrawnRow,
  edgesOf,
  fitting,
  isNarrow,
  type Layout,
  labelsOf,
  laneHeight,
  NUMBERED,
  rounded,
} from "./svg-layout.ts";
import { laneRows, MOST_LANES, taskRows } from "./svg-rows.ts";
import { hatch, STYLE } from "./svg-style.ts";
import { count, duration } from "./words.ts";

export interface SvgOptions {
  /** In CSS pixels, at least 280; the picture scales with what it stands in. Default 960. */
  readonly width?: number | undefined;
  /** A row for each lane (who is busy) or for each task (what becomes of it). Default "lanes". */
  readonly rows?: "lanes" | "tasks" | undefined;
  /** Default: time, or the order of events where nearly all of them share one instant. */
  readonly axis?: Axis | undefined;
  /** Only this stretch of time, in milliseconds: the live view of a run that goes on. */
  readonly window?: readonly [from: number, to: number] | undefined;
  /** Leaves titles and findings to the page around it. Default false. */
  readonly bare?: boolean | undefined;
  /** Goes before every id: two pictures on one page need different ones. Default "picture". */
  readonly id?: string | undefined;
}

/**
 * The picture of a run as the text of one SVG: no script, no DOM to make it, light or dark like the page around it.
 * Several runs stand one above the other on one scale. Its size depends on the pixels, not on the number of events.
 *
 * @example
 * ```ts
 * const recorder = new Recorder({ title: "crawl" });
 * recorder.mark("<script>");
 *
 * const svg = toSvg(readRun(recorder));
 * assert.match(svg, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
 * assert.ok(!svg.includes("<script>")); // names from outside are text, never markup
 * ```
 */
export function toSvg(runs: Run | readonly Run[], options: SvgOptions = {}): string {
  return written(drawSvg(runs, options));
}

/** The same picture in pieces, for who draws it again at each moment of a run that goes on. */
export function drawSvg(runs: Run | readonly Run[], options: SvgOptions = {}): Group {
  const { rows = "lanes", bare = false, window, id = "picture" } = options;
  const width = Math.max(280, options.width ?? 960);
  const all = [runs].flat().map((run) => (window === undefined ? run : within(run, window)));
  const labels = all.flatMap((run) =>
    rows === "tasks" ? tasksOf(run, 80).tasks.map(({ name }) => name) : labelsOf(run),
  );
  const isNumbered = rows === "lanes" && isNarrow(width);
  const edges = isNumbered ? { left: NUMBERED.left, right: width - NUMBERED.right } : edgesOf(labels, width);
  const plot = edges.right - edges.left;
  const most = Math.max(2, Math.floor(plot / 90));
  const scale = window === undefined ? scaleOf(all, most, options.axis) : windowOf(...window, most);
  const layout: Layout = {
    ...edges,
    width,
    isNarrow: isNarrow(width),
    lane: laneHeight(Math.max(...all.map(lanesIn))),
    scale,
    id: `${id}-`,
    x: (moment) => rounded(edges.left + scale.place(moment) * plot),
  };
  const figures = all.map((run, i) => figure(run, { ...layout, id: `${id}-${i}-` }, { rows, bare }));
  let y = 0;
  const parts = figures.map(({ height, pieces }) => {
    const part = moved(y, pieces);
    y += height;
    return part;
  });
  const keys = legend(all, rows, layout, y);
  const height = Math.ceil(keys.height + y);
  const around = `<style>${STYLE.replaceAll("ID-", layout.id)}</style>
<defs>${hatch(layout.id)}</defs>`;
  const paper = `<rect class="paper" width="${width}" height="${height}"/>`;
  return {
    tag: "svg",
    attributes: `xmlns="http://www.w3.org/2000/svg" class="picture" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" data-left="${edges.left}" data-right="${edges.right}" role="img" aria-label="${escaped(all.map(inWords).join(". "))}"`,
    pieces: onLines(["", around, paper, ...parts, keys.text, ""]),
  };
}

const lanesIn = ({ tracks }: Run) =>
  tracks.reduce((sum, { lanes }) => sum + Math.min(lanes.length, MOST_LANES), 0);

const inWords = ({ title, findings }: Run) =>
  `${title}: ${findings.map(({ text }) => text).join("; ") || "nothing to object to"}`;

/** Without what is over before the window or begins after it. What has not ended yet still may. */
function within(run: Run, [from, to]: readonly [number, number]): Run {
  const isSeen = ({ begin, end }: Span) => end.at >= from && begin.at <= to;
  const goesOn = (span: Span): Span =>
    span.outcome === undefined
      ? { ...span, outcome: "ok", end: { ...span.end, at: Math.max(to, span.end.at) } }
      : span;
  const shown = (spans: readonly Span[]) => spans.filter(isSeen).map(goesOn);
  const track = (one: Track): Track => ({
    ...one,
    blocked: shown(one.blocked),
    lanes: one.lanes.map((lane) => ({ ...lane, spans: shown(lane.spans) })),
  });
  return {
    ...run,
    axis: "time",
    rows: run.rows.map((row) => ("track" in row ? { track: track(row.track) } : row)),
    marks: run.marks.filter(({ at }) => at >= from && at <= to),
    phases: run.phases.filter(isSeen),
  };
}

function figure(
  run: Run,
  layout: Layout,
  { rows, bare }: { rows: "lanes" | "tasks"; bare: boolean },
): DrawnRow {
  const head = bare ? { height: 8, text: "" } : header(run, layout);
  const body = rows === "tasks" ? taskRows(run, layout) : laneRows(run, layout);
  const top = head.height + 22;
  const bottom = top + body.height;
  const foot = footer(run, layout, { top, bottom });
  const pieces = onLines([
    head.text,
    axis(layout.scale, layout, { top, bottom }),
    moved(top, body.pieces),
    gap(run, layout, { top, bottom }),
    foot.text,
    body.above ? written(moved(top, [body.above])) : "",
  ]);
  return { height: foot.height, pieces };
}

function header(run: Run, layout: Layout): Drawn {
  const { width, scale } = layout;
  const time = run.end > 0 ? [`${duration(run.end)} of ${run.clock} time`] : [];
  const extent = [
    ...(scale.axis === "order" ? [`${count(run.count, "event")}, in their order`] : []),
    ...time,
  ];
  const facts = [...amountOf(run), ...extent].join(" · ");
  const lines = findingLines(run, width - 40);
  const text = lines.map(
    ({ text, bad }, i) =>
      `<text class="${bad ? "bad-ink" : "note"}" x="20" y="${66 + i * 18}">${escaped(text)}</text>`,
  );
  return {
    height: 54 + lines.length * 18 + 12,
    text: `<text class="title" x="20" y="30">${escaped(fitting(run.title, width - 40, 17))}</text><text class="note" x="20" y="47">${escaped(facts)}</text>${text.join("")}`,
  };
}

function findingLines({ findings }: Run, room: number): { text: string; bad: boolean }[] {
  return findings.flatMap(({ tone, text }) => {
    const bad = tone === "bad";
    return wrap(`${bad ? "✗" : "▸"} ${text}`, Math.floor(room / 6.8)).map((line, i) => ({
      text: i === 0 ? line : `\u2003${line}`,
      bad,
    }));
  });
}

interface Extent {
  readonly top: number;
  readonly bottom: number;
}

function axis({ ticks }: Scale, { left, right }: Layout, { top, bottom }: Extent): string {
  const marks = ticks.map(({ place, label }) => {
    const x = rounded(left + place * (right - left));
    return `<path d="M${x} ${top - 6}V${bottom}"/><text x="${x}" y="${top - 11}">${label}</text>`;
  });
  return `<g class="axis">${marks.join("")}</g>`;
}

/** What is not known of a long run is veiled. */
function gap({ gap }: Run, { x }: Layout, { top, bottom }: Extent): string {
  if (gap === undefined) return "";
  const [from, to] = [x(gap.from), x(gap.to)];
  return `<rect class="gap" x="${from}" y="${top}" width="${rounded(Math.max(2, to - from))}" height="${bottom - top}"><title>${escaped(`${count(gap.events, "event")} left out`)}</title></rect>`;
}

interface Key {
  readonly sign: string;
  readonly text: string;
}

function legend(
  runs: readonly Run[],
  rows: "lanes" | "tasks",
  { left, width, id }: Layout,
  top: number,
): Drawn {
  const spans = runs.flatMap((run) => run.spans.filter(({ state }) => state !== "phase"));
  const box = (look: string) => `<rect class="${look}" width="22" height="11" rx="2.5"/>`;
  const ended = (kind: string) => box(`run ${kind}`) + (SIGNS[kind]?.(11, 5.5) ?? "");
  const line = (look: string) => `<path class="${look}" d="M0 6H22"/>`;
  const key = (sign: string, text: string, isUsed: (span: Span) => boolean): Key[] =>
    spans.some(isUsed) ? [{ sign, text }] : [];
  const running = ({ state }: Span) => state === "running";
  const byTask = rows === "tasks";
  const keys = [
    ...key(ended("ok"), "runs", running),
    ...(byTask ? key(line("queued-line"), "waits in line", ({ state }) => state === "queued") : []),
    ...(byTask
      ? key(line("retrying-line"), "waits to be tried again", ({ state }) => state === "retrying")
      : []),
    ...key(ended("failed"), "failed", ({ outcome }) => outcome === "failed"),
    ...key(ended("cancelled"), "cancelled", (span) => running(span) && span.outcome === "cancelled"),
    ...key(ended("open"), "never ended", (span) => running(span) && span.outcome === undefined),
    ...key(box("blocked"), "blocked", ({ state, begin, end }) => state === "blocked" && end.at > begin.at),
    ...key(ended("dropped"), "goes no further", ({ outcome }) => outcome === "dropped"),
    ...(!byTask && runs.some((run) => run.rows.some(hasLimit))
      ? [{ sign: line("limit"), text: "limit" }]
      : []),
  ];
  let x = left;
  let y = top + 10;
  const drawn = keys.map(({ sign, text }) => {
    const wide = 28 + text.length * 6.6 + 18;
    if (x + wide > width && x > left) {
      x = left;
      y += 20;
    }
    const part = `<g transform="translate(${rounded(x)} ${y})">${sign}<text x="28" y="10">${text}</text></g>`;
    x += wide;
    return part;
  });
  const isEmpty = keys.length === 0;
  return {
    height: isEmpty ? 10 : y - top + 30,
    text: isEmpty ? "" : `<g class="legend" id="${id}keys">${drawn.join("")}</g>`,
  };
}

const hasLimit = (row: Run["rows"][number]) =>
  "level" in row
    ? row.level.limit !== undefined
    : row.track.limit !== undefined && row.track.lanes.length > 1;
