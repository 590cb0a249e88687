import { barPanel } from "./chart-bars.ts";
import type { BarPanel, Chart, ChartOptions, LinePanel, Panel, Pen } from "./chart-data.ts";
import { EDGE, lineOf, linesOf, under } from "./chart-layout.ts";
import { linePanel } from "./chart-lines.ts";
import { CHART_STYLE } from "./chart-style.ts";
import { escaped } from "./markup.ts";
import type { Drawn } from "./svg-layout.ts";

export type {
  Bar,
  BarPanel,
  Chart,
  ChartOptions,
  Curve,
  Kind,
  LinePanel,
  Panel,
  Point,
  Target,
} from "./chart-data.ts";
export { CHART_STYLE } from "./chart-style.ts";
export { escaped } from "./markup.ts";

/**
 * What strategies cost as multiples of a floor, as the text of one SVG: no script, light or dark like the page around
 * it. It is as wide as there is room, from 320 pixels on, and its letters stay as large as they are.
 *
 * @example
 * ```ts
 * const bars = [
 *   { name: "<loop>", kind: "ours", ratio: 0.8, middle: [0.75, 0.9] },
 *   { name: "reduce", kind: "floor", ratio: 1 },
 * ] as const;
 * const svg = toChart({ title: "Sum", notes: [], panels: [{ title: "a thousand numbers", bars, targets: [] }] });
 *
 * assert.match(svg, /<desc[^>]*>.*a thousand numbers: &lt;loop&gt; 0.8 \(0.75–0.9\), reduce 1, the floor\./);
 * ```
 */
export function toChart(chart: Chart, options: ChartOptions = {}): string {
  const { id = "chart", words = plainly } = options;
  const panels = chart.panels.map((panel) => drawn(panel, { id, words }));
  const { height, text } = under([head(chart), ...panels]);
  return `<svg xmlns="http://www.w3.org/2000/svg" class="chart" width="100%" height="${height}" role="img" aria-labelledby="${id}-title" aria-describedby="${id}-desc">
<title id="${id}-title">${escaped(chart.title)}: time as a multiple of the floor</title>
<desc id="${id}-desc">${escaped(chart.panels.map((panel) => inWords(panel, words)).join(" "))}</desc>
<style>${CHART_STYLE}</style>
<rect class="paper" width="100%" height="${height}"/>
${text}
</svg>
`;
}

const plainly = (ratio: number) => String(Number(ratio.toPrecision(3)));

const drawn = (panel: Panel, pen: Pen) => ("bars" in panel ? barPanel(panel, pen) : linePanel(panel, pen));

function head({ title, notes, panels }: Chart): Drawn {
  const hasTargets = panels.some(({ targets }) => targets.length > 0);
  const isNoisy = panels.some((panel) => ratiosIn(panel).some(({ noisy }) => noisy === true));
  const meanings = [
    "time ÷ the time of the floor: less is better",
    `├┤ the middle half of the rounds${isNoisy ? ", ~ it is wide" : ""}`,
    ...(hasTargets ? ["I a target: ✓ reached, ✗ missed"] : []),
  ];
  const lines = [...meanings, ...notes].flatMap(linesOf).map((line, i) => lineOf(line, 66 + i * 17, "note"));
  return { height: 54 + lines.length * 17, text: [lineOf(title, 26, "title"), legend(), ...lines].join("") };
}

/** The three colours. */
function legend(): string {
  const kinds = [
    ["ours", "ours", 0],
    ["peer", "a peer", 54],
    ["floor", "the floor", 122],
  ] as const;
  const keys = kinds.map(
    ([kind, name, x]) =>
      `<g transform="translate(${x} 0)"><rect class="bar ${kind}" x="${EDGE}%" y="39" width="10" height="10" rx="2"/><text class="note" x="${EDGE}%" dx="14" y="48">${name}</text></g>`,
  );
  return keys.join("");
}

const ratiosIn = (panel: Panel) =>
  "bars" in panel ? panel.bars : panel.curves.flatMap(({ points }) => points.flatMap((point) => point ?? []));

/** What a table would say, as sentences. */
function inWords(panel: Panel, words: (ratio: number) => string): string {
  const told = "bars" in panel ? barsInWords(panel, words) : curvesInWords(panel, words);
  const targets = panel.targets.map(({ aim, reached }) => `${reached ? "Reached" : "Missed"}: ${aim}.`);
  return [`${panel.title}: ${told}.`, ...targets].join(" ");
}

function barsInWords({ bars }: BarPanel, words: (ratio: number) => string): string {
  return bars
    .map(({ name, kind, failure, ...one }) => {
      if (failure !== undefined) return `${name} failed (${failure})`;
      return `${name} ${ratioInWords(one, words)}${kind === "floor" ? ", the floor" : ""}`;
    })
    .join(", ");
}

function curvesInWords({ curves, sizes }: LinePanel, words: (ratio: number) => string): string {
  const inCurve = (points: LinePanel["curves"][number]["points"]) =>
    points
      .flatMap((point, i) => (point === undefined ? [] : [`${ratioInWords(point, words)} at ${sizes[i]}`]))
      .join(", ");
  return curves.map(({ name, points }) => `${name} ${inCurve(points)}`).join("; ");
}

function ratioInWords(
  { ratio, middle }: { ratio?: number | undefined; middle?: readonly [number, number] | undefined },
  words: (ratio: number) => string,
): string {
  if (ratio === undefined) return "not measured";
  const isPoint = middle === undefined || middle[0] === middle[1];
  return isPoint ? words(ratio) : `${words(ratio)} (${middle.map(words).join("–")})`;
}
