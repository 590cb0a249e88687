import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { answerPath, hasAnswer } from "./answer.ts";
import { Complaint } from "./complaint.ts";
import { dateStamp } from "./date-stamp.ts";
import { filesIn, fingerprint } from "./fingerprint.ts";
import type { Lab } from "./road.ts";

/** The file that an answer starts at, from the root. */
export function attemptPath(lab: Lab): string {
  return answerPath(lab, "attempt");
}

export function hasAttempt(lab: Lab): boolean {
  return hasAnswer(lab, "attempt");
}

/** The hash of the attempt as it stands. */
export function attemptHash(lab: Lab): string {
  return fingerprint(lab.folder, ["attempt"]);
}

/** The hash of the starter as it stands. */
export function starterHash(lab: Lab): string {
  return fingerprint(join(lab.folder, "starter"));
}

/** The hash of what judges an attempt. */
export function judgeHash(lab: Lab): string {
  return fingerprint(lab.folder, ["test", "contract.ts"]);
}

/** Copies the starter to `attempt/`. There is never anything there that this could overwrite. */
export function copyStarter(lab: Lab): void {
  const attempt = join(lab.folder, "attempt");
  const starter = join(lab.folder, "starter");
  if (filesIn(attempt).length > 0) {
    throw new Complaint(
      `labs/${lab.name}/attempt holds files already, and they are left alone.`,
      `To put them aside and start afresh: npx lab reset ${lab.name}`,
    );
  }
  if (!existsSync(join(starter, "index.ts")))
    throw new Complaint(`labs/${lab.name}/starter/index.ts is missing.`);

  // Copied beside and then renamed: an interrupted copy leaves no half an attempt. A rename fails, rather than
  // overwrites, should files have appeared in the meantime.
  const scratch = mkdtempSync(join(lab.folder, ".starting-"));
  try {
    cpSync(starter, join(scratch, "attempt"), { recursive: true });
    renameSync(join(scratch, "attempt"), attempt);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * Moves the attempt to a dated folder of its own and returns that folder, from the root.
 *
 * The copies lie in `.attempts/`, outside of the lab: no test, linter or type check looks there. A .gitignore inside
 * keeps them out of commits and, unlike mere untracked files, safe from `git clean`.
 */
export function putAttemptAside(root: string, lab: Lab): string {
  return putAside(root, lab, "attempt");
}

/** The same for a hunt's folder, whose repairs are the learner's own as well. */
export function putBugAside(root: string, lab: Lab): string {
  return putAside(root, lab, "bug");
}

function putAside(root: string, lab: Lab, folder: "attempt" | "bug"): string {
  const shelf = join(root, ".attempts");
  mkdirSync(join(shelf, lab.name), { recursive: true });
  writeFileSync(join(shelf, ".gitignore"), "# Attempts that were put aside by `lab reset`.\n*\n");

  const stamp = `${dateStamp(new Date())}${folder === "bug" ? "-bug" : ""}`;
  const taken = (name: string) => existsSync(join(shelf, lab.name, name));
  let name = stamp;
  for (let n = 2; taken(name); n += 1) name = `${stamp}-${n}`;
  renameSync(join(lab.folder, folder), join(shelf, lab.name, name));
  return `.attempts/${lab.name}/${name}`;
}
