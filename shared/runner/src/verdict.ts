import type { Failure, Judgement, TestOutcome } from "@pattern-labs/testkit/judge";
import type { Lab } from "./road.ts";
import { partOf, testFiles } from "./test-files.ts";

/** What the tests say about one step. */
export interface StepVerdict {
  readonly step: number;
  readonly title: string;
  readonly passed: number;
  readonly failed: number;
  readonly tests: readonly TestOutcome[];
}

/** What the tests say about one challenge; it is attempted when the answer names it in `attempted`. */
export interface ChallengeVerdict {
  readonly challenge: string;
  readonly attempted: boolean;
  readonly passed: number;
  readonly failed: number;
  readonly tests: readonly TestOutcome[];
}

export type Target = "reference" | "attempt" | "starter" | "bug";

/** What the tests say about an answer. `passed` and `failed` count the tests of the core; challenges are beyond it. */
export interface LabVerdict {
  readonly lab: string;
  readonly target: Target;
  readonly steps: readonly StepVerdict[];
  readonly challenges: readonly ChallengeVerdict[];
  readonly passed: number;
  readonly failed: number;
  /** What kept tests from being run at all: the answer could not be loaded, the process died. */
  readonly problems: readonly Failure[];
  /** What the answer printed. */
  readonly output?: string;
}

/** Sorts the outcomes of a run by step and challenge. `files` are those that were asked for. */
export function toVerdict(
  lab: Lab,
  target: Target,
  judgement: Judgement,
  files: readonly string[] = testFiles(lab),
): LabVerdict {
  const problems = withoutRepetition(judgement.problems);
  const asked = files.map((file) => partOf(file)).filter((part) => part !== undefined);
  const outcomesOf = (file: string) => judgement.tests.filter((outcome) => outcome.file === file);
  const isSilent = (file: string) => outcomesOf(file).length === 0;
  // A silent file explains one problem. One more is an accident beside the tests, an unhandled rejection for instance.
  // Somebody must answer for it: the first step does.
  const isExplained = judgement.problems.length <= files.filter(isSilent).length;
  const accident = isExplained ? undefined : problems.at(-1);

  let isFirst = true;
  const steps = lab.steps.flatMap((title, index) => {
    const step = index + 1;
    const own = files.filter((file) => sameStep(file, step));
    if (own.length === 0) return [];
    // A file that told nothing did not pass: something kept its tests from being run.
    const told = own.flatMap((file) => (isSilent(file) ? [notRun(file, problems[0])] : outcomesOf(file)));
    const tests = isFirst && accident !== undefined ? [...told, accidental(own[0] ?? "", accident)] : told;
    isFirst = false;
    return [{ step, title, ...tally(tests), tests }];
  });
  const challenges = lab.challenges.flatMap((challenge) => {
    if (!asked.some((part) => "challenge" in part && part.challenge === challenge)) return [];
    const tests = judgement.tests.filter((outcome) => sameChallenge(outcome.file, challenge));
    const attempted = tests.some((outcome) => outcome.state !== "skipped");
    return [{ challenge, attempted, ...tally(tests), tests }];
  });
  return { lab: lab.name, target, steps, challenges, ...sum(steps), problems };
}

/** Every test of a verdict, those of the challenges last. */
export function testsOf({ steps, challenges }: Pick<LabVerdict, "steps" | "challenges">): TestOutcome[] {
  return [...steps, ...challenges].flatMap((part) => part.tests);
}

/** Whether a step, or a challenge, holds: at least one test said so and none said otherwise. */
export function holds(part: { readonly passed: number; readonly failed: number }): boolean {
  return part.passed > 0 && part.failed === 0;
}

/** Whether every step that was judged holds. */
export function coreHolds(verdict: LabVerdict): boolean {
  return verdict.steps.length > 0 && verdict.steps.every(holds);
}

/** Whether the tests of a part never got to run, for a reason that `problems` tells. */
export function couldNotRun({ tests }: Pick<StepVerdict, "tests">): boolean {
  return tests.length > 0 && tests.every((test) => test.title === notRunTitle);
}

/** Whether the test fails only because its part of the answer has not been written yet. */
export function isNotWritten(outcome: TestOutcome): boolean {
  return outcome.failure?.kind === "todo";
}

function sameStep(file: string, step: number): boolean {
  const part = partOf(file);
  return part !== undefined && "step" in part && part.step === step;
}

function sameChallenge(file: string, challenge: string): boolean {
  const part = partOf(file);
  return part !== undefined && "challenge" in part && part.challenge === challenge;
}

function tally(tests: readonly TestOutcome[]): { passed: number; failed: number } {
  return {
    passed: tests.filter((test) => test.state === "passed").length,
    failed: tests.filter((test) => test.state === "failed").length,
  };
}

function sum(steps: readonly StepVerdict[]): { passed: number; failed: number } {
  return {
    passed: steps.reduce((total, step) => total + step.passed, 0),
    failed: steps.reduce((total, step) => total + step.failed, 0),
  };
}

function accidental(file: string, failure: Failure): TestOutcome {
  return { file, title: "nothing goes wrong outside of the tests", state: "failed", ms: 0, failure };
}

const notRunTitle = "the tests of this step could not be run";

function notRun(file: string, cause: Failure | undefined): TestOutcome {
  const failure = cause ?? { kind: "error", message: `${file} has no test that ran.` };
  return { file, title: notRunTitle, state: "failed", ms: 0, failure };
}

/** The same trouble turns up once a test file; it is told once. */
function withoutRepetition(problems: readonly Failure[]): Failure[] {
  const seen = new Set<string>();
  return problems.filter(({ message }) => {
    const trouble = message.replace(/ \(test file: .*\)$/, "");
    const isNew = !seen.has(trouble);
    seen.add(trouble);
    return isNew;
  });
}
