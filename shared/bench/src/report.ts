import type { Contender } from "./contender.ts";
import type { Workload } from "./define-bench.ts";
import type { Machine } from "./machine.ts";
import { relativeWidth, type Spread, spreadOf } from "./statistics.ts";

/** What a bench found. */
export interface BenchReport {
  readonly title: string;
  readonly machine: Machine;
  /** The day, as 2026-11-21. */
  readonly date: string;
  /** Whether it was stopped before it was through. What had been measured until then is in it. */
  readonly interrupted: boolean;
  /** In how many rounds each strategy was to be measured, and how long over all of them. */
  readonly rounds: number;
  readonly seconds: number;
  readonly workloads: readonly WorkloadReport[];
  /** The profiles that were written. */
  readonly profiles: readonly string[];
}

export interface WorkloadReport {
  readonly title: string;
  readonly operations: number;
  readonly floor: string;
  /** In the order in which the bench file has them. */
  readonly rows: readonly Row[];
  readonly targets: readonly TargetReport[];
}

/** One strategy. What was not measured is undefined. */
export interface Row {
  readonly name: string;
  readonly kind: "floor" | "ours" | "peer";
  /** Why it was not measured, or not to the end. */
  readonly failure: string | undefined;
  /** How many rounds were measured. */
  readonly rounds: number;
  readonly nsPerOperation: Spread | undefined;
  readonly perSecond: number | undefined;
  /** Its time over the floor's, in the same round each. */
  readonly ratio: Spread | undefined;
  /** Whether the rounds differ so much that the number means little. */
  readonly noisy: boolean;
  readonly peakInFlight: number | undefined;
  readonly heapMb: number | undefined;
  readonly rssMb: number | undefined;
}

export interface TargetReport {
  readonly strategy: string;
  readonly against: string;
  readonly atMost: number;
  /** Undefined if one of the two was not measured. */
  readonly ratio: number | undefined;
  readonly reached: boolean | undefined;
  /** Of one that was missed: why, and what was tried. */
  readonly note: string | undefined;
}

/** From this width of the middle half on, as a part of the median, a number is called noisy. */
const noisyFrom = 0.15;

export function reportWorkload(workload: Workload, contenders: readonly Contender[]): WorkloadReport {
  const { title, operations, floor, targets = [] } = workload;
  const floorOne = contenders.find((one) => one.strategy === floor && holds(one));
  const of = (strategy: string) => contenders.filter((one) => one.strategy === strategy);
  return {
    title,
    operations,
    floor,
    rows: contenders.map((one) => toRow(one, floor, floorOne)),
    targets: targets.flatMap(({ strategy, against, atMost, note }) =>
      of(strategy).flatMap((one) =>
        of(against).map((other) => {
          const ratio = holds(one) && holds(other) ? ratioOf(one, other)?.median : undefined;
          const reached = ratio === undefined ? undefined : ratio <= atMost;
          const missed = reached === false ? note : undefined;
          return { strategy: one.name, against: other.name, atMost, ratio, reached, note: missed };
        }),
      ),
    ),
  };
}

function toRow(one: Contender, floor: string, floorOne: Contender | undefined): Row {
  const { name, strategy, ours, failure, counts } = one;
  const times = holds(one) ? measured(one) : [];
  const nsPerOperation = spreadOf(times);
  const ratio = times.length > 0 && floorOne !== undefined ? ratioOf(one, floorOne) : undefined;
  const widths = [nsPerOperation, ratio].map((spread) => (spread === undefined ? 0 : relativeWidth(spread)));
  return {
    name,
    kind: strategy === floor ? "floor" : ours ? "ours" : "peer",
    failure,
    rounds: times.length,
    nsPerOperation,
    perSecond: nsPerOperation === undefined ? undefined : 1e9 / nsPerOperation.median,
    ratio,
    // A machine that was slow throughout a round slows both: then the times differ, and the ratio stands all the same.
    noisy: (strategy === floor ? (widths[0] ?? 0) : Math.min(...widths)) > noisyFrom,
    peakInFlight: counts?.peakInFlight,
    heapMb: counts?.heapMb,
    rssMb: counts?.rssMb,
  };
}

/** Compares round by round, so that what slowed a whole round down, slows both. */
function ratioOf(one: Contender, other: Contender): Spread | undefined {
  const ratios = one.rounds.flatMap((time, round) => {
    const base = other.rounds[round];
    return time === undefined || base === undefined ? [] : [time / base];
  });
  return spreadOf(ratios);
}

const holds = ({ failure }: Contender) => failure === undefined;
const measured = ({ rounds }: Contender) => rounds.filter((time) => time !== undefined);
