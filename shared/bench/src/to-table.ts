import { describeMachine } from "./machine.ts";
import { countText, ratioText } from "./numbers.ts";
import type { BenchReport, Row, TargetReport, WorkloadReport } from "./report.ts";
import { bySpeed, inWords } from "./rows.ts";

export interface TableOptions {
  /** How many columns of a terminal there are. Where they do not suffice, what says least is left out. */
  readonly width?: number | undefined;
}

/** The report as text: for each workload the strategies, the quickest first, and what went wrong. */
export function toTable(
  report: BenchReport,
  { width = Number.POSITIVE_INFINITY }: TableOptions = {},
): string {
  const leftOut = titlesLeftOut(report.workloads, width);
  const lines = [
    report.title,
    `${describeMachine(report.machine)} · ${report.date}`,
    ...report.workloads.flatMap((workload) => ["", ...workloadLines(workload, leftOut, width)]),
  ];
  const remarks = remarksOn(report, leftOut, width);
  const all = [...lines, ...(remarks.length > 0 ? ["", ...remarks] : [])];
  return `${all.flatMap((line) => folded(line, width)).join("\n")}\n`;
}

function workloadLines(
  { title, operations, rows, targets }: WorkloadReport,
  leftOut: readonly string[],
  width: number,
): string[] {
  const table = tableLines(bySpeed(rows), leftOut, width);
  const nothing = table.length === 0 && rows.every(({ failure }) => failure === undefined);
  return [
    `${title} · ${countText(operations)} a run`,
    ...(nothing ? ["  not measured"] : table),
    ...rows.flatMap(({ name, failure }) => (failure === undefined ? [] : [`  ✗ ${name}: ${failure}`])),
    ...targets.flatMap(targetLines),
  ];
}

/** In the order in which they go where there is too little room: a rate is the time of each, turned over. */
const dispensable = ["per second", "range", "resident", "heap", "each", "in flight"];

/** The same columns for every table of the report: as many as fit. */
function titlesLeftOut(workloads: readonly WorkloadReport[], width: number): readonly string[] {
  const widest = (leftOut: readonly string[]) =>
    Math.max(
      ...workloads.flatMap(({ rows }) =>
        tableLines(bySpeed(rows), leftOut, width).map((line) => line.length),
      ),
    );
  for (let count = 0; count < dispensable.length; count += 1) {
    const leftOut = dispensable.slice(0, count);
    if (widest(leftOut) <= width) return leftOut;
  }
  return dispensable;
}

/** A name that is cut further than this tells nothing: then rather a column goes. */
const shortestName = 14;

/** Columns that nobody fills are left out. A name that is too long for the width is cut. */
function tableLines(
  rows: readonly Row[],
  leftOut: readonly string[],
  width = Number.POSITIVE_INFINITY,
): string[] {
  if (rows.length === 0) return [];
  const wholeRange = !leftOut.includes("range");
  const table = rows.map((row) => {
    const { ratio, each, perSecond, inFlight, heap, resident } = inWords(row);
    return [row.name, ratio, note(row, wholeRange), each, perSecond, inFlight, heap, resident];
  });
  const titles = ["", "× floor", "", "each", "per second", "in flight", "heap", "resident"];
  const kept = titles
    .map((_, column) => column)
    .filter((column) => !leftOut.includes(titles[column] ?? "") && table.some((line) => line[column]));
  const lines = [titles, ...table].map((line) => kept.map((column) => line[column] ?? "–"));
  const widths = kept.map((_, place) => Math.max(...lines.map((line) => line[place]?.length ?? 0)));
  const others = widths.slice(1).reduce((sum, one) => sum + one + 2, 2);
  widths[0] = Math.min(widths[0] ?? 0, Math.max(shortestName, width - others));
  const isText = kept.map((column) => titles[column] === "");
  return lines.map((line) => {
    const cells = line.map((cell, place) => {
      const room = widths[place] ?? 0;
      return isText[place] ? cut(cell, room).padEnd(room) : cell.padStart(room);
    });
    return `  ${cells.join("  ")}`.trimEnd();
  });
}

function note(row: Row, wholeRange: boolean): string {
  const whole = row.kind === "floor" ? "the floor" : (inWords(row).range ?? "");
  const range = wholeRange ? whole : "";
  return row.noisy ? `${range} ~`.trimStart() : range;
}

function targetLines({ strategy, against, atMost, ratio, reached, note }: TargetReport): string[] {
  const aim = `${strategy} ≤ ${ratioText(atMost)} × ${against}`;
  if (ratio === undefined) return [`  ? target ${aim}: not measured`];
  const line = `  ${reached === true ? "✓" : "✗"} target ${aim}: ${ratioText(ratio)}`;
  return note === undefined ? [line] : [line, `      ${note}`];
}

function remarksOn(
  { workloads, interrupted, profiles }: BenchReport,
  leftOut: readonly string[],
  width: number,
): string[] {
  const isNoisy = workloads.some(({ rows }) => rows.some((row) => row.noisy));
  return [
    ...(isNoisy
      ? ["~ too noisy: the rounds differ by more than 15 %. Repeat it while nothing else runs."]
      : []),
    ...(interrupted ? ["Stopped before it was through: this is what was measured until then."] : []),
    ...(leftOut.length > 0
      ? [`Left out, to fit into ${width} columns: ${leftOut.join(", ")}. --json has all of it.`]
      : []),
    ...profiles.map((file) => `Written: ${file}`),
  ];
}

function cut(text: string, room: number): string {
  return text.length <= room ? text : `${text.slice(0, Math.max(0, room - 1))}…`;
}

/** A line that is too long goes on below, further in. A word that is longer than a line is broken. */
function folded(line: string, width: number): string[] {
  const indent = /^ */.exec(line)?.[0] ?? "";
  const lines: string[] = [];
  let rest = line;
  while (rest.length > width) {
    const margin = `${indent}    `;
    const space = rest.lastIndexOf(" ", width);
    const end = space > margin.length ? space : width;
    lines.push(rest.slice(0, end).trimEnd());
    rest = margin + rest.slice(end).trim();
  }
  return [...lines, rest];
}
