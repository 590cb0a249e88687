import { stripVTControlCharacters } from "node:util";
import type { TestOutcome } from "@pattern-labs/testkit/judge";
import { gist, storyLines, tellFailure } from "./failure-view.ts";
import type { Paint } from "./paint.ts";
import type { Lab } from "./road.ts";
import { count, cut, enumerate, hang, indent, withoutDoubleBlanks } from "./text.ts";
import type { TypeProblem } from "./type-check.ts";
import {
  type ChallengeVerdict,
  couldNotRun,
  holds,
  isNotWritten,
  type LabVerdict,
  type StepVerdict,
} from "./verdict.ts";
import type { ViewOptions } from "./view.ts";

/** A lab's verdict as plain lines: what `lab test` prints. */
export function verdictLines(lab: Lab, verdict: LabVerdict, view: ViewOptions): string[] {
  const options = { ...view, target: verdict.target };
  const { paint } = view;
  const { untold, lines: problemLines } = tellProblems(lab, verdict, options);
  const ran = verdict.steps.filter((step) => verdict.problems.length === 0 || !couldNotRun(step));
  const steps = ran.flatMap((step) => [
    paint.strong(`Step ${step.step} · ${step.title}`),
    ...indent(partLines(lab, step, options, untold), 2),
    "",
  ]);
  const challenges = verdict.challenges.flatMap((part) =>
    part.attempted
      ? [paint.strong(`Challenge ${part.challenge}`), ...indent(partLines(lab, part, options, untold), 2), ""]
      : [],
  );
  const open = verdict.challenges.filter((part) => !part.attempted).map((part) => part.challenge);
  const notTaken = open.length === 0 ? [] : [paint.dim(`Challenges not taken up: ${enumerate(open)}`), ""];
  return withoutDoubleBlanks([...problemLines, ...steps, ...challenges, ...notTaken]);
}

/** What went wrong before any test could speak, told once and before everything else. */
function tellProblems(
  lab: Lab,
  verdict: LabVerdict,
  options: ViewOptions,
): { untold: Untold; lines: string[] } {
  const { paint, width } = options;
  const told = new Set(verdict.problems.map((problem) => problem.message));
  const lines = verdict.problems.flatMap((problem) => [
    paint.bad(problemHeading(verdict)),
    ...indent(storyLines(tellFailure(problem, lab.name), paint, width - 4), 4),
    "",
  ]);
  return { untold: (outcome) => outcome.failure === undefined || !told.has(outcome.failure.message), lines };
}

/** What a problem that is tied to no test means for them. */
export function problemHeading({ steps, challenges }: LabVerdict): string {
  const wasSilenced = steps.some(couldNotRun) || challenges.some((challenge) => challenge.tests.length === 0);
  return wasSilenced ? "✘ The tests could not be run" : "✘ Something went wrong outside of the tests";
}

/** Whether a failure still has to be told in full. */
type Untold = (outcome: TestOutcome) => boolean;

function partLines(
  lab: Lab,
  part: StepVerdict | ChallengeVerdict,
  options: ViewOptions,
  untold: Untold,
): string[] {
  const open = part.tests.filter(isNotWritten);
  if (open.length > 0 && open.length === part.tests.length) {
    return [
      `${options.paint.warn("○")} not written yet ${options.paint.dim(`(${count(open.length, "test")})`)}`,
    ];
  }
  return part.tests.flatMap((test) => [testLine(test, options), ...failureLines(lab, test, options, untold)]);
}

/** One test in one line. */
export function testLine(test: TestOutcome, { paint }: Pick<ViewOptions, "paint">): string {
  const open = isNotWritten(test) ? ` ${paint.dim("not written yet")}` : "";
  return `${markOf(test, paint)} ${test.title}${open}`;
}

/** One failing test with everything it has to say. */
export function failureLines(
  lab: Lab,
  test: TestOutcome,
  options: ViewOptions,
  untold: Untold = () => true,
): string[] {
  if (test.failure === undefined || isNotWritten(test) || !untold(test)) return [];
  const story = tellFailure(test.failure, lab.name, test.title, options.target);
  return [...indent(storyLines(story, options.paint, options.width - 4), 4), ""];
}

/** One failing test with what happened, on one line if that is wide enough. */
export function briefLine(test: TestOutcome, options: ViewOptions): string {
  const { paint, width } = options;
  const told = test.failure === undefined || isNotWritten(test) ? "" : ` — ${gist(test.failure)}`;
  const room = width - 2 - test.title.length;
  return `${testLine(test, options)}${room < 12 ? "" : paint.dim(cut(told, room))}`;
}

/**
 * What the type checker has to say, in words. Of a text that cannot even be read the tests have told already, and
 * what the checker makes of its pieces helps nobody.
 */
export function typeLines(
  found: readonly TypeProblem[],
  verdict: LabVerdict,
  { paint, width }: ViewOptions,
): string[] {
  const isUnreadable = verdict.problems.some((problem) => problem.kind === "import");
  const problems = isUnreadable ? found.filter(isAboutSyntax) : found;
  if (problems.length === 0) return [];
  const shown = problems
    .slice(0, 5)
    .flatMap(({ where, text, code, stopsNode }) => [
      `${stopsNode ? paint.bad("✘") : paint.warn("!")} ${paint.accent(where)} ${paint.dim(code)}`,
      ...hang("", text, { margin: 4, width }),
    ]);
  const rest = problems.length > 5 ? [paint.dim(`… and ${problems.length - 5} more`)] : [];
  return [paint.strong("Types"), ...indent([...shown, ...rest], 2), ""];
}

/** A missing module has been told by whoever could not load it. */
function isAboutSyntax({ stopsNode, code }: TypeProblem): boolean {
  return stopsNode && code !== "TS2307";
}

const lastLinesOfOutput = 20;

/** What the answer printed while it was judged: the end of it. */
export function outputLines({ output }: LabVerdict, { paint, width }: ViewOptions): string[] {
  if (output === undefined) return [];
  const lines = stripVTControlCharacters(output).trimEnd().split("\n");
  const shown = lines.slice(-lastLinesOfOutput).map((line) => cut(line, width - 2));
  const left =
    lines.length > lastLinesOfOutput
      ? paint.dim(` (the last ${lastLinesOfOutput} lines of ${lines.length})`)
      : "";
  return [`${paint.strong("Printed")}${left}`, ...indent(shown, 2), ""];
}

function markOf(test: TestOutcome, paint: Paint): string {
  if (test.state === "passed") return paint.good("✔");
  if (test.state === "skipped") return paint.dim("-");
  return isNotWritten(test) ? paint.warn("○") : paint.bad("✘");
}

/** The verdict in one sentence. */
export function summary(verdict: LabVerdict, types: readonly TypeProblem[], { paint }: ViewOptions): string {
  const total = verdict.passed + verdict.failed;
  const whole = `${verdict.passed} of ${count(total, "core test")} ${total === 1 ? "passes" : "pass"}`;
  const next = verdict.steps.find((step) => !holds(step));
  if (next === undefined) {
    const refused = types.some((problem) => problem.stopsNode);
    const but = refused ? ` ${paint.bad("But node itself refuses to run it: see Types.")}` : "";
    return paint.good(`✔ ${whole}.`) + but;
  }
  return `${paint.bad(`✘ ${whole}.`)} Work on step ${next.step}: ${next.title}.`;
}
