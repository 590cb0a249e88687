import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Mutant, MutantResult } from "@pattern-labs/testkit/mutants";
import { openRawJudge } from "../judging.ts";
import { readMutants } from "../mutants.ts";
import type { Lab } from "../road.ts";
import type { Session } from "../session.ts";
import { status } from "../status.ts";
import { coreFiles } from "../test-files.ts";
import { count, duration, hang } from "../text.ts";
import { compileAll } from "../type-check.ts";
import { type AcceptedVerdict, checkAnswers, type Judging, judgeReference } from "../verify/answers.ts";
import { type Check, check } from "../verify/check.ts";
import { acceptedAnswers, checkFiles, wrongAnswers } from "../verify/files.ts";
import { checkTexts } from "../verify/texts.ts";

/** What `lab verify --json` prints. */
interface Report {
  readonly lab: string;
  readonly ok: boolean;
  readonly checks: readonly Check[];
  readonly mutants: readonly MutantResult[];
  readonly accepted: readonly AcceptedVerdict[];
  /** How many tests the reference passes. */
  readonly tests: number;
}

/** `lab verify`: for authors. Whether a lab keeps every promise that labs make. */
export async function verify(
  session: Session,
  name: string | undefined,
  options: { json: boolean },
): Promise<number> {
  const lab = session.lab(name);
  const began = performance.now();
  const tell = options.json ? () => {} : (lines: string[]) => session.say(...lines);
  tell([`${session.paint.strong(lab.name)}: does it keep its promises?`, ""]);

  const report = await verifyLab(session, lab, tell);
  session.signal.throwIfAborted();
  writeResult(lab, report);
  if (options.json) session.say(JSON.stringify(report, undefined, 2));
  else tell(["", conclusion(report, performance.now() - began, session)]);
  return report.ok ? status.held : status.failed;
}

async function verifyLab(session: Session, lab: Lab, tell: (lines: string[]) => void): Promise<Report> {
  const { signal } = session;
  const checks: Check[] = [];
  const note = (found: readonly Check[]) => {
    checks.push(...found);
    tell(found.flatMap((one) => checkLines(one, session)));
  };

  note(await checkFiles(session.root, lab, session.road));
  note(checkTexts(lab));
  if (coreFiles(lab).length === 0) {
    note([check("the tests can be run", ["there is no test of a step in test/"])]);
    return { lab: lab.name, ok: false, checks, mutants: [], accepted: [], tests: 0 };
  }
  const compiled = checkCompiles(lab, signal);
  await using judge = await openRawJudge(lab);
  const { reference, checks: ofReference } = await judgeReference(lab, judge, signal);
  note([await compiled, ...ofReference]);
  const { mutants, faults } = await checkMutants(lab);
  note([check("mutants.ts lists every wrong answer", faults, count(mutants.length, "mutant"))]);

  const tryMutants = await mutantsRunner();
  const judging = { lab, judge, reference, signal };
  // Begun in one turn: so the judge lets them share their processes.
  const [{ starter, accepted }, { results, impossible }] = await Promise.all([
    checkAnswers(acceptedAnswers(lab), judging),
    tryMutants(mutants, judging),
  ]);
  note([starter]);
  tell(accepted.flatMap((one) => checkLines({ ...one, name: `accepted: ${one.id}` }, session)));
  if (impossible !== undefined) note([check("the mutants can be run", [impossible])]);
  tell(results.flatMap((one) => mutantLines(one, session)));

  const ok =
    checks.every((one) => one.ok) &&
    accepted.every((one) => one.ok) &&
    results.every((one) => one.verdict === "caught");
  const tests = reference.tests.filter(({ state }) => state === "passed").length;
  return { lab: lab.name, ok, checks, mutants: results, accepted, tests };
}

/** Without a reference that passes, a mutant that fails proves nothing. */
async function mutantsRunner() {
  const { runMutants } = await import("@pattern-labs/testkit/mutants");
  return async (mutants: readonly Mutant[], { lab, judge, reference, signal }: Judging) => {
    try {
      return { results: await runMutants({ labDir: lab.folder, mutants, judge, reference, signal }) };
    } catch (error) {
      return { results: [], impossible: (error as Error).message };
    }
  };
}

async function checkCompiles(lab: Lab, signal: AbortSignal): Promise<Check> {
  const began = performance.now();
  const faults = [...new Set(await compileAll(lab, signal))];
  return check("reference and starter compile", faults, duration(performance.now() - began));
}

/** The mutants that can be read, and what is wrong with the list. */
async function checkMutants(lab: Lab): Promise<{ mutants: readonly Mutant[]; faults: string[] }> {
  const { mutants, fault } = await readMutants(lab);
  if (fault !== undefined) return { mutants, faults: [fault] };
  const there = wrongAnswers(lab);
  const listed = mutants.filter((mutant) => mutant.wrong === true).map((mutant) => mutant.id);
  const faults = [
    ...there.filter((id) => !listed.includes(id)).map((id) => `wrong/${id} is not listed`),
    ...listed.filter((id) => !there.includes(id)).map((id) => `wrong/${id}/index.ts is missing`),
    ...(mutants.length === 0 ? ["it lists none"] : []),
  ];
  return { mutants, faults };
}

function checkLines({ name, ok, detail }: Check, { paint, width }: Session): string[] {
  const mark = ok ? paint.good("✔") : paint.bad("✘");
  if (ok) return [detail === "" ? `${mark} ${name}` : `${mark} ${name} ${paint.dim(`· ${detail}`)}`];
  return [`${mark} ${name}`, ...detail.split("\n").flatMap((fault) => hang("", fault, { margin: 4, width }))];
}

function mutantLines({ id, bug, verdict, caughtBy, error }: MutantResult, session: Session): string[] {
  const detail = `${bug} · ${caughtBy.split(" ")[0]}`;
  const faults = `${bug}: ${verdict}, it must be caught by ${caughtBy}${error === undefined ? "" : `\n${error}`}`;
  const ok = verdict === "caught";
  return checkLines({ name: `mutant ${id}`, ok, detail: ok ? detail : faults }, session);
}

function conclusion(report: Report, ms: number, { paint }: Session): string {
  const { passed, failed } = tally(report);
  const time = paint.dim(`in ${duration(ms)}`);
  if (report.ok) return `${paint.good(`✔ ${report.lab} keeps all of its promises`)} (${passed}) ${time}`;
  return `${paint.bad(`✘ ${report.lab} breaks ${failed} of ${passed + failed} promises`)} ${time}`;
}

/** Leaves the count where the root's test script adds it up, with the tests of the reference one by one. */
function writeResult(lab: Lab, report: Report): void {
  const folder = join(lab.folder, ".results");
  mkdirSync(folder, { recursive: true });
  const { passed, failed } = tally(report);
  writeFileSync(
    join(folder, "verify.json"),
    `${JSON.stringify({ passed: passed + report.tests, failed })}\n`,
  );
}

function tally({ checks, mutants, accepted }: Report): { passed: number; failed: number } {
  const kept = [
    ...checks.map((one) => one.ok),
    ...accepted.map((one) => one.ok),
    ...mutants.map((one) => one.verdict === "caught"),
  ];
  return { passed: kept.filter(Boolean).length, failed: kept.filter((ok) => !ok).length };
}
