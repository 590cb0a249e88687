import { duration, grouped } from "@pattern-labs/demo";
import { LOADS, WHO_PAYS } from "../given/policies.ts";
import { type Draw, drawDepth, drawFates, drawFrame, drawGoodput, drawLateness } from "./chart-panels.ts";
import { linearPanel, logPanel, type Panel, round } from "./chart-scale.ts";
import { CHART_STYLE } from "./chart-style.ts";
import { FATES, fatesOf } from "./fates.ts";
import { deepest, type PolicyFigures } from "./figures.ts";
import type { Run } from "./report.ts";
import { rate, times } from "./words.ts";

const LEFT = 66;
const RIGHT = 20;
const GAP = 14;
const PANEL_HEIGHT = 112;
/** From the top of a row of panels to the top of the next. */
const ROW = PANEL_HEIGHT + 64;
const TOP = 152;

interface Row {
  readonly heading: string;
  readonly panel: Panel;
  readonly draw: Draw;
  readonly tick: (value: number) => string;
}

/**
 * The policies side by side on the same scales: depth, lateness and goodput over the offered load, and below what became
 * of every event. One SVG text without a script; light or dark follows the reader's `prefers-color-scheme`.
 */
export function toChart(run: Run): string {
  const policies = run.policies.filter(({ levels }) => levels.length > 0);
  const column = policies.length === 0 ? 400 : Math.max(154, Math.round(420 / policies.length));
  const width = LEFT + Math.max(1, policies.length) * (column + GAP) - GAP + RIGHT;
  const rows = rowsOf(run, policies, column);
  const left = (n: number) => LEFT + n * (column + GAP);
  const bottom = TOP + rows.length * ROW;
  const height = bottom + 40 + 17 * mostFates(policies);
  const headers = policies.map(
    ({ policy }, n) =>
      `<text class="name" x="${left(n)}" y="92">${policy}</text><text class="note small" x="${left(n)}" y="109">${WHO_PAYS[policy]}</text>`,
  );
  const drawn = rows.map((row, n) => drawRow(row, policies, left, TOP + n * ROW));
  const fates = policies.map(
    (figures, n) => `<g transform="translate(${left(n)} ${bottom})">${drawFates(figures, column)}</g>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" class="flow" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${summaryOf(run, policies)}">
<style>${CHART_STYLE}</style>
<defs><pattern id="waits" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="stripes" d="M0 0V6"/></pattern></defs>
<rect class="paper" width="${width}" height="${height}"/>
<text class="title" x="20" y="32">Ten times what can be written</text>
<text class="note" x="20" y="53">${factsOf(run)}</text>
${headers.join("")}
${drawn.join("\n")}
<text class="heading" x="${LEFT}" y="${bottom - 10}">What became of every event</text>
${fates.join("\n")}
</svg>
`;
}

function rowsOf(
  { capacity, limit, patienceMs }: Run,
  policies: readonly PolicyFigures[],
  width: number,
): readonly Row[] {
  const levels = policies.flatMap((figures) => figures.levels);
  const ages = levels.flatMap(({ p50Ms, p99Ms }) => [p50Ms ?? [], p99Ms ?? []].flat());
  const least = 10 ** Math.floor(Math.log10(Math.max(1, Math.min(100, ...ages))));
  const most = Math.max(...ages, patienceMs);
  // A policy may for a moment write more than it can for long: what was begun before.
  const fastest = Math.max(capacity, ...levels.map(({ written, seconds }) => rate(written, seconds)));
  return [
    {
      heading:
        "Depth: events in the buffer, and waiting for a place (hatched) · × dropped, ○ told · - - limit",
      panel: logPanel(width, PANEL_HEIGHT, { least: 1, most: Math.max(limit, ...levels.map(deepest)) * 1.5 }),
      draw: drawDepth(limit),
      tick: grouped,
    },
    {
      heading: `Lateness of what was written: p99 and, paler, p50 · green: p99 without a crowd · red: ${duration(patienceMs)}: what is later is of no use`,
      panel: logPanel(width, PANEL_HEIGHT, { least, most }),
      draw: drawLateness(patienceMs),
      tick: (ms) => (ms < 1_000 ? `${ms} ms` : `${ms / 1_000} s`),
    },
    {
      heading: "Goodput: events a second written in time, and too late (yellow) · - - capacity",
      panel: linearPanel(width, PANEL_HEIGHT, { whole: capacity, end: Math.max(fastest, capacity) * 1.12 }),
      draw: drawGoodput(capacity),
      tick: grouped,
    },
  ];
}

function drawRow(
  { heading, panel, draw, tick }: Row,
  policies: readonly PolicyFigures[],
  left: (n: number) => number,
  top: number,
): string {
  const ticks = panel.ticks.map(
    (value) =>
      `<text class="tick" x="${LEFT - 8}" y="${round(top + panel.y(value) + 4)}">${tick(value)}</text>`,
  );
  const panels = policies.map(
    (figures, n) =>
      `<g transform="translate(${left(n)} ${top})">${drawFrame(panel)}${draw(figures, panel)}</g>`,
  );
  return `<text class="heading" x="${LEFT}" y="${top - 12}">${heading}</text>${ticks.join("")}${panels.join("\n")}`;
}

function factsOf({ capacity, secondsPerLoad }: Run): string {
  const loads = `${LOADS.slice(0, -1).map(times).join(", ")} and ${times(LOADS.at(-1) ?? 1)}`;
  return `${grouped(capacity)} events a second can be written · offered ${loads} of that, ${duration(1_000 * secondsPerLoad)} each, from left to right · the same producers for every policy`;
}

function mostFates(policies: readonly PolicyFigures[]): number {
  return Math.max(
    0,
    ...policies.map((figures) => {
      const fates = fatesOf(figures);
      return FATES.filter((fate) => fates[fate] > 0).length;
    }),
  );
}

/** For those who listen to it. */
function summaryOf({ capacity }: Run, policies: readonly PolicyFigures[]): string {
  const told = policies.map(({ policy, levels }) => {
    const last = levels.at(-1);
    const good = last === undefined ? 0 : rate(last.inTime, last.seconds);
    return `${policy}: at ${times(last?.load ?? 0)} ${grouped(good)} of ${grouped(capacity)} a second in time, p99 ${duration(last?.p99Ms)}, depth ${grouped(Math.max(...levels.map(deepest)))}`;
  });
  return `Backpressure, policies side by side. ${told.join(". ")}`;
}
