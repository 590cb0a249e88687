import { styleText } from "node:util";
import { LOADS, type ServicePolicy } from "../given/policies.ts";
import { deepest, insideOf, type LevelFigures, type PolicyFigures } from "./figures.ts";
import { count, duration, rate, times } from "./words.ts";

/** How far the demo has come. */
export interface Progress {
  readonly capacity: number;
  readonly tookMs: number;
  readonly lengthMs: number;
  readonly done: readonly PolicyFigures[];
  /** The one that is tried just now. */
  readonly current: PolicyFigures | undefined;
  readonly toCome: readonly ServicePolicy[];
}

const WIDTHS = [5, 6, 7, 6, 7, 7, 7];
const HEAD = `${" ".repeat(13)}${cells("load", "sent/s", "written", "depth", "drops", "p50", "p99")}`;

/** A line for each policy: those that are done as they ended, the one that is tried as it is now. At most 79 columns. */
export function liveView({ capacity, tookMs, lengthMs, done, current, toCome }: Progress): string {
  const clock = `${(tookMs / 1_000).toFixed(1)} of ${(lengthMs / 1_000).toFixed(0)} s`;
  return [
    `${styleText("bold", "Backpressure")}  ${count(capacity)} events a second can be written  ·  ${clock}`,
    styleText("dim", HEAD),
    ...done.map((figures) => row(figures, figures.problem === undefined ? "✔" : "✘")),
    ...(current === undefined ? [] : [row(current, "▸")]),
    ...toCome.map((policy) => styleText("dim", `  ${policy}`)),
    ...(current === undefined ? [] : ["", sumLine(current)]),
  ].join("\n");
}

/** The same for a log: only what is tried just now. */
export function plainLine({ current, tookMs }: Progress): string {
  const level = current?.levels.at(-1);
  if (current === undefined || level === undefined) return "starting";
  const p99 = `p99 ${duration(level.p99Ms)}`;
  const inside = insideOf(level.samples.at(-1) ?? { buffered: 0, waiting: 0 });
  const rates = `${count(sentRate(level))}/s sent, ${count(rate(level.written, level.seconds))}/s written`;
  return `${(tookMs / 1_000).toFixed(1)} s  ${current.policy} at ${times(level.load)}: ${rates}, depth ${count(inside)}, ${p99}`;
}

const MARKS = { "✔": "green", "✘": "red", "▸": "yellow" } as const;

function row(figures: PolicyFigures, mark: keyof typeof MARKS): string {
  const name = `${styleText(MARKS[mark], mark)} ${figures.policy.padEnd(11)}`;
  const level = figures.levels.at(-1);
  if (level === undefined || mark === "✘") return `${name} ${figures.problem ?? ""}`;
  const depth = mark === "▸" ? insideOf(level.samples.at(-1) ?? { buffered: 0, waiting: 0 }) : deepest(level);
  const figuresNow = cells(
    times(level.load),
    count(sentRate(level)),
    count(rate(level.written, level.seconds)),
    count(depth),
    count(drops(figures)),
    duration(level.p50Ms),
    duration(level.p99Ms),
  );
  return `${name}${inColour(figuresNow, level, figures)} ${sparkline(figures)}`;
}

function cells(...texts: readonly string[]): string {
  return texts.map((text, n) => text.padStart(WIDTHS[n] ?? 0)).join(" ");
}

const sentRate = (level: LevelFigures) => rate(level.producers?.sent ?? level.arrived, level.seconds);

/** All that did not get in, whoever decided it: dropped, refused, turned away at the door. */
const drops = ({ levels, counts }: PolicyFigures) =>
  counts.dropped + counts.refused + levels.reduce((sum, { producers }) => sum + (producers?.shed ?? 0), 0);

/** What is far from how it was without a crowd is seen at a glance. */
function inColour(text: string, { p99Ms = 0 }: LevelFigures, { levels }: PolicyFigures): string {
  const uncontended = levels[0]?.p99Ms ?? p99Ms;
  if (p99Ms > 8 * uncontended) return styleText("red", text);
  return p99Ms > 3 * uncontended ? styleText("yellow", text) : text;
}

const BLOCKS = "▁▂▃▄▅▆▇█";
/** Two characters for each load. */
const CELLS = 2;

/** The depth over all loads so far, each step four times the one before: nothing else shows both 20 and 5,000. */
function sparkline({ levels }: PolicyFigures): string {
  const drawn = levels.map(({ samples }) => {
    const size = Math.ceil(samples.length / CELLS);
    return Array.from({ length: CELLS }, (_, n) => {
      const part = samples.slice(n * size, (n + 1) * size);
      return part.length === 0 ? " " : block(Math.max(...part.map(insideOf)));
    }).join("");
  });
  return styleText(
    "cyan",
    drawn
      .join("")
      .padEnd(CELLS * LOADS.length)
      .trimEnd(),
  );
}

function block(depth: number): string {
  return BLOCKS[Math.min(BLOCKS.length - 1, Math.round(Math.log(1 + depth) / Math.log(4)))] ?? "";
}

/** "offered 1,204 = delivered 1,100 + buffered 20 + …", without what there is none of. */
function sumLine({ counts: { offered, ...parts } }: PolicyFigures): string {
  const some = Object.entries(parts).filter(([, n]) => n !== 0);
  const sum = some.map(([name, n]) => `${name} ${count(n)}`).join(" + ");
  return `offered ${count(offered)} = ${sum === "" ? "0" : sum}`;
}
