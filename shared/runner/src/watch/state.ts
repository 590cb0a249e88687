import type { Position } from "../position.ts";
import type { Lab } from "../road.ts";
import type { Part } from "../test-files.ts";
import type { TypeProblem } from "../type-check.ts";
import type { LabVerdict, StepVerdict } from "../verdict.ts";

/** Everything that the screen of `lab watch` shows. */
export interface WatchState {
  readonly lab: Lab;
  /** The step, or the challenge, that is worked on. */
  readonly part: Part;
  readonly position: Position;
  readonly run: Run;
  /** What the last finished run of this part said; it stays while the next one is under way. */
  readonly result?: Result;
  /** What the type checker says about the text that was judged last. */
  readonly types: readonly TypeProblem[];
  readonly panel: Panel;
  /** One line about the last key. */
  readonly notice?: string;
  /** The first line of the body that is shown. */
  readonly scroll: number;
}

export type Run = { readonly state: "resting" } | { readonly state: "running"; readonly test?: string };

export interface Result {
  readonly verdict: LabVerdict;
  /** From the save to the verdict. */
  readonly ms: number;
  /** The steps before, judged again after this one passed. */
  readonly earlier?: readonly StepVerdict[];
}

/** What stands in the middle of the screen. */
export type Panel =
  | { readonly kind: "verdict" }
  | { readonly kind: "hints"; readonly shown: readonly string[]; readonly total: number }
  | { readonly kind: "road"; readonly lines: readonly string[] }
  | { readonly kind: "reset?" };

/** All that a lab has to work through: its steps, then its challenges. */
export function partsOf(lab: Lab): Part[] {
  const steps = lab.steps.map((_, index) => ({ step: index + 1 }));
  return [...steps, ...lab.challenges.map((challenge) => ({ challenge }))];
}

/** Whether two parts are the same. */
export function isSamePart(a: Part, b: Part): boolean {
  return "step" in a ? "step" in b && a.step === b.step : "challenge" in b && a.challenge === b.challenge;
}

/** The part that comes after this one. */
export function nextPart(lab: Lab, part: Part): Part | undefined {
  const parts = partsOf(lab);
  return parts[parts.findIndex((candidate) => isSamePart(candidate, part)) + 1];
}

/** Where to begin: at the first part that never passed, else at the last step. */
export function firstOpenPart({ lab, step, challenges }: Position): Part {
  if (step !== undefined) return { step };
  const open = lab.challenges.find((id) => challenges.get(id) === "open");
  return open === undefined ? { step: lab.steps.length } : { challenge: open };
}

/** "step 2 of 5 · Close and abort", "challenge priority". */
export function titleOfPart(lab: Lab, part: Part): string {
  if ("challenge" in part) return `challenge ${part.challenge}`;
  return `step ${part.step} of ${lab.steps.length} · ${lab.steps[part.step - 1]}`;
}
