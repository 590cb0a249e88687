import { existsSync } from "node:fs";
import { join } from "node:path";
import { attemptPath, copyStarter, putAttemptAside, starterHash } from "../attempt.ts";
import { Complaint } from "../complaint.ts";
import { askYesNo } from "../confirm.ts";
import { forgetAttempt, updateProgress } from "../progress.ts";
import type { Lab } from "../road.ts";
import type { Session } from "../session.ts";
import { status } from "../status.ts";

/** `lab reset`: puts the attempt aside and starts afresh. */
export async function reset(
  session: Session,
  name: string | undefined,
  { yes }: { yes: boolean },
): Promise<number> {
  const lab = session.labAtHand(name);
  if (!existsSync(join(lab.folder, "attempt"))) {
    throw new Complaint(
      `There is no attempt at ${lab.name} to put aside.`,
      `Begin with: npx lab start ${lab.name}`,
    );
  }
  if (!yes) {
    if (!session.interactive) {
      throw new Complaint("Without a terminal, reset needs --yes.", `npx lab reset ${lab.name} --yes`);
    }
    const message = `Put your attempt at ${lab.name} aside (it is kept) and start afresh?`;
    const wanted = await askYesNo(session, message, { initialValue: false });
    if (wanted === undefined) return status.interrupted;
    if (!wanted) return status.held;
  }
  session.say(startAfresh(session.root, lab), `A fresh one: ${session.paint.accent(attemptPath(lab))}`);
  return status.held;
}

/** Puts the attempt aside, copies the starter anew, and forgets what passed. Says in a line where the old attempt is. */
export function startAfresh(root: string, lab: Lab): string {
  const isThere = existsSync(join(lab.folder, "attempt"));
  const told = isThere
    ? `Your attempt is kept in ${putAttemptAside(root, lab)}`
    : "There was no attempt to keep.";
  copyStarter(lab);
  forgetAttempt(root, lab.name);
  updateProgress(root, lab.name, (before) => ({ ...before, starter: starterHash(lab) }));
  return told;
}
