import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "./road.ts";

/** A part of a lab that is judged by itself. */
export type Part = { readonly step: number } | { readonly challenge: string };

const stepFile = /^(\d+)-.+\.test\.ts$/;
const challengeFile = /^challenge-(.+)\.test\.ts$/;

/** The test files of a lab, from its folder, in the order of the steps, then of the challenges. */
export function testFiles(lab: Lab): string[] {
  const folder = join(lab.folder, "test");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => stepFile.test(name) || challengeFile.test(name))
    .sort((a, b) => rank(lab, a) - rank(lab, b) || a.localeCompare(b))
    .map((name) => `test/${name}`);
}

/** The part of the lab that a test file judges. */
export function partOf(file: string): Part | undefined {
  const name = file.split("/").at(-1) ?? file;
  const step = stepFile.exec(name)?.[1];
  if (step !== undefined) return { step: Number(step) };
  const challenge = challengeFile.exec(name)?.[1];
  return challenge === undefined ? undefined : { challenge };
}

export function filesOfStep(lab: Lab, step: number): string[] {
  return testFiles(lab).filter((file) => {
    const part = partOf(file);
    return part !== undefined && "step" in part && part.step === step;
  });
}

export function filesOfChallenge(lab: Lab, challenge: string): string[] {
  return testFiles(lab).filter((file) => {
    const part = partOf(file);
    return part !== undefined && "challenge" in part && part.challenge === challenge;
  });
}

/** The test files of a step or a challenge. */
export function filesOfPart(lab: Lab, part: Part): string[] {
  return "step" in part ? filesOfStep(lab, part.step) : filesOfChallenge(lab, part.challenge);
}

/** The test files of all steps: those that decide whether an answer passes. */
export function coreFiles(lab: Lab): string[] {
  return testFiles(lab).filter((file) => "step" in (partOf(file) ?? {}));
}

function rank(lab: Lab, name: string): number {
  const part = partOf(name);
  if (part === undefined) return Number.POSITIVE_INFINITY;
  if ("step" in part) return part.step;
  const place = lab.challenges.indexOf(part.challenge);
  return 1000 + (place === -1 ? lab.challenges.length : place);
}
