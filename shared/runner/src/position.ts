import { attemptHash, hasAttempt, judgeHash } from "./attempt.ts";
import { type LabProgress, noLabProgress, type Pass, type Progress } from "./progress.ts";
import { type Lab, labsOf, type Road } from "./road.ts";

/** How a step or a challenge stands: passed by the attempt as it is, passed before something changed, or open. */
export type Standing = "passed" | "changed since" | "open";

/** Where the learner is in a lab. */
export interface Position {
  readonly lab: Lab;
  readonly started: boolean;
  readonly steps: readonly Standing[];
  readonly challenges: ReadonlyMap<string, Standing>;
  /** The first step that never passed; nothing when all have. */
  readonly step: number | undefined;
  /** Whether the attempt, or the lab that judged it, has changed since something passed. */
  readonly attemptChanged: boolean;
  readonly labChanged: boolean;
}

export function positionIn(lab: Lab, progress: Progress): Position {
  const started = hasAttempt(lab);
  const done = progress.labs[lab.name] ?? noLabProgress;
  const now: Pass = { attempt: started ? attemptHash(lab) : "", judgedBy: judgeHash(lab) };
  const steps = lab.steps.map((_, index) => standing(done.steps[String(index + 1)], now));
  const open = steps.indexOf("open");
  const passes = [...Object.values(done.steps), ...Object.values(done.challenges)];
  return {
    lab,
    started,
    steps,
    challenges: new Map(lab.challenges.map((id) => [id, standing(done.challenges[id], now)])),
    step: open === -1 ? undefined : open + 1,
    attemptChanged: started && passes.some((pass) => pass.attempt !== now.attempt),
    labChanged: passes.some((pass) => pass.judgedBy !== now.judgedBy),
  };
}

/** Whether every step of the core has passed. */
export function isPassed(position: Position): boolean {
  return position.step === undefined;
}

/**
 * The lab that the learner is at: the one whose folder they stand in, else the one worked on last, as long as a step
 * of it is open, else the first on the road with an open step.
 */
export function currentLab(road: Road, progress: Progress, around: string | undefined): Lab | undefined {
  const labs = labsOf(road);
  const named = (name: string | undefined) => labs.find((lab) => lab.name === name);
  const isOpen = (lab: Lab) => !isPassed(positionIn(lab, progress));

  const here = named(around);
  if (here !== undefined) return here;
  const last = named(progress.current);
  if (last !== undefined && isOpen(last)) return last;
  const from = last === undefined ? 0 : labs.indexOf(last);
  return labs.slice(from).find(isOpen) ?? labs.find(isOpen) ?? last ?? labs[0];
}

/**
 * The lab that one has in hand: the one whose folder they stand in, else the one worked on last, even when every step
 * of it has passed. That is the one to compare, to measure, to look for bugs in.
 */
export function labAtHand(road: Road, progress: Progress, around: string | undefined): Lab | undefined {
  const named = (name: string | undefined) => labsOf(road).find((lab) => lab.name === name);
  return named(around) ?? named(progress.current) ?? currentLab(road, progress, around);
}

/** Notes what passed just now, and forgets what no longer does. */
export function withOutcome(
  before: LabProgress,
  pass: Pass,
  outcome: {
    readonly steps: ReadonlyMap<number, boolean>;
    readonly challenges: ReadonlyMap<string, boolean>;
  },
): LabProgress {
  return {
    ...before,
    steps: noted(
      before.steps,
      pass,
      [...outcome.steps].map(([step, held]) => [String(step), held]),
    ),
    challenges: noted(before.challenges, pass, [...outcome.challenges]),
  };
}

/** A pass is replaced by a newer one; a failure takes away nothing, for the pass says what it was that passed. */
function noted(
  before: Record<string, Pass>,
  pass: Pass,
  outcomes: [string, boolean][],
): Record<string, Pass> {
  const passed = outcomes.filter(([, held]) => held).map(([key]) => [key, pass] as const);
  return { ...before, ...Object.fromEntries(passed) };
}

function standing(pass: Pass | undefined, now: Pass): Standing {
  if (pass === undefined) return "open";
  return pass.attempt === now.attempt && pass.judgedBy === now.judgedBy ? "passed" : "changed since";
}
