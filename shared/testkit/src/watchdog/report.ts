import type { StackFrame } from "../stack-frames.ts";

/** Names the file descriptor on which a test process tells the judge what happens in it, where there is a judge. */
export const REPORT_FD_VARIABLE = "PATTERN_LABS_REPORT_FD";

/** Names the CPU time, in ms, after which a process whose event loop does not turn is given up. */
export const HUNG_AFTER_VARIABLE = "PATTERN_LABS_HUNG_AFTER_CPU_MS";

/** What a test process tells, a line of JSON each. */
export type Report = BegunReport | HungReport;

/** A test begins; `id` is vitest's. */
export interface BegunReport {
  readonly kind: "begun";
  readonly id: string;
  readonly title: string;
}

/** The process is stuck: in code that never returns, or in promises that never let anything else happen. */
export interface HungReport {
  readonly kind: "hung";
  readonly cpuMs: number;
  /** What was being run, innermost first; empty if that could not be found out. */
  readonly frames: readonly StackFrame[];
}

/** "Hung: the code has run for 5 s of CPU time without letting anything else happen, in submit (attempt/index.ts:42:7)" */
export function hungMessage(
  { cpuMs }: HungReport,
  place?: { readonly name: string; readonly where: string },
): string {
  const what = `Hung: the code has run for ${cpuMs / 1_000} s of CPU time without letting anything else happen`;
  if (place === undefined) return what;
  return place.name === "" ? `${what}, at ${place.where}` : `${what}, in ${place.name} (${place.where})`;
}
