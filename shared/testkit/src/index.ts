export { challenge } from "./challenge.ts";
export { type ExploreOptions, type ExploreReport, explore, ScheduleError, simulate } from "./explore.ts";
export { type Broken, GuaranteeError, guarantee } from "./guarantee.ts";
export { isPending } from "./is-pending.ts";
export * from "./leaks.ts";
export { type Exit, type ProcessOptions, type RunningProcess, startProcess } from "./process.ts";
export type { FaultKind, Scenario } from "./run-schedule.ts";
export type { Sim, Step } from "./simulation.ts";
export { isSoak, rounds, tellCounts } from "./soak.ts";
