import { duration, grouped, percent } from "@pattern-labs/demo";
import { LOADS } from "../given/policies.ts";
import { type Panel, round } from "./chart-scale.ts";
import { FATES, type Fate, fatesOf } from "./fates.ts";
import { insideOf, type LevelFigures, type PolicyFigures, type Sample } from "./figures.ts";
import { rate, times } from "./words.ts";

/** What fills a panel for one policy: text of SVG, from the panel's top left. */
export type Draw = (figures: PolicyFigures, panel: Panel) => string;

/** The buffer as an area, who waits for a place hatched above it, and a cross or a ring for what did not get in. */
export function drawDepth(limit: number): Draw {
  return ({ policy, levels }, panel) => {
    const waits = levels.some(({ samples }) => samples.some(({ waiting }) => waiting > 0));
    return [
      ...(waits ? [area("waiting", levels, panel, insideOf)] : []),
      area("depth", levels, panel, ({ buffered }) => buffered),
      ...(policy === "naive" ? [] : [line("limit", panel.y(limit), panel.width)]),
      ...levels.map((level, n) => losses(level, n, panel)),
    ].join("");
  };
}

function area(
  look: string,
  levels: readonly LevelFigures[],
  { x, y, height }: Panel,
  of: (at: Sample) => number,
): string {
  const points = levels.flatMap(({ samples }, n) =>
    samples.map((sample, i) => {
      const place = n + (i + 1) / samples.length;
      return `L${x(place)} ${y(of(sample))}`;
    }),
  );
  const fill = look === "waiting" ? ' fill="url(#waits)"' : "";
  return `<path class="${look}"${fill} d="M0 ${height}${points.join("")}V${height}Z"/>`;
}

/** Up to four signs in a row, for up to all that was sent. Crosses are lost without a word; rings were told. */
function losses({ load, dropped, refused, producers }: LevelFigures, n: number, { x }: Panel): string {
  const told = refused + (producers?.shed ?? 0);
  const lost = dropped + told;
  if (lost === 0) return "";
  const signs = Math.max(1, Math.round((4 * lost) / Math.max(lost, producers?.sent ?? 0)));
  const middle = (x(n) + x(n + 1)) / 2;
  const size = Math.min(2.6, (x(1) - x(0)) / 12);
  const drawn = Array.from({ length: signs }, (_, i) => {
    const at = round(middle + (i - (signs - 1) / 2) * size * 2.9);
    return dropped > 0 ? cross(at, 9, size) : ring(at, 9, size);
  });
  const title = dropped > 0 ? `${grouped(dropped)} dropped` : `${grouped(told)} told to come back later`;
  const path = `<path class="${dropped > 0 ? "cross" : "told"}" d="${drawn.join("")}"/>`;
  return `<g><title>at ${times(load)}: ${title}</title>${path}</g>`;
}

function cross(x: number, y: number, size: number): string {
  return `M${round(x - size)} ${round(y - size)}L${round(x + size)} ${round(y + size)}M${round(x + size)} ${round(y - size)}L${round(x - size)} ${round(y + size)}`;
}

function ring(x: number, y: number, size: number): string {
  return `M${round(x - size)} ${y}a${size} ${size} 0 1 0 ${2 * size} 0a${size} ${size} 0 1 0 ${-2 * size} 0`;
}

/** How late what was written was: p50 and p99, and in green where p99 lay without a crowd. */
export function drawLateness(patienceMs: number): Draw {
  return ({ levels }, panel) => {
    const uncontended = levels[0]?.p99Ms;
    const last = levels.at(-1);
    const across = [patienceMs, ...(uncontended === undefined ? [] : [uncontended])].map(panel.y);
    return [
      line("patience", panel.y(patienceMs), panel.width),
      ...(uncontended === undefined ? [] : [line("usual", panel.y(uncontended), panel.width)]),
      curve("p50", levels, panel, ({ p50Ms }) => p50Ms),
      curve("p99", levels, panel, ({ p99Ms }) => p99Ms),
      ...(last?.p99Ms === undefined ? [] : [labelOf(last.p99Ms, last.p99Ms > patienceMs)]),
    ].join("");

    function labelOf(ms: number, isLate: boolean): string {
      const ends = levels.slice(-2).flatMap(({ p50Ms, p99Ms }) => [p50Ms ?? [], p99Ms ?? []].flat());
      const y = freeHeight(ends.map(panel.y), across);
      return `<text class="value${isLate ? " bad-ink" : ""}" style="text-anchor:end" x="${panel.width - 4}" y="${round(y)}">${duration(ms)}</text>`;
    }
  };
}

