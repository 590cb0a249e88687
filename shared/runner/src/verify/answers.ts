import type { Answer, Judge, Judgement, TestOutcome } from "@pattern-labs/testkit/judge";
import type { Lab } from "../road.ts";
import { coreFiles, partOf, testFiles } from "../test-files.ts";
import { count, duration } from "../text.ts";
import { holds, toVerdict } from "../verdict.ts";
import { type Check, check } from "./check.ts";
import { listedGuarantees } from "./texts.ts";

/** Whether a whole and different correct answer passes the core. */
export interface AcceptedVerdict {
  readonly id: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** What the tests say about the reference, the starter and the accepted answers. */
export interface AnswersVerdict {
  readonly checks: readonly Check[];
  readonly accepted: readonly AcceptedVerdict[];
  /** What every test said of the reference. */
  readonly reference: Judgement;
}

/** Judges every answer that a lab comes with. */
export async function checkAnswers(
  lab: Lab,
  judge: Judge,
  accepted: readonly string[],
  signal: AbortSignal,
): Promise<AnswersVerdict> {
  const answers: readonly Answer[] = [
    { kind: "reference" },
    { kind: "starter" },
    ...accepted.map((id) => ({ kind: "accepted", id }) as const),
  ];
  const all = testFiles(lab);
  const core = coreFiles(lab);
  const began = performance.now();
  const judgements = await judge.run(
    answers.map((answer) => ({ answer, files: answer.kind === "reference" ? all : core, signal })),
  );
  signal.throwIfAborted();
  const [reference, starter, ...others] = judgements;
  if (reference === undefined || starter === undefined) throw new Error("The judge gave no judgement.");
  return {
    reference,
    checks: [
      checkReference(reference, performance.now() - began),
      checkGuarantees(lab, reference.tests),
      checkStarter(lab, starter),
    ],
    accepted: others.map((judgement, index) => acceptedVerdict(lab, accepted[index] ?? "", judgement)),
  };
}

function checkReference({ tests, problems }: Judgement, ms: number): Check {
  const faults = [
    ...problems.map(({ message }) => message),
    ...tests
      .filter((test) => test.state === "failed")
      .map((test) => `${test.title}: ${test.failure?.message ?? ""}`),
    ...tests.filter((test) => test.state === "skipped").map((test) => `${test.title}: skipped`),
    ...(tests.length === 0 ? ["there are no tests"] : []),
  ];
  return check(
    "the reference passes every test",
    faults,
    `${count(tests.length, "test")} in ${duration(ms)}`,
  );
}

/** The README's guarantees and the tests, one to one. */
export function checkGuarantees(lab: Lab, tests: readonly TestOutcome[]): Check {
  const listed = listedGuarantees(lab);
  const tested = tests.map((test) => ({ test, number: numberOf(test.title) }));
  const faults = [
    ...tested.flatMap(({ test, number }) =>
      number === undefined
        ? [`${test.file}: the title "${test.title}" does not begin with its guarantee's number`]
        : [],
    ),
    ...tested.flatMap(({ test, number }) =>
      number !== undefined && !isAtHome(test, number) ? [misplaced(test)] : [],
    ),
    ...repeated(listed).map((number) => `README lists ${number} twice`),
    ...repeated(tested.flatMap(({ number }) => number ?? [])).map(
      (number) => `two tests are called ${number}`,
    ),
    ...listed
      .filter((number) => !tested.some((one) => one.number === number))
      .map((n) => `no test is called ${n}`),
    ...tested.flatMap(({ number }) =>
      number !== undefined && !listed.includes(number) ? [`README does not list ${number}`] : [],
    ),
  ];
  return check("guarantees and tests match one to one", faults, count(listed.length, "guarantee"));
}

/** The starter is a beginning: it can be loaded, and every step tells at once that it is not written yet. */
function checkStarter(lab: Lab, judgement: Judgement): Check {
  const verdict = toVerdict(lab, "starter", judgement);
  const faults = [
    ...judgement.problems.map(({ message }) => message),
    ...verdict.steps.filter((step) => step.failed === 0).map((step) => `no test of step ${step.step} fails`),
    ...verdict.steps
      .flatMap((step) => step.tests)
      .filter((test) => test.failure?.kind === "hung")
      .map((test) => `${test.title}: hangs`),
  ];
  const slowest = Math.max(0, ...judgement.tests.map((test) => test.ms));
  return check("the starter fails fast in every step", faults, `slowest test ${duration(slowest)}`);
}

function acceptedVerdict(lab: Lab, id: string, judgement: Judgement): AcceptedVerdict {
  const { steps, problems } = toVerdict(lab, "reference", judgement, coreFiles(lab));
  const failed = steps.flatMap((step) => step.tests).filter((test) => test.state === "failed");
  const faults = [
    ...problems,
    ...failed.map((test) => ({ message: `${test.title}: ${test.failure?.message ?? ""}` })),
  ];
  const ok = problems.length === 0 && steps.every(holds);
  return { id, ok, detail: faults.map(({ message }) => message).join("\n") };
}

function numberOf(title: string): string | undefined {
  return /^((?:\d+|[a-z][a-z0-9-]*)\.\d+)\s/.exec(title)?.[1];
}

function isAtHome({ file }: TestOutcome, number: string): boolean {
  const part = partOf(file);
  const owner = number.slice(0, number.lastIndexOf("."));
  return part !== undefined && owner === ("step" in part ? String(part.step) : part.challenge);
}

function misplaced({ title, file }: TestOutcome): string {
  return `"${title}" stands in ${file}, the file of another step`;
}

function repeated(numbers: readonly string[]): string[] {
  return [...new Set(numbers.filter((number, index) => numbers.indexOf(number) !== index))];
}
