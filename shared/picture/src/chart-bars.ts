import type { Bar, BarPanel, Pen, Target } from "./chart-data.ts";
import { EDGE, headingOf, lineOf, linesOf, missesOf, percent, under } from "./chart-layout.ts";
import { escaped } from "./markup.ts";
import { type RatioScale, ratioScaleOf } from "./ratio-scale.ts";
import { type Drawn, fitting } from "./svg-layout.ts";

/** A name with its figure, and the bar below them. */
const ROW = 33;
const BAR = { top: 18, height: 10 };
const MIDDLE = BAR.top + BAR.height / 2;

/** Names at the left, figures at the right: on the narrowest page they do not touch. */
const NAME_WIDTH = 230;

/** Where a ratio lies, in per cent of the width. */
type Place = (ratio: number) => number;

export function barPanel({ title, bars, targets }: BarPanel, pen: Pen): Drawn {
  const ends = bars.flatMap(({ ratio, middle = [] }) => (ratio === undefined ? [] : [ratio, ...middle]));
  const missed = targets.filter(({ reached }) => !reached).map(({ at }) => at);
  const scale = ratioScaleOf([...ends, ...missed]);
  const place: Place = (ratio) => EDGE + scale.place(ratio) * (100 - 2 * EDGE);
  const rows = bars.map((bar) =>
    bar.failure === undefined
      ? barRow(
          bar,
          targets.filter(({ name }) => name === bar.name),
          { scale, place, ...pen },
        )
      : failureRow(bar.name, bar.failure),
  );
  const body = under(rows);
  const top = heading(title, scale);
  const lines = axis(scale, place, { top: top.height, bottom: top.height + body.height });
  const { height, text } = under([top, body, missesOf(targets)]);
  return { height: height + 8, text: lines + text };
}

function heading(title: string, { isLog }: RatioScale): Drawn {
  const log = "logarithmic: bars begin at the floor, and each step is a factor";
  const { height, text } = headingOf(title, isLog ? log : "");
  return { height: height + 18, text };
}

function axis({ ticks }: RatioScale, place: Place, { top, bottom }: { top: number; bottom: number }): string {
  const lines = ticks.map(({ place: at, label }) => {
    const x = percent(EDGE + at * (100 - 2 * EDGE));
    const line = `<line x1="${x}" x2="${x}" y1="${top - 8}" y2="${bottom}"/>`;
    return label === "1" ? line : `${line}<text x="${x}" y="${top - 12}">${label}</text>`;
  });
  const floor = percent(place(1));
  return `<g class="axis">${lines.join("")}<line class="at-floor" x1="${floor}" x2="${floor}" y1="${top - 8}" y2="${bottom}"/><text class="floor-ink" x="${floor}" y="${top - 12}">1</text></g>`;
}

function failureRow(name: string, failure: string): Drawn {
  const lines = linesOf(`✗ ${failure}`);
  const text = lines.map((line, i) => lineOf(line, 29 + i * 16, "bad")).join("");
  return { height: 22 + lines.length * 16, text: nameText(name, "peer") + text };
}

interface Row extends Pen {
  readonly scale: RatioScale;
  readonly place: Place;
}

function barRow(bar: Bar, targets: readonly Target[], { scale, place, words }: Row): Drawn {
  const { name, kind, ratio, middle, noisy = false } = bar;
  if (ratio === undefined) return { height: ROW, text: nameText(name, kind) + figureText("–", []) };
  const said = `${name}: ${words(ratio)} × the floor${middle === undefined ? "" : ` (${middle.map(words).join("–")})`}`;
  const text = [
    nameText(name, kind),
    figureText(`${words(ratio)}${noisy ? " ~" : ""}`, targets),
    rectOf(ratio, kind, said, { scale, place }),
    whisker(middle, place),
    ...targets.filter(({ at, reached }) => !reached || scale.place(at) < 1).map((one) => tick(one, place)),
  ];
  return { height: ROW, text: text.join("") };
}

function nameText(name: string, kind: string): string {
  const shown = fitting(name, NAME_WIDTH);
  const full = shown === name ? "" : `<title>${escaped(name)}</title>`;
  return `<text class="label ${kind}" x="${EDGE}%" y="13">${escaped(shown)}${full}</text>`;
}

/** With what became of its targets, for not everybody tells green from red. */
function figureText(figure: string, targets: readonly Target[]): string {
  const verdicts = targets.map(
    ({ reached }) => `<tspan class="${reached ? "good" : "bad"}"> ${reached ? "✓" : "✗"}</tspan>`,
  );
  return `<text class="figure" x="${100 - EDGE}%" y="13">${escaped(figure)}${verdicts.join("")}</text>`;
}

/** From 0 to the ratio; on a logarithmic scale, which has no 0, from the floor to the ratio. */
function rectOf(
  ratio: number,
  kind: string,
  said: string,
  { scale, place }: { scale: RatioScale; place: Place },
): string {
  const [from = 0, to = 0] = [scale.isLog ? place(1) : EDGE, place(ratio)].sort((a, b) => a - b);
  const shape = `class="bar ${kind}" y="${BAR.top}" height="${BAR.height}" rx="2"`;
  const title = `<title>${escaped(said)}</title>`;
  // Of no length is the floor itself: it is seen all the same.
  if (to - from < 0.5)
    return `<rect ${shape} x="${percent(from)}" width="5" transform="translate(-2.5 0)">${title}</rect>`;
  return `<rect ${shape} x="${percent(from)}" width="${percent(to - from)}">${title}</rect>`;
}

/** The middle half of the rounds, where it is wide enough to be seen. */
function whisker(middle: Bar["middle"], place: Place): string {
  if (middle === undefined) return "";
  const [from, to] = [place(middle[0]), place(middle[1])];
  if (to - from < 0.6) return "";
  const end = (x: number) => line(x, x, MIDDLE - 4, MIDDLE + 4);
  return `<g class="whisker">${line(from, to, MIDDLE, MIDDLE)}${end(from)}${end(to)}</g>`;
}

function tick({ at, reached, aim }: Target, place: Place): string {
  const x = percent(place(at));
  const serif = (y: number) => `<rect x="${x}" y="${y}" width="8" height="2" transform="translate(-4 0)"/>`;
  return `<g class="target ${reached ? "good" : "bad"}"><title>${escaped(`${reached ? "reached" : "missed"}: ${aim}`)}</title><rect x="${x}" y="${BAR.top - 3}" width="2" height="${BAR.height + 6}" transform="translate(-1 0)"/>${serif(BAR.top - 4)}${serif(BAR.top + BAR.height + 2)}</g>`;
}

const line = (x1: number, x2: number, y1: number, y2: number) =>
  `<line x1="${percent(x1)}" x2="${percent(x2)}" y1="${y1}" y2="${y2}"/>`;
