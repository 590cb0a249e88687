import type { Mutant } from "@pattern-labs/testkit/mutants";
import { answerPath } from "../answer.ts";
import {
  beginHunt,
  brokenFiles,
  candidates,
  endHunt,
  type Hunt,
  pick,
  readHunt,
  repairs,
} from "../bug/hunt.ts";
import { changes, named, notYet, refusedByNode, sameAsReference } from "../bug/view.ts";
import { Complaint } from "../complaint.ts";
import { openJudge } from "../judging.ts";
import { lockLines, lockOf } from "../locked.ts";
import { readMutants } from "../mutants.ts";
import { isPassed, positionIn } from "../position.ts";
import { type LabProgress, noLabProgress, updateProgress } from "../progress.ts";
import type { Lab } from "../road.ts";
import type { Session } from "../session.ts";
import { status } from "../status.ts";
import { count, enumerate, withoutDoubleBlanks, wrap } from "../text.ts";
import { showProgress } from "../ticker.ts";
import { checkTypes, type TypeProblem } from "../type-check.ts";
import { type LabVerdict, testsOf } from "../verdict.ts";

export interface BugOptions {
  readonly giveUp?: boolean;
  readonly new?: boolean;
  readonly seed?: string;
}

/** `lab bug`: after a pass, one mistake to find in a copy of the reference. */
export async function bug(session: Session, name: string | undefined, options: BugOptions): Promise<number> {
  const lab = session.labAtHand(name);
  const position = positionIn(lab, session.progress());
  if (!isPassed(position)) {
    const lock = lockOf(position, "Bugs are hidden in the reference, which is for afterwards.");
    session.say(...lockLines(lock, session));
    return status.failed;
  }
  if (options.giveUp === true && options.new === true) {
    throw new Complaint("--give-up and --new exclude each other: choose one of them.");
  }
  const { mutants, fault } = await readMutants(lab);
  if (fault !== undefined) throw new Complaint(`${lab.name} has no bugs to look for: ${fault}.`);

  const hunt = readHunt(lab);
  const mutant = mutants.find(({ id }) => id === hunt?.id);
  const isOn = hunt !== undefined && mutant !== undefined && !hunt.isOver;
  if (options.giveUp === true) {
    if (!isOn) throw new Complaint(`There is no bug to give up in ${lab.name}.`, `npx lab bug ${lab.name}`);
    return await giveUp(session, lab, hunt, mutant);
  }
  if (isOn && options.seed !== undefined && options.new !== true) {
    throw new Complaint(
      "--seed chooses the next bug, and one is hidden already.",
      "Add --new to replace it.",
    );
  }
  if (isOn && options.new !== true) return await judgeHunt(session, lab, hunt, mutant);
  const others = mutants.filter(({ id }) => id !== hunt?.id || !isOn);
  return await hideOne(session, lab, others, options.seed);
}

async function hideOne(
  session: Session,
  lab: Lab,
  mutants: readonly Mutant[],
  seed: string | undefined,
): Promise<number> {
  const { paint, root, width } = session;
  const mutant = pick(candidates(mutants, doneIn(session, lab)), seed);
  if (mutant === undefined) {
    session.say(`You have found every bug of ${lab.name}.`);
    return status.held;
  }
  await beginHunt(root, lab, mutant);
  updateProgress(root, lab.name, (before) => before);
  const again = `npx lab bug ${lab.name}`;
  session.say(
    ...wrap(
      `One mistake is hidden in ${paint.accent(`labs/${lab.name}/bug/`)}: a copy of the reference, broken in one way that real code gets broken. Read it, find it, and repair it there.${inChallenges(lab)}`,
      width,
    ),
    "",
    `When you have:          ${paint.accent(again)}`,
    `What fails (a hint):    ${paint.accent(`npx lab test ${lab.name} --target bug`)}`,
    `To have it named:       ${paint.accent(`${again} --give-up`)}`,
  );
  return status.held;
}

/** The reference takes up every challenge, and what a step asks for may well be in order. */
function inChallenges({ challenges }: Lab): string {
  return challenges.length === 0 ? "" : ` It may be in a challenge as well: ${enumerate(challenges)}.`;
}

async function judgeHunt(session: Session, lab: Lab, hunt: Hunt, mutant: Mutant): Promise<number> {
  const { paint, root } = session;
  const broken = await brokenFiles(root, lab, mutant);
  const repaired = repairs(lab, broken);
  if (repaired.length === 0) {
    session.say(
      `${paint.accent(answerPath(lab, "bug"))} and its neighbours are as they were given to you: the mistake is still in them.`,
      `What fails (a hint):    ${paint.accent(`npx lab test ${lab.name} --target bug`)}`,
      `To have it named:       ${paint.accent(`npx lab bug ${lab.name} --give-up`)}`,
      `Another one:            ${paint.accent(`npx lab bug ${lab.name} --new`)}`,
    );
    return status.failed;
  }
  const { verdict, types } = await judge(session, lab);
  const tests = testsOf(verdict);
  const failed = tests.filter((test) => test.state !== "passed");
  if (failed.length > 0 || verdict.problems.length > 0 || tests.length === 0) {
    session.say(...notYet(session, lab, verdict), ...refusedByNode(types, verdict, session));
    return status.failed;
  }
  endHunt(lab, hunt);
  note(session, lab, hunt, "found");
  tell(session, [
    `${paint.good("✔ Found.")} Every test passes again.`,
    "",
    ...named(session, lab, mutant, broken),
    ...(sameAsReference(broken, repaired) ? [] : ["", "What you changed:", ...changes(repaired, session)]),
    "",
    ...refusedByNode(types, verdict, session),
    ...standing(session, lab),
  ]);
  return status.held;
}

async function giveUp(session: Session, lab: Lab, hunt: Hunt, mutant: Mutant): Promise<number> {
  endHunt(lab, hunt);
  note(session, lab, hunt, "given up");
  const broken = await brokenFiles(session.root, lab, mutant);
  tell(session, [...named(session, lab, mutant, broken), "", ...standing(session, lab)]);
  return status.held;
}

function tell(session: Session, lines: readonly string[]): void {
  session.say(...withoutDoubleBlanks(lines));
}

async function judge(session: Session, lab: Lab): Promise<Judged> {
  const { signal } = session;
  using ticker = showProgress(session);
  const types = checkTypes(lab, "bug", signal);
  await using judge = await openJudge(lab);
  const verdict = await judge.judge({ target: "bug", signal, onStart: ticker.show });
  signal.throwIfAborted();
  return { verdict, types: await types };
}

interface Judged {
  readonly verdict: LabVerdict;
  readonly types: readonly TypeProblem[];
}

function standing(session: Session, lab: Lab): string[] {
  const { bugs } = doneIn(session, lab);
  const ended = Object.values(bugs);
  const found = ended.filter((end) => end === "found").length;
  const gaveUp = ended.length - found;
  const sums = [`${count(found, "bug")} found`, ...(gaveUp === 0 ? [] : [`${gaveUp} given up`])];
  return [`So far: ${enumerate(sums)}. Another one: ${session.paint.accent(`npx lab bug ${lab.name}`)}`];
}

function note(session: Session, lab: Lab, { id }: Hunt, end: LabProgress["bugs"][string]): void {
  updateProgress(session.root, lab.name, (before) => ({ ...before, bugs: { ...before.bugs, [id]: end } }));
}

function doneIn(session: Session, lab: Lab): LabProgress {
  return session.progress().labs[lab.name] ?? noLabProgress;
}
