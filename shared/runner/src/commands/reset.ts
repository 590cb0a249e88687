import { existsSync } from "node:fs";
import { join } from "node:path";
import { confirm, isCancel } from "@clack/prompts";
import { attemptPath, copyStarter, putAttemptAside, starterHash } from "../attempt.ts";
import { Complaint } from "../complaint.ts";
import { forgetProgress, updateProgress } from "../progress.ts";
import type { Lab } from "../road.ts";
import type { Session } from "../session.ts";
import { status } from "../status.ts";

/** `lab reset`: puts the attempt aside and starts afresh. */
export async function reset(session: Session, name: string | undefined, { yes }: { yes: boolean }): Promise<number> {
  const lab = session.lab(name);
  if (!existsSync(join(lab.folder, "attempt"))) {
    throw new Complaint(`There is no attempt at ${lab.name} to put aside.`, `Begin with: npx lab start ${lab.name}`);
  }
  if (!yes) {
    if (!session.interactive) {
      throw new Complaint("Without a terminal, reset needs --yes.", `npx lab reset ${lab.name} --yes`);
    }
    const { input, output } = session.terminal;
    const message = `Put your attempt at ${lab.name} aside (it is kept) and start afresh?`;
    const wanted = await confirm({ message, initialValue: false, input, output });
    if (isCancel(wanted)) return status.interrupted;
    if (!wanted) return status.held;
  }
  const copy = startAfresh(session.root, lab);
  session.say(
    `Your attempt is kept in ${session.paint.accent(copy)}`,
    `A fresh one is at ${session.paint.accent(attemptPath(lab))}`,
  );
  return status.held;
}

/** Puts the attempt aside, copies the starter anew, and forgets what passed. Returns where the old attempt is. */
export function startAfresh(root: string, lab: Lab): string {
  const copy = putAttemptAside(root, lab);
  copyStarter(lab);
  forgetProgress(root, lab.name);
  updateProgress(root, lab.name, (before) => ({ ...before, starter: starterHash(lab) }));
  return copy;
}
