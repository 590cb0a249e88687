import { styleText } from "node:util";
import { duration, folded, grouped } from "@pattern-labs/demo";
import { LOADS, type ServicePolicy } from "../given/policies.ts";
import { deepest, insideOf, type LevelFigures, type PolicyFigures } from "./figures.ts";
import { rate, times } from "./words.ts";

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

/** Head, width, and what it is worth: on a narrow screen the column goes first that is worth least. */
const COLUMNS = [
  ["load", 5, 6],
  ["sent/s", 6, 2],
  ["written", 7, 3],
  ["depth", 6, 5],
  ["drops", 7, 4],
  ["p50", 7, 1],
  ["p99", 7, 7],
] as const;

const NAME_WIDTH = 13;

/** A line for each policy: those that are done as they ended, the one that is tried as it is now. */
export function liveView(
  { capacity, tookMs, lengthMs, done, current, toCome }: Progress,
  width: number,
): string {
  const clock = `${(tookMs / 1_000).toFixed(1)} of ${(lengthMs / 1_000).toFixed(0)} s`;
  const title = `${grouped(capacity)} events a second can be written  ·  ${clock}`;
  const room = roomIn(width);
  const heads = COLUMNS.map(([head]) => head);
  return [
    ...folded(`${styleText("bold", "Backpressure")}  ${title}`, width),
    styleText("dim", `${" ".repeat(NAME_WIDTH)}${cells(room, heads)}`),
    ...done.map((figures) => row(figures, figures.problem === undefined ? "✔" : "✘", room)),
    ...(current === undefined ? [] : [row(current, "▸", room)]),
    ...toCome.map((policy) => styleText("dim", `  ${policy}`)),
    ...(current === undefined ? [] : ["", ...folded(sumLine(current), width, "  ")]),
  ].join("\n");
}

/** What there is room for. */
interface Room {
  /** The numbers of the columns. */
  readonly columns: ReadonlySet<number>;
  /** Whether the depths fit beside them. */
  readonly depths: boolean;
}

function roomIn(width: number): Room {
  const byWorth = COLUMNS.map(([, , worth], n) => ({ worth, n })).sort((a, b) => b.worth - a.worth);
  const columns = new Set<number>();
  let left = width - NAME_WIDTH;
  for (const { n } of byWorth) {
    left -= (COLUMNS[n]?.[1] ?? 0) + 1;
    if (left < -1) break; // After the last one there is no gap.
    columns.add(n);
  }
  return { columns, depths: columns.size === COLUMNS.length && left >= CELLS * LOADS.length };
}

/** The same for a log: only what is tried just now. */
export function plainLine({ current, tookMs }: Progress): string {
  const level = current?.levels.at(-1);
  if (current === undefined || level === undefined) return "starting";
  const p99 = `p99 ${duration(level.p99Ms)}`;
  const inside = insideOf(level.samples.at(-1) ?? { buffered: 0, waiting: 0 });
  const rates = isYoung(level)
    ? "just begun"
    : `${grouped(sentRate(level))}/s sent, ${grouped(rate(level.written, level.seconds))}/s written`;
  return `${(tookMs / 1_000).toFixed(1)} s  ${current.policy} at ${times(level.load)}: ${rates}, depth ${grouped(inside)}, ${p99}`;
}

const MARKS = { "✔": "green", "✘": "red", "▸": "yellow" } as const;

/** The producers tell of themselves only now and then: before that, a rate would be that of nothing. */
const isYoung = ({ seconds }: LevelFigures) => seconds < 0.2;

function row(figures: PolicyFigures, mark: keyof typeof MARKS, room: Room): string {
  const name = `${styleText(MARKS[mark], mark)} ${figures.policy.padEnd(11)}`;
  const level = figures.levels.at(-1);
  if (level === undefined || mark === "✘") return `${name} ${figures.problem ?? ""}`;
  const depth = mark === "▸" ? insideOf(level.samples.at(-1) ?? { buffered: 0, waiting: 0 }) : deepest(level);
  const rateOf = (perSecond: number) => (mark === "▸" && isYoung(level) ? "–" : grouped(perSecond));
  const figuresNow = cells(room, [
    times(level.load),
    rateOf(sentRate(level)),
    rateOf(rate(level.written, level.seconds)),
    grouped(depth),
    grouped(drops(figures)),
    duration(level.p50Ms),
    duration(level.p99Ms),
  ]);
  const beside = room.depths ? ` ${sparkline(figures)}` : "";
  return `${name}${inColour(figuresNow, level, figures)}${beside}`;
}

function cells({ columns }: Room, texts: readonly string[]): string {
  return texts.flatMap((text, n) => (columns.has(n) ? [text.padStart(COLUMNS[n]?.[1] ?? 0)] : [])).join(" ");
}

const sentRate = (level: LevelFigures) => rate(level.producers?.sent ?? level.arrived, level.seconds);

/** All that did not get in, whoever decided it: dropped, refused, turned away unread. */
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
  const sum = some.map(([name, n]) => `${name} ${grouped(n)}`).join(" + ");
  return `offered ${grouped(offered)} = ${sum === "" ? "0" : sum}`;
}
