import { Complaint } from "../complaint.ts";
import { hintKey, readHints } from "../hints.ts";
import { parsePart } from "../options.ts";
import { positionIn } from "../position.ts";
import { type LabProgress, noLabProgress, updateProgress } from "../progress.ts";
import type { Lab } from "../road.ts";
import type { Session } from "../session.ts";
import { status } from "../status.ts";
import type { Part } from "../test-files.ts";

/** `lab hint`: the next hint, one at a time. */
export function hint(
  session: Session,
  name: string | undefined,
  options: { step?: string; challenge?: string },
): number {
  const lab = session.lab(name);
  const part = chosenPart(session, lab, options);
  const { shown, total, isNew } = nextHint(session, lab, part);
  const last = shown.at(-1);
  if (last === undefined) throw new Complaint(`There are no hints for ${titleOf(lab, part)} yet.`);

  session.say(session.paint.strong(`${titleOf(lab, part)}, hint ${shown.length} of ${total}`), "", last, "");
  if (!isNew)
    session.say("That was the last one. All of them, and those of the other steps, are in HINTS.md.");
  return status.held;
}

/** The hints of a part that were shown so far, the new one included. */
export interface ShownHints {
  readonly shown: readonly string[];
  readonly total: number;
  /** False when all of them had been shown before. */
  readonly isNew: boolean;
}

/** Reveals one more hint and remembers it. */
export function nextHint(session: Session, lab: Lab, part: Part): ShownHints {
  const hints = readHints(lab, part);
  const before = shownHints(session, lab, part);
  const isNew = before.length < hints.length;
  const shown = hints.slice(0, before.length + (isNew ? 1 : 0));
  if (isNew) {
    const remember = (progress: LabProgress) => ({
      ...progress,
      hints: { ...progress.hints, [hintKey(part)]: shown.length },
    });
    updateProgress(session.root, lab.name, remember);
  }
  return { shown, total: hints.length, isNew };
}

/** The hints that were shown earlier. */
export function shownHints(session: Session, lab: Lab, part: Part): readonly string[] {
  const { hints } = session.progress().labs[lab.name] ?? noLabProgress;
  return readHints(lab, part).slice(0, hints[hintKey(part)] ?? 0);
}

function chosenPart(session: Session, lab: Lab, options: { step?: string; challenge?: string }): Part {
  const asked = parsePart(lab, options);
  if (asked !== undefined) return asked;
  const current = positionIn(lab, session.progress()).step;
  if (current !== undefined) return { step: current };
  throw new Complaint(
    `Every step of ${lab.name} has passed: there is no current one to give a hint for.`,
    `Name one: npx lab hint ${lab.name} --step 1, or --challenge ${lab.challenges[0] ?? "<id>"}`,
  );
}

function titleOf(lab: Lab, part: Part): string {
  return "step" in part ? `Step ${part.step} · ${lab.steps[part.step - 1]}` : `Challenge ${part.challenge}`;
}
