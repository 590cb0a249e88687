import { oneLine } from "./label.ts";
import { escaped } from "./markup.ts";
import type { Span } from "./run.ts";
import { LANE, type Layout, rounded, wideness } from "./svg-layout.ts";
import { tryName } from "./text-rows.ts";
import { duration } from "./words.ts";

/** A bar that is narrower than this is drawn with its neighbours as one. */
const NARROWEST = 2.5;

/** The spans of one row, from left to right. However many they are, there is at most one bar for each pixel or two. */
export function bars(spans: readonly Span[], layout: Layout, height = LANE): string[] {
  const parts: string[] = [];
  let dense: Dense | undefined;
  let lastCross = Number.NEGATIVE_INFINITY;
  const flush = () => {
    if (dense !== undefined) parts.push(denseBar(dense, height));
    dense = undefined;
  };
  for (const [i, span] of spans.entries()) {
    const isInstant = span.end.at === span.begin.at && span.outcome !== undefined;
    if (span.state === "blocked" && isInstant) continue; // The next one was asked for at once.
    const from = layout.x(span.begin);
    const to = Math.max(layout.x(span.end), from + 1);
    if (span.outcome === "dropped" && to - from <= NARROWEST) {
      if (from - lastCross < 5) continue;
      lastCross = from;
      parts.push(cross(span, from, height));
    } else if (to - from < NARROWEST) {
      if (dense !== undefined && from - dense.to < 1) dense = widened(dense, span, to);
      else {
        flush();
        dense = { from, to, count: 1, kind: kindOf(span), task: span.task };
      }
    } else {
      flush();
      parts.push(bar(span, { from, to, height, isOdd: i % 2 === 1, name: tryName(span) }));
    }
  }
  flush();
  return parts;
}

interface Dense {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly kind: string;
  readonly task: string;
}

/** One that went wrong must not vanish among a hundred that went well. */
function widened(dense: Dense, span: Span, to: number): Dense {
  const kind = dense.kind === "ok" ? kindOf(span) : dense.kind;
  return { ...dense, to, count: dense.count + 1, kind };
}

const kindOf = ({ state, outcome }: Span) => (state === "running" ? (outcome ?? "open") : state);

function denseBar({ from, to, count, kind, task }: Dense, height: number): string {
  const width = rounded(Math.max(1.2, to - from));
  const title = count === 1 ? task : `${count} short runs`;
  const of = count === 1 ? ` data-task="${escaped(task)}"` : "";
  return `<rect class="run dense ${kind}"${of} x="${from}" ${inset(height)} width="${width}"><title>${escaped(title)}</title></rect>`;
}

/** Where it stands in its lane. */
function inset(height: number): string {
  const margin = height < READABLE ? 1 : 2;
  return `y="${margin}" height="${height - 2 * margin}"`;
}

/** In a row that is lower than this nothing is written. */
const READABLE = 14;

function cross(span: Span, x: number, height: number): string {
  const size = Math.min(7, height - 1);
  const path = `M${rounded(x - size / 2)} ${(height - size) / 2}l${size} ${size}m0 -${size}l-${size} ${size}`;
  return `<path class="cross" data-task="${escaped(span.task)}" d="${path}"><title>${escaped(describe(span))}</title></path>`;
}

interface BarPlace {
  readonly from: number;
  readonly to: number;
  readonly height: number;
  readonly isOdd: boolean;
  /** Written into it if it fits. */
  readonly name: string;
}

export function bar(span: Span, place: BarPlace): string {
  const known = drawn.get(span);
  if (known !== undefined && isSame(known.place, place)) return known.text;
  const text = newBar(span, place);
  drawn.set(span, { place, text });
  return text;
}

/** The bars of a run that goes on are drawn again and again, each mostly where it was. */
const drawn = new WeakMap<Span, { readonly place: BarPlace; readonly text: string }>();

const isSame = (a: BarPlace, b: BarPlace) =>
  a.from === b.from && a.to === b.to && a.height === b.height && a.isOdd === b.isOdd && a.name === b.name;

function newBar(span: Span, { from, to, height, isOdd, name }: BarPlace): string {
  const kind = kindOf(span);
  const isRun = span.state === "running";
  const look = isRun ? `run ${kind}${kind === "ok" && isOdd ? " odd" : ""}` : span.state;
  const sign = isRun ? SIGNS[kind] : undefined;
  const width = to - from;
  const middle = height / 2 + 4;
  const room = width - (sign === undefined ? 6 : 24);
  const isReadable = height >= READABLE;
  const inside = isRun && isReadable && name !== "" && room >= wideness(oneLine(name), 11.4);
  const rect = `x="${from}" ${inset(height)} width="${rounded(Math.max(1, width - 1))}" rx="2.5"`;
  const text = inside
    ? `<text class="in" x="${rounded(from + 4)}" y="${middle}">${escaped(name)}</text>`
    : "";
  const end = sign !== undefined && isReadable && width >= 10 ? sign(to - 6, height / 2) : "";
  const title = `<title>${escaped(describe(span))}</title>`;
  const of = `data-task="${escaped(span.task)}"`;
  // Most bars have nothing in them: without a group there is half as much to draw.
  if (text === "" && end === "") return `<rect class="${look}" ${of} ${rect}>${title}</rect>`;
  return `<g ${of}><rect class="${look}" ${rect}/>${text}${end}${title}</g>`;
}

/** How it ended, around a point. Drawn, as fonts that lack a sign borrow it from one in which it is larger than the bar. */
export const SIGNS: Readonly<Record<string, (x: number, y: number) => string>> = {
  failed: (x, y) => stroke(`M${rounded(x - 3)} ${y - 3}l6 6m0 -6l-6 6`),
  cancelled: (x, y) =>
    stroke(`M${rounded(x - 3.5)} ${y}a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0m1.1 2.4l4.8 -4.8`),
  dropped: (x, y) => stroke(`M${rounded(x - 2.5)} ${y - 2.5}l5 5m0 -5l-5 5`),
  open: (x, y) => `<text class="in end" x="${rounded(x + 4)}" y="${y + 4}">…</text>`,
};

const stroke = (path: string) => `<path class="sign" d="${path}"/>`;

/** "p3, try 2, ran for 60 ms from 1.20 s: failed, 503" */
export function describe(span: Span): string {
  const { task, attempt, state, begin, end, outcome, detail } = span;
  const tries = attempt > 1 && state === "running" ? `, try ${attempt},` : "";
  const time = `for ${duration(end.at - begin.at)} from ${duration(begin.at)}`;
  const what = { ...DID, phase: "lasted" }[state];
  if (outcome === undefined) return `${task}${tries} ${what} ${time} and never ended`;
  if (outcome === "cut") return `${task}${tries} ${what} ${time}, until the recording was broken off`;
  const how = outcome === "ok" ? "" : `: ${outcome}${detail === undefined ? "" : `, ${detail}`}`;
  return `${task}${tries} ${what} ${time}${how}`;
}

const DID = {
  queued: "waited in line",
  running: "ran",
  retrying: "waited to be tried again",
  blocked: "was blocked",
} as const;
