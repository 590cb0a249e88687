import type { Answer, Judge, Judgement, ScreeningRequest, TestOutcome } from "@pattern-labs/testkit/judge";
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

/** What judges a lab's answers, and by what. */
export interface Judging {
  readonly lab: Lab;
  readonly judge: Judge;
  /** What every test said of the reference. */
  readonly reference: Judgement;
  readonly signal: AbortSignal;
}

/** Runs every test of a lab against its reference. */
export async function judgeReference(lab: Lab, judge: Judge, signal: AbortSignal) {
  const began = performance.now();
  const files = testFiles(lab);
  const reference = (await passedTogether(files, judge, signal)) ?? (await judgedAlone(files, judge, signal));
  const time = performance.now() - began;
  return { reference, checks: [checkReference(reference, time), checkGuarantees(lab, reference.tests)] };
}

const REFERENCE: Answer = { kind: "reference" };

/** What is said of the reference where its files share processes, which spares many; undefined unless all is well. */
async function passedTogether(
  files: readonly string[],
  judge: Judge,
  signal: AbortSignal,
): Promise<Judgement | undefined> {
  if (process.env["SOAK"]) return undefined;
  const requests = files.map((file) => ({ answer: REFERENCE, files: [file] as const, signal }));
  const screened = await judge.screen(requests);
  signal.throwIfAborted();
  const tests = requests.map((request) => screened.get(request)?.tests ?? []);
  const isWell = tests.every((some) => some.length > 0 && some.every(({ state }) => state === "passed"));
  return isWell ? { answer: REFERENCE, tests: tests.flat(), problems: [] } : undefined;
}

/** What is said of it where each file has a process of its own. */
async function judgedAlone(files: readonly string[], judge: Judge, signal: AbortSignal): Promise<Judgement> {
  const [reference] = await judge.run([{ answer: REFERENCE, files, signal }]);
  if (reference === undefined) throw new Error("The judge gave no judgement.");
  return reference;
}

/** Judges the starter, and each accepted answer, by the core. */
export async function checkAnswers(
  accepted: readonly string[],
  judging: Judging,
): Promise<{ readonly starter: Check; readonly accepted: readonly AcceptedVerdict[] }> {
  const { lab, signal } = judging;
  const [starter, ...judgements] = await judgeByCore(
    [{ kind: "starter" }, ...accepted.map((id) => ({ kind: "accepted", id }) as const)],
    judging,
  );
  signal.throwIfAborted();
  return {
    starter: checkStarter(lab, starter as Judgement),
    accepted: judgements.map((judgement, index) => acceptedVerdict(lab, accepted[index] ?? "", judgement)),
  };
}

/**
 * What the tests of the core say of each answer: first all answers to a file in one process, which spares many;
 * then whichever failed there, or was not heard of, in a process of its own. With `SOAK=1` all are judged so.
 */
async function judgeByCore(
  answers: readonly Answer[],
  { lab, judge, reference, signal }: Judging,
): Promise<readonly Judgement[]> {
  const files = coreFiles(lab);
  const requests = answers.map((answer) =>
    files.map((file) => ({ answer, files: [file] as const, titles: titlesIn(file, reference), signal })),
  );
  const screened = process.env["SOAK"] ? new Map() : await judge.screen(requests.flat());
  signal.throwIfAborted();
  const together = requests.map((ofAnswer) => joined(ofAnswer, screened));
  const alone = answers.filter((_, index) => together[index] === undefined);
  const judged = await judge.run(alone.map((answer) => ({ answer, files, signal })));
  return answers.map((answer, index) => together[index] ?? (judged[alone.indexOf(answer)] as Judgement));
}

const titlesIn = (file: string, { tests }: Judgement) =>
  tests.filter((test) => test.file === file).map(({ title }) => title);

/** What was said of an answer file by file; undefined unless all tests passed, or say only "not written yet". */
function joined(
  requests: readonly ScreeningRequest[],
  screened: ReadonlyMap<unknown, Judgement>,
): Judgement | undefined {
  const asked = requests.flatMap(({ titles }) => titles ?? []);
  const tests = requests.flatMap((request) => screened.get(request)?.tests ?? []);
  const isPlain = tests.every(({ state, failure }) => state === "passed" || failure?.kind === "todo");
  const [request] = requests;
  if (request === undefined || tests.length < asked.length || !isPlain) return undefined;
  return { answer: request.answer, tests, problems: [] };
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
