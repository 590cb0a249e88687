import type { BenchReport, Row } from "./report.ts";
import type { Spread } from "./statistics.ts";

/** The report as JSON, with what `toRows` gives. */
export function toJson(report: BenchReport): string {
  const { title, machine, date, interrupted, rounds, seconds, workloads, profiles } = report;
  const targets = workloads.flatMap(({ title: workload, targets }) =>
    targets.map(({ strategy, against, atMost, ratio, reached, note }) => ({
      workload,
      strategy,
      against,
      atMost: fourDigits(atMost),
      ratio: rounded(ratio),
      reached: reached ?? null,
      note: note ?? null,
    })),
  );
  const how = { machine, date, interrupted, rounds, seconds };
  const json: JsonReport = { title, ...how, rows: toRows(report), targets, profiles };
  return `${JSON.stringify(json, undefined, 2)}\n`;
}

/** What `toJson` writes, for who reads it again. */
export interface JsonReport
  extends Pick<
    BenchReport,
    "title" | "machine" | "date" | "interrupted" | "profiles" | "rounds" | "seconds"
  > {
  readonly rows: readonly FlatRow[];
  readonly targets: readonly FlatTarget[];
}

/** What was not measured is null. */
export interface FlatTarget {
  readonly workload: string;
  readonly strategy: string;
  readonly against: string;
  readonly atMost: number;
  readonly ratio: number | null;
  readonly reached: boolean | null;
  /** Of one that was missed: why, and what was tried. */
  readonly note: string | null;
}

/** The numbers alone: one row for each strategy of each workload, medians, with the quartiles beside them. */
export function toRows({ workloads }: BenchReport): FlatRow[] {
  return workloads.flatMap(({ title, floor, rows }) =>
    rows.map((row) => ({
      workload: title,
      floor,
      strategy: row.name,
      kind: row.kind,
      failure: row.failure ?? null,
      ratio: rounded(row.ratio?.median),
      ratioQuartiles: quartiles(row.ratio),
      nsPerOperation: rounded(row.nsPerOperation?.median),
      nsQuartiles: quartiles(row.nsPerOperation),
      perSecond: rounded(row.perSecond),
      rounds: row.rounds,
      noisy: row.noisy,
      peakInFlight: row.peakInFlight ?? null,
      heapMb: rounded(row.heapMb),
      rssMb: rounded(row.rssMb),
    })),
  );
}

/** What was not measured is null. */
export interface FlatRow {
  readonly workload: string;
  readonly floor: string;
  readonly strategy: string;
  readonly kind: Row["kind"];
  readonly failure: string | null;
  readonly ratio: number | null;
  readonly ratioQuartiles: readonly [number, number] | null;
  readonly nsPerOperation: number | null;
  readonly nsQuartiles: readonly [number, number] | null;
  readonly perSecond: number | null;
  readonly rounds: number;
  readonly noisy: boolean;
  readonly peakInFlight: number | null;
  readonly heapMb: number | null;
  readonly rssMb: number | null;
}

function quartiles(spread: Spread | undefined): [number, number] | null {
  return spread === undefined ? null : [fourDigits(spread.lower), fourDigits(spread.upper)];
}

function rounded(n: number | undefined): number | null {
  return n === undefined ? null : fourDigits(n);
}

const fourDigits = (n: number) => Number(n.toPrecision(4));
