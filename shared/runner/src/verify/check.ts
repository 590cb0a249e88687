/** One promise of a lab, and whether it is kept. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What was found: the faults, or in a few words what holds. */
  readonly detail: string;
}

/** A check that holds when it found no faults. */
export function check(name: string, faults: readonly string[], holds = ""): Check {
  return { name, ok: faults.length === 0, detail: faults.length === 0 ? holds : faults.join("\n") };
}
