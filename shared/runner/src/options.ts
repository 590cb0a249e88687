import { z } from "zod";
import { Complaint } from "./complaint.ts";
import { didYouMean } from "./nearest.ts";
import type { Lab } from "./road.ts";
import type { Part } from "./test-files.ts";
import { count } from "./text.ts";
import type { Target } from "./verdict.ts";

const targets = ["attempt", "reference", "starter", "bug"] as const satisfies readonly Target[];
const wholeNumber = z.string().regex(/^\d+$/).transform(Number);

/** The step that `--step` names. */
export function parseStep(lab: Lab, value: string): number {
  const step = wholeNumber.safeParse(value).data;
  if (step === undefined || step < 1 || step > lab.steps.length) {
    throw new Complaint(
      `--step must be a whole number from 1 to ${lab.steps.length}, got "${value}".`,
      `${lab.name} has ${count(lab.steps.length, "step")}: ${lab.steps.join(", ")}.`,
    );
  }
  return step;
}

/** The challenge that `--challenge` names. */
export function parseChallenge(lab: Lab, value: string): string {
  if (lab.challenges.includes(value)) return value;
  throw new Complaint(
    `${lab.name} has no challenge "${value}".${didYouMean(value, lab.challenges)}`,
    lab.challenges.length === 0 ? "It has none at all." : `Its challenges: ${lab.challenges.join(", ")}.`,
  );
}

/** What `--step` or `--challenge` asks for; undefined where neither is given. */
export function parsePart(
  lab: Lab,
  asked: { readonly step?: string; readonly challenge?: string },
): Part | undefined {
  const { step, challenge } = asked;
  if (step !== undefined && challenge !== undefined) {
    throw new Complaint("--step and --challenge exclude each other: choose one of them.");
  }
  if (step !== undefined) return { step: parseStep(lab, step) };
  return challenge === undefined ? undefined : { challenge: parseChallenge(lab, challenge) };
}

/** The tests that `--title` names: a part of a title says something, or it would be every test's. */
export function parseTitle(value: string): string {
  if (/[\p{L}\p{N}]/u.test(value)) return value;
  throw new Complaint(`--title must be a guarantee's number or a part of a test's title, got "${value}".`);
}

/** The answer that `--target` names. */
export function parseTarget(value: string): Target {
  const target = targets.find((candidate) => candidate === value);
  if (target !== undefined) return target;
  throw new Complaint(
    `--target must be one of ${targets.join(", ")}, got "${value}".${didYouMean(value, targets)}`,
  );
}
