import type { Mutant } from "@pattern-labs/testkit/mutants";
import { storyLines, tellFailure } from "../failure-view.ts";
import { briefLine, failureLines, problemHeading, testLine, typeLines } from "../judge-view.ts";
import type { Lab } from "../road.ts";
import type { Session } from "../session.ts";
import { count, indent, wrap } from "../text.ts";
import type { TypeProblem } from "../type-check.ts";
import { couldNotRun, type LabVerdict } from "../verdict.ts";
import { differenceLines } from "./difference.ts";
import type { ChangedFile } from "./hunt.ts";

/** Why it cannot be run, or else which guarantees do not hold: the first of them in full. */
export function notYet(session: Session, lab: Lab, verdict: LabVerdict): string[] {
  const { paint, width } = session;
  const view = { paint, width, target: verdict.target };
  const told = verdict.problems.flatMap((problem) => [
    paint.bad(problemHeading(verdict)),
    ...indent(storyLines(tellFailure(problem, lab.name), paint, width - 4), 4),
    "",
  ]);
  const tests = [...verdict.steps.filter((step) => !couldNotRun(step)), ...verdict.challenges].flatMap(
    (part) => part.tests,
  );
  const failed = tests.filter((test) => test.state !== "passed");
  const [first, ...others] = failed;
  if (failed.length === 0) return told;
  return [
    ...told,
    `${paint.bad("✘ Not yet.")} ${count(failed.length, "guarantee")} of ${tests.length} ${failed.length === 1 ? "does" : "do"} not hold:`,
    "",
    ...(first === undefined ? [] : [testLine(first, view), ...failureLines(lab, first, view)]),
    ...others.map((test) => briefLine(test, view)),
  ];
}

/** The mistake in words, and as a difference: what the reference has, and what was there instead. */
export function named(session: Session, lab: Lab, mutant: Mutant, broken: readonly ChangedFile[]): string[] {
  const { paint, width } = session;
  return [
    ...wrap(`The bug: ${paint.strong(mutant.bug)}. What it breaks: ${mutant.caughtBy}.`, width),
    "",
    `From the reference (-) to what was hidden in labs/${lab.name}/bug/ (+):`,
    ...changes(broken, session),
  ];
}

export function changes(files: readonly ChangedFile[], { paint }: Session): string[] {
  return files.flatMap(({ file, before, after }) => [
    "",
    paint.accent(file),
    ...differenceLines(before, after, paint),
  ]);
}

/** Whether the repair is the reference's own form. */
export function sameAsReference(broken: readonly ChangedFile[], repaired: readonly ChangedFile[]): boolean {
  return (
    repaired.length === broken.length &&
    repaired.every(({ file, after }) => broken.find((one) => one.file === file)?.before === after)
  );
}

/** Of the types only what node itself refuses is told: anything else might point at the mistake. */
export function refusedByNode(
  types: readonly TypeProblem[],
  verdict: LabVerdict,
  { paint, width }: Session,
): string[] {
  const refused = typeLines(
    types.filter(({ stopsNode }) => stopsNode),
    verdict,
    { paint, width },
  );
  return refused.length === 0 ? [] : ["", ...refused];
}
