import type { Contender } from "../contender.ts";
import type { Target } from "../define-bench.ts";
import { type BenchReport, reportWorkload, type WorkloadReport } from "../report.ts";

/** A contender that took so many nanoseconds in each round. */
export function contender(name: string, rounds: readonly number[], more: Partial<Contender> = {}): Contender {
  return {
    name,
    strategy: name,
    ours: true,
    index: 0,
    conditions: [],
    failure: undefined,
    counts: undefined,
    rounds: [...rounds],
    ...more,
  };
}

export function workloadOf(
  contenders: readonly Contender[],
  targets: readonly Target[] = [],
): WorkloadReport {
  const floor = contenders[0]?.strategy ?? "";
  return reportWorkload({ title: "a & b", operations: 2_000, floor, strategies: [], targets }, contenders);
}

export function reportOf(...workloads: readonly WorkloadReport[]): BenchReport {
  return {
    title: "Lists <fast>",
    machine: { cpu: "Abacus 1", cores: 2, node: "26.0.0", system: "linux x64" },
    date: "2026-11-21",
    interrupted: false,
    rounds: 5,
    seconds: 1,
    workloads,
    profiles: [],
  };
}
