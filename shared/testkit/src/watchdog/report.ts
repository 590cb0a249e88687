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
  readonly frames: readonly HungFrame[];
}

export interface HungFrame {
  readonly name: string;
  /** An absolute path. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** "Hung: the code has run for 5 s of CPU time without letting anything else happen, in submit (attempt/index.ts:42:7)" */
export function hungMessage({ cpuMs }: HungReport, frame?: HungFrame, where?: string): string {
  const place = frame === undefined ? "" : `, in ${frame.name === "" ? "" : `${frame.name} `}(${where})`;
  return `Hung: the code has run for ${Math.round(cpuMs / 100) / 10} s of CPU time without letting anything else happen${place}`;
}
