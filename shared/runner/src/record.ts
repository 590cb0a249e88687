import { attemptHash, judgeHash } from "./attempt.ts";
import { withOutcome } from "./position.ts";
import { type Pass, type Progress, updateProgress } from "./progress.ts";
import type { Lab } from "./road.ts";
import { holds, type LabVerdict } from "./verdict.ts";

/** The hashes of an attempt and of its judges at one moment; taken before a run, for both may change during it. */
export function sealOf(lab: Lab): Pass {
  return { attempt: attemptHash(lab), judgedBy: judgeHash(lab) };
}

/** Notes in the progress what passed. Only an attempt counts as progress. */
export function recordVerdict(root: string, lab: Lab, verdict: LabVerdict, seal: Pass): Progress {
  const steps = new Map(verdict.steps.map((part) => [part.step, holds(part)]));
  const challenges = new Map(
    verdict.challenges.map((part) => [part.challenge, part.attempted && holds(part)]),
  );
  return updateProgress(root, lab.name, (before) => withOutcome(before, seal, { steps, challenges }));
}