/** What letters take above the line on which they stand, and below it. */
const LETTERS = { above: 10, below: 3 };

/**
 * Where a label stands free at the right end: above the curves that end there, or, if that is outside, below them; and on
 * none of the lines that go all the way across.
 */
export function freeHeight(curves: readonly number[], lines: readonly number[]): number {
  let above = Math.min(...curves) - 8;
  for (const line of lines.toSorted((a, b) => b - a)) {
    if (isOn(line, above)) above = line - LETTERS.below - 1;
  }
  if (above >= LETTERS.above) return above;
  let below = Math.max(...curves) + LETTERS.above + 7;
  for (const line of lines.toSorted((a, b) => a - b)) {
    if (isOn(line, below)) below = line + LETTERS.above + 1;
  }
  return below;
}

const isOn = (line: number, y: number) => line > y - LETTERS.above && line < y + LETTERS.below;

function curve(
  look: string,
  levels: readonly LevelFigures[],
  { x, y }: Panel,
  of: (level: LevelFigures) => number | undefined,
): string {
  const points = levels.flatMap((level, n) => {
    const ms = of(level);
    return ms === undefined ? [] : [{ x: round((x(n) + x(n + 1)) / 2), y: y(ms), level, ms }];
  });
  const dots = points.map(
    ({ x, y, level, ms }) =>
      `<circle class="${look}-dot" cx="${x}" cy="${y}" r="2.8"><title>${look} at ${times(level.load)}: ${duration(ms)}</title></circle>`,
  );
  return `<path class="${look}" d="${points.map((at, n) => `${n === 0 ? "M" : "L"}${at.x} ${at.y}`).join("")}"/>${dots.join("")}`;
}

/** A bar for each load: written in time, and above it what was written too late. The line is the capacity. */
export function drawGoodput(capacity: number): Draw {
  return ({ levels }, panel) => {
    const bars = levels.map(({ load, inTime, written, seconds }, n) => {
      const [good, all] = [rate(inTime, seconds), rate(written, seconds)];
      const left = panel.x(n) + 3;
      const width = round(panel.x(n + 1) - panel.x(n) - 6);
      const bar = (look: string, from: number, to: number) =>
        `<rect class="${look}" x="${left}" y="${panel.y(to)}" width="${width}" height="${round(panel.y(from) - panel.y(to))}"/>`;
      const title = `at ${times(load)}: ${grouped(good)} a second in time, ${grouped(all - good)} too late`;
      return `<g><title>${title}</title>${bar("too-late", good, all)}${bar("in-time", 0, good)}</g>`;
    });
    return [...bars, line("limit", panel.y(capacity), panel.width)].join("");
  };
}

/** One bar of all events that would have been sent, cut up by what became of them, and the same in numbers. */
export function drawFates(figures: PolicyFigures, width: number): string {
  const fates = fatesOf(figures);
  const all = FATES.reduce((sum, fate) => sum + fates[fate], 0);
  const some = FATES.filter((fate) => fates[fate] > 0);
  let x = 0;
  const parts = some.map((fate, n) => {
    const wide = round((fates[fate] / all) * width);
    const part = `<rect ${look(fate)} x="${round(x)}" width="${wide}" height="14"/>`;
    x += wide;
    const y = 34 + n * 17;
    const row = `<rect ${look(fate)} x="0" y="${y - 9}" width="10" height="10" rx="2"/><text class="small" x="15" y="${y}">${fate}</text><text class="small" x="${width}" y="${y}" text-anchor="end">${grouped(fates[fate])}<tspan class="note"> · ${percent(fates[fate], all)}</tspan></text>`;
    return `${part}${row}`;
  });
  return parts.join("");
}

function look(fate: Fate): string {
  return fate === "held back" ? 'fill="url(#waits)"' : `class="${fate.replaceAll(" ", "-")}"`;
}

function line(look: string, y: number, width: number): string {
  return `<path class="${look}" d="M0 ${y}H${width}"/>`;
}

/** Grid, and the loads below. */
export function drawFrame({ width, height, x, y, ticks }: Panel): string {
  const lines = ticks.map((tick) => `M0 ${y(tick)}H${width}`).join("");
  const loads = LOADS.map(
    (load, n) =>
      `<text class="load" x="${round((x(n) + x(n + 1)) / 2)}" y="${height + 14}">${times(load)}</text>`,
  );
  return `<rect class="panel" width="${width}" height="${height}"/><path class="grid" d="${lines}"/>${loads.join("")}`;
}
