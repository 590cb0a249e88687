export type { ProfileKind } from "./assignment.ts";
export type { Answer } from "./contender.ts";
export {
  type Bench,
  defineBench,
  type InFlight,
  type Prepared,
  type Run,
  type Setting,
  type Strategy,
  type Target,
  type Workload,
} from "./define-bench.ts";
export { describeMachine, type Machine, thisMachine } from "./machine.ts";
export { countText, durationText, memoryText, ratioText } from "./numbers.ts";
export type { BenchReport, Row, TargetReport, WorkloadReport } from "./report.ts";
export { type Plan, type Progress, type RunOptions, runBench } from "./run-bench.ts";
export { showProgress } from "./show-progress.ts";
export type { Spread } from "./statistics.ts";
export { type FlatRow, type FlatTarget, type JsonReport, toJson, toRows } from "./to-json.ts";
export { toSvg } from "./to-svg.ts";
export { type TableOptions, toTable } from "./to-table.ts";
