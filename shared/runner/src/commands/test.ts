import { createLogUpdate } from "log-update";
import { attemptPath, hasAttempt } from "../attempt.ts";
import { Complaint } from "../complaint.ts";
import { outputLines, summary, typeLines, verdictLines } from "../judge-view.ts";
import { openJudge } from "../judging.ts";
import { parseChallenge, parseStep, parseTarget } from "../options.ts";
import { recordVerdict, sealOf } from "../record.ts";
import type { Lab } from "../road.ts";
import type { Session } from "../session.ts";
import { status } from "../status.ts";
import { filesOfChallenge, filesOfStep, testFiles } from "../test-files.ts";
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
  const lab = session.lab(name);
  const target = options.target === undefined ? "attempt" : parseTarget(options.target);
  if (target === "attempt" && !hasAttempt(lab)) {
    throw new Complaint(`There is no attempt at ${lab.name} yet.`, `Begin with: npx lab start ${lab.name}`);
  }
  const files = chosenFiles(lab, options);
  // The test kit's explorer reads it in the process that runs the tests, which inherits this one's environment.
  if (options.replay !== undefined) process.env["LAB_REPLAY"] = options.replay;

  const { verdict, types } = await judgeOnce(session, lab, { target, files, title: options.title });
  session.signal.throwIfAborted();
  if (options.json === true) session.say(JSON.stringify({ ...verdict, types }, undefined, 2));
  else print(session, lab, verdict, types);
  return succeeded(verdict) ? status.held : status.failed;
}

function chosenFiles(lab: Lab, { step, challenge }: TestOptions): string[] {
  if (step !== undefined && challenge !== undefined) {
    throw new Complaint("--step and --challenge exclude each other: choose one of them.");
  }
  if (step !== undefined) {
    const number = parseStep(lab, step);
    return orComplain(filesOfStep(lab, number), `Step ${number} of ${lab.name} has no tests yet.`);
  }
  if (challenge !== undefined) {
    const id = parseChallenge(lab, challenge);
    return orComplain(filesOfChallenge(lab, id), `The challenge ${id} of ${lab.name} has no tests yet.`);
  }
  return orComplain(testFiles(lab), `${lab.name} has no tests yet.`);
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

/** Challenges never turn a verdict red, unless nothing else was asked for. */
function succeeded(verdict: LabVerdict): boolean {
  if (verdict.steps.length > 0) return coreHolds(verdict);
  return verdict.challenges.length > 0 && verdict.challenges.every(holds);
}

/** While the tests run, a terminal shows which one; elsewhere nothing is shown. */
function showProgress({
  interactive,
  terminal,
  paint,
}: Session): Disposable & { show: (title: string) => void } {
  if (!interactive) return { show: () => {}, [Symbol.dispose]: () => {} };
  const log = createLogUpdate(terminal.output);
  log(paint.dim("Judging …"));
  return {
    show: (title) => log(paint.dim(`Judging … ${title}`)),
    [Symbol.dispose]: () => {
      log.clear();
      log.done();
    },
  };
}

function print(session: Session, lab: Lab, verdict: LabVerdict, types: readonly TypeProblem[]): void {
  const options = { paint: session.paint, width: session.width };
  const path = {
    attempt: `your attempt (${attemptPath(lab)})`,
    reference: `the reference (labs/${lab.name}/solution/index.ts)`,
    starter: `the starter (labs/${lab.name}/starter/index.ts)`,
  }[verdict.target];
  session.say(`${session.paint.strong(lab.name)}: judging ${path}`, "");
  session.say(
    ...verdictLines(lab, verdict, options),
    ...typeLines(types, verdict, options),
    ...outputLines(verdict, options),
  );
  if (verdict.steps.length > 0) session.say(summary(verdict, types, options));
}
