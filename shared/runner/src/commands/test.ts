import { answerPath, nameOf, requireAnswer } from "../answer.ts";
import { Complaint } from "../complaint.ts";
import { outputLines, summary, typeLines, verdictLines } from "../judge-view.ts";
import { openJudge } from "../judging.ts";
import { parsePart, parseTarget, parseTitle } from "../options.ts";
import { recordVerdict, sealOf } from "../record.ts";
import type { Lab } from "../road.ts";
import type { Session } from "../session.ts";
import { status } from "../status.ts";
import { filesOfPart, testFiles } from "../test-files.ts";
import { showProgress } from "../ticker.ts";
import { checkTypes, type TypeProblem } from "../type-check.ts";
import { coreHolds, holds, type LabVerdict, type Target } from "../verdict.ts";

export interface TestOptions {
  readonly step?: string;
  readonly challenge?: string;
  readonly title?: string;
  readonly replay?: string;
  readonly target?: string;
  readonly json?: boolean;
}

/** `lab test`: judges an answer once. */
export async function test(
  session: Session,
  name: string | undefined,
  options: TestOptions,
): Promise<number> {
  const lab = session.labAtHand(name);
  const target = options.target === undefined ? "attempt" : parseTarget(options.target);
  const title = options.title === undefined ? undefined : parseTitle(options.title);
  requireAnswer(lab, target);
  const files = chosenFiles(lab, options);
  // The test kit's explorer reads it in the process that runs the tests, which inherits this one's environment.
  if (options.replay !== undefined) process.env["LAB_REPLAY"] = options.replay;

  const { verdict, types } = await judgeOnce(session, lab, { target, files, title });
  session.signal.throwIfAborted();
  if (options.json === true) session.say(JSON.stringify({ ...verdict, types }, undefined, 2));
  else print(session, lab, verdict, types);
  return succeeded(verdict) ? status.held : status.failed;
}

function chosenFiles(lab: Lab, options: TestOptions): string[] {
  const part = parsePart(lab, options);
  if (part === undefined) return orComplain(testFiles(lab), `${lab.name} has no tests yet.`);
  const name = "step" in part ? `Step ${part.step}` : `The challenge ${part.challenge}`;
  return orComplain(filesOfPart(lab, part), `${name} of ${lab.name} has no tests yet.`);
}

function orComplain(files: string[], complaint: string): string[] {
  if (files.length === 0) throw new Complaint(complaint);
  return files;
}

interface Chosen {
  readonly target: Target;
  readonly files: readonly string[];
  readonly title: string | undefined;
}

async function judgeOnce(session: Session, lab: Lab, { target, files, title }: Chosen) {
  const { signal } = session;
  const seal = sealOf(lab);
  using ticker = showProgress(session);
  const types = checkTypes(lab, target, signal);
  await using judge = await openJudge(lab);
  const titles = title === undefined ? {} : { titles: [title] };
  const verdict = await judge.judge({ target, files, signal, onStart: ticker.show, ...titles });
  if (verdict.steps.length + verdict.challenges.length + verdict.problems.length === 0) {
    throw new Complaint(`No test of ${lab.name} is called, or has in its title, "${title}".`);
  }
  if (target === "attempt" && title === undefined) recordVerdict(session.root, lab, verdict, seal);
  return { verdict, types: await types };
}

/** Challenges never turn a verdict red, unless nothing else was asked for, or the mistake of a bug hides there. */
function succeeded(verdict: LabVerdict): boolean {
  if (verdict.target === "bug") return [...verdict.steps, ...verdict.challenges].every(holds);
  if (verdict.steps.length > 0) return coreHolds(verdict);
  return verdict.challenges.length > 0 && verdict.challenges.every(holds);
}

function print(session: Session, lab: Lab, verdict: LabVerdict, types: readonly TypeProblem[]): void {
  const options = { paint: session.paint, width: session.width };
  const what = `${nameOf(verdict.target)} (${answerPath(lab, verdict.target)})`;
  session.say(`${session.paint.strong(lab.name)}: judging ${what}`, "");
  session.say(
    ...verdictLines(lab, verdict, options),
    ...typeLines(types, verdict, options),
    ...outputLines(verdict, options),
  );
  if (verdict.steps.length > 0) session.say(summary(verdict, types, options));
  if (verdict.target === "bug" && coreHolds(verdict) && !succeeded(verdict)) {
    session.say(session.paint.bad("✘ But not every challenge of the reference holds: the mistake is there."));
  }
}
