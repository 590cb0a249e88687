import { describeMachine } from "./machine.ts";
import { countText, ratioText } from "./numbers.ts";
import type { BenchReport, Row, TargetReport, WorkloadReport } from "./report.ts";
import { bySpeed, inWords } from "./rows.ts";

/** The report as text: for each workload the strategies, the quickest first, and what went wrong. */
export function toTable(report: BenchReport): string {
  const lines = [
    report.title,
    `${describeMachine(report.machine)} · ${report.date}`,
    ...report.workloads.flatMap((workload) => ["", ...workloadLines(workload)]),
  ];
  const remarks = remarksOn(report);
  return `${[...lines, ...(remarks.length > 0 ? ["", ...remarks] : [])].join("\n")}\n`;
}

function workloadLines({ title, operations, rows, targets }: WorkloadReport): string[] {
  const table = tableLines(bySpeed(rows));
  const nothing = table.length === 0 && rows.every(({ failure }) => failure === undefined);
  return [
    `${title} · ${countText(operations)} a run`,
    ...(nothing ? ["  not measured"] : table),
    ...rows.flatMap(({ name, failure }) => (failure === undefined ? [] : [`  ✗ ${name}: ${failure}`])),
    ...targets.flatMap(targetLines),
  ];
}

/** Columns that nobody fills are left out. */
function tableLines(rows: readonly Row[]): string[] {
  if (rows.length === 0) return [];
  const table = rows.map((row) => {
    const { ratio, each, perSecond, inFlight, heap, resident } = inWords(row);
    return [row.name, ratio, note(row), each, perSecond, inFlight, heap, resident];
  });
  const titles = ["", "× floor", "", "each", "per second", "in flight", "heap", "resident"];
  const kept = titles.map((_, column) => column).filter((column) => table.some((line) => line[column]));
  const lines = [titles, ...table].map((line) => kept.map((column) => line[column] ?? "–"));
  const widths = kept.map((_, place) => Math.max(...lines.map((line) => line[place]?.length ?? 0)));
  const isText = kept.map((column) => titles[column] === "");
  return lines.map((line) => {
    const cells = line.map((cell, place) =>
      isText[place] ? cell.padEnd(widths[place] ?? 0) : cell.padStart(widths[place] ?? 0),
    );
    return `  ${cells.join("  ")}`.trimEnd();
  });
}

function note(row: Row): string {
  const range = row.kind === "floor" ? "the floor" : (inWords(row).range ?? "");
  return row.noisy ? `${range} ~`.trimStart() : range;
}

function targetLines({ strategy, against, atMost, ratio, reached, note }: TargetReport): string[] {
  const aim = `${strategy} ≤ ${ratioText(atMost)} × ${against}`;
  if (ratio === undefined) return [`  ? target ${aim}: not measured`];
  const line = `  ${reached === true ? "✓" : "✗"} target ${aim}: ${ratioText(ratio)}`;
  return note === undefined ? [line] : [line, `      ${note}`];
}

function remarksOn({ workloads, interrupted, profiles }: BenchReport): string[] {
  const isNoisy = workloads.some(({ rows }) => rows.some((row) => row.noisy));
  return [
    ...(isNoisy
      ? ["~ too noisy: the rounds differ by more than 15 %. Repeat it while nothing else runs."]
      : []),
    ...(interrupted ? ["Stopped before it was through: this is what was measured until then."] : []),
    ...profiles.map((file) => `Written: ${file}`),
  ];
}
