import type { Curve, LinePanel, Pen, Point } from "./chart-data.ts";
import { EDGE, headingOf, missesOf, percent, under } from "./chart-layout.ts";
import { escaped } from "./markup.ts";
import { type RatioScale, ratioScaleOf } from "./ratio-scale.ts";
import { type Drawn, fitting, rounded } from "./svg-layout.ts";

/** The plot, in per cent of the width; left of it stand the ratios. */
const LEFT = 13;
const RIGHT = 100 - EDGE;
const PLOT = 180;

/** Names stand below, one in a line. */
const NAME = 18;
const NAME_WIDTH = 230;

/** Peers are told apart by their marks: their colour is one. */
const MARKS = [
  '<circle r="4"/>',
  '<path d="M-4-4h8v8h-8z"/>',
  '<path d="M0-5L5 4H-5z"/>',
  '<path d="M0-5.5L5.5 0L0 5.5L-5.5 0z"/>',
  '<path d="M0 5L5-4H-5z"/>',
  '<path d="M-4-4L4 4M-4 4L4-4" class="open"/>',
  '<path d="M-5 0H5M0-5V5" class="open"/>',
  '<circle r="3.5" class="open"/>',
];

export function linePanel({ title, sizes, unit = "", floor, curves, targets }: LinePanel, pen: Pen): Drawn {
  const ends = curves.flatMap(({ points }) =>
    points.flatMap((point) => (point === undefined ? [] : [point.ratio, ...(point.middle ?? [])])),
  );
  const missed = targets.filter(({ reached }) => !reached);
  const scale = ratioScaleOf([...ends, ...missed.map(({ at }) => at)]);
  const step = scale.isLog ? "logarithmic: each step is a factor; " : "";
  const top = headingOf(title, `${step}sizes stand evenly apart; the floor is ${floor}`);
  const seat: Seat = {
    x: (size) => LEFT + 8 + (size / (sizes.length - 1)) * (RIGHT - LEFT - 16),
    y: (ratio) => rounded(PLOT * (1 - scale.place(ratio))),
  };
  const drawnCurves = curves.map((curve, i) => ({ curve, mark: MARKS[i % MARKS.length] ?? "" }));
  const plot = [
    axis(scale, seat),
    ...sizes.map((size, i) => middleText(size, seat.x(i), PLOT + 18)),
    middleText(unit, (LEFT + RIGHT) / 2, PLOT + 34),
    ...missed.map((target) => tick(seat.x(target.size ?? 0), seat.y(target.at), target.aim)),
    ...drawnCurves.map(({ curve, mark }) => curveOf(curve, mark, { ...seat, sizes, ...pen })),
  ];
  const body = `<g transform="translate(0 10)">${plot.join("")}</g>`;
  const names = namesOf(drawnCurves, sizes, pen);
  return under([top, { height: PLOT + (unit === "" ? 34 : 50), text: body }, names, missesOf(targets), GAP]);
}

const GAP: Drawn = { height: 8, text: "" };

interface Seat {
  /** In per cent of the width. */
  readonly x: (size: number) => number;
  /** In pixels. */
  readonly y: (ratio: number) => number;
}

function axis({ ticks }: RatioScale, { y }: Seat): string {
  const across = (at: number, kind = "") =>
    `<line${kind} x1="${LEFT}%" x2="${RIGHT}%" y1="${at}" y2="${at}"/>`;
  const figure = (at: number, label: string, kind = "") =>
    `<text class="end${kind}" x="${LEFT}%" dx="-6" y="${rounded(at + 4)}">${label}</text>`;
  const lines = ticks.map(({ place, label }) => {
    const at = rounded(PLOT * (1 - place));
    return label === "1" ? "" : across(at) + figure(at, label);
  });
  return `<g class="axis">${lines.join("")}${across(y(1), ' class="at-floor"')}${figure(y(1), "1", " floor-ink")}</g>`;
}

const middleText = (text: string, x: number, y: number) =>
  `<text class="note middle" x="${percent(x)}" y="${y}">${escaped(text)}</text>`;

interface Setting extends Seat, Pen {
  readonly sizes: readonly string[];
}

function curveOf({ name, kind, points }: Curve, mark: string, { x, y, sizes, words }: Setting): string {
  const places = points.flatMap((point, i) => (point === undefined ? [] : [{ point, size: i }]));
  const parts = places.slice(1).map(({ point, size }, i) => {
    const before = places[i];
    if (before === undefined) return "";
    return `<line x1="${percent(x(before.size))}" y1="${y(before.point.ratio)}" x2="${percent(x(size))}" y2="${y(point.ratio)}"/>`;
  });
  const marks = places.map(
    ({ point, size }) =>
      `${whisker(point, percent(x(size)), y)}<svg class="mark" x="${percent(x(size))}" y="${y(point.ratio)}" overflow="visible">${mark}<title>${escaped(`${name}, ${sizes[size]}: ${words(point.ratio)} × the floor`)}</title></svg>`,
  );
  return `<g class="curve ${kind}">${parts.join("")}${marks.join("")}</g>`;
}

function whisker({ middle }: Point, x: string, y: Seat["y"]): string {
  if (middle === undefined || y(middle[0]) - y(middle[1]) < 3) return "";
  return `<line class="spread" x1="${x}" x2="${x}" y1="${y(middle[0])}" y2="${y(middle[1])}"/>`;
}

/** In the order in which the curves end, each with the figure at its end. */
function namesOf(
  drawn: readonly { readonly curve: Curve; readonly mark: string }[],
  sizes: readonly string[],
  { words }: Pen,
): Drawn {
  const ends = drawn.flatMap(({ curve, mark }) => {
    const size = curve.points.findLastIndex((point) => point !== undefined);
    const ratio = curve.points[size]?.ratio;
    return ratio === undefined ? [] : [{ curve, mark, ratio, at: sizes[size] ?? "" }];
  });
  const lines = ends
    .sort((a, b) => b.ratio - a.ratio)
    .map(({ curve, mark, ratio, at }) => {
      const shown = fitting(curve.name, NAME_WIDTH);
      const key = `<g class="curve ${curve.kind}"><svg class="mark" x="${EDGE}%" y="9" overflow="visible"><g transform="translate(6 0)">${mark}</g></svg></g>`;
      const name = `<text class="label ${curve.kind}" x="${EDGE}%" dx="18" y="13">${escaped(shown)}</text>`;
      const figure = `<text class="figure" x="${RIGHT}%" y="13"><tspan class="note">at ${escaped(at)}: </tspan>${escaped(words(ratio))}</text>`;
      return { height: NAME, text: key + name + figure };
    });
  return under(lines);
}

const tick = (x: number, y: number, aim: string) =>
  `<g class="target bad"><title>${escaped(`missed: ${aim}`)}</title><rect x="${percent(x)}" y="${rounded(y - 1)}" width="16" height="2" transform="translate(-8 0)"/></g>`;
