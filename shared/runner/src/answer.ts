import { existsSync } from "node:fs";
import { join } from "node:path";
import { Complaint } from "./complaint.ts";
import type { Lab } from "./road.ts";
import type { Target } from "./verdict.ts";

/** The folder of an answer, from its lab. */
export function folderOf(target: Target): string {
  return target === "reference" ? "solution" : target;
}

/** The file that an answer starts at, from the root. */
export function answerPath(lab: Lab, target: Target): string {
  return `labs/${lab.name}/${folderOf(target)}/index.ts`;
}

/** An answer as a sentence calls it. */
export function nameOf(target: Target): string {
  return { attempt: "your attempt", reference: "the reference", starter: "the starter", bug: "bug/" }[target];
}

export function hasAnswer(lab: Lab, target: Target): boolean {
  return existsSync(join(lab.folder, folderOf(target), "index.ts"));
}

/** @throws {Complaint} That says how to come by the answer, where there is none. */
export function requireAnswer(lab: Lab, target: Target): void {
  if (hasAnswer(lab, target)) return;
  if (target === "attempt") {
    throw new Complaint(`There is no attempt at ${lab.name} yet.`, `Begin with: npx lab start ${lab.name}`);
  }
  if (target === "bug") {
    throw new Complaint(`There is no bug to look for in ${lab.name}.`, `To get one: npx lab bug ${lab.name}`);
  }
  throw new Complaint(`${answerPath(lab, target)} is missing.`);
}
