import { existsSync } from "node:fs";
import { join } from "node:path";
import { editedFiles } from "./judge/edited-files.ts";
import type { Failure } from "./judge/failure.ts";
import { isAskedFor } from "./judge/titles.ts";
import {
  createJudge,
  type Judge,
  type Judgement,
  type JudgeRequest,
  type ScreeningRequest,
  type TestOutcome,
} from "./judge.ts";

export { editedFiles };

/** A broken answer that a lab's tests must catch: the proof that they are worth something. */
export interface Mutant {
  readonly id: string;
  /** The mistake, in words. */
  readonly bug: string;
  /** What sort of mistake it is, for whoever sorts them; no verdict depends on it. */
  readonly kind?: string;
  /** The test that must fail: a guarantee's number, "1.2", or a part of the test's title. */
  readonly caughtBy: string;
  /** Edits of the reference. `find` must occur exactly once in its file. */
  readonly edits?: readonly Edit[];
  /** Instead of edits: the whole answer stands in wrong/<id>/index.ts. */
  readonly wrong?: true;
}

export interface Edit {
  /** In solution/; "index.ts" unless told. */
  readonly file?: string;
  readonly find: string;
  readonly replace: string;
}

/** Checks the types of a lab's mutants where they are written. */
export const defineMutants = (mutants: readonly Mutant[]): readonly Mutant[] => mutants;

export type Verdict = "caught" | "survived" | "wrong test" | "crashed" | "does not apply";

export interface MutantResult {
  readonly id: string;
  readonly bug: string;
  readonly verdict: Verdict;
  /** The title of the test that failed; where none did, what `caughtBy` asks for. */
  readonly caughtBy: string;
  /** What that test said, or why the mutant proves nothing. */
  readonly error?: string;
}

export interface RunMutantsOptions {
  readonly labDir: string;
  readonly mutants: readonly Mutant[];
  /** One that is at hand; otherwise one is made, and disposed at the end. */
  readonly judge?: Judge;
  /** What all tests said of the reference, where that is known already; otherwise they are run. */
  readonly reference?: Judgement | undefined;
  readonly signal?: AbortSignal;
}

/**
 * Runs the test that each mutant names against it: first many in one process, then whichever is not caught there alone.
 * "caught": that test failed, and with more than an accident. "survived": every test passes. "wrong test": the named one passes, but another fails. "crashed": it broke so badly
 * that its failure proves nothing: it cannot be loaded, or fails with a TypeError. "does not apply": its edits do not
 * fit the reference.
 *
 * @throws {Error} If the reference itself fails a test that a mutant names, or two mutants have one id.
 */
export async function runMutants({ judge, ...options }: RunMutantsOptions): Promise<readonly MutantResult[]> {
  if (judge !== undefined) return await new MutantRun({ ...options, judge }).run();
  await using own = await createJudge(options);
  return await new MutantRun({ ...options, judge: own }).run();
}

class MutantRun {
  readonly #mutants: readonly Mutant[];
  readonly #labDir: string;
  readonly #judge: Judge;
  readonly #reference: Judgement | undefined;
  readonly #signal: AbortSignal | undefined;

  constructor({ labDir, mutants, judge, reference, signal }: RunMutantsOptions & { readonly judge: Judge }) {
    this.#mutants = mutants;
    this.#labDir = labDir;
    this.#judge = judge;
    this.#reference = reference;
    this.#signal = signal;
  }

  async run(): Promise<MutantResult[]> {
    const mutants = this.#mutants;
    const twice = mutants.find(({ id }, i) => mutants.findIndex((other) => other.id === id) !== i);
    if (twice) throw new Error(`Cannot run mutants: two of them have the id ${twice.id}`);
    const named = await this.#testsThatReferencePasses(mutants);
    const results = new Map<string, MutantResult>();
    const runnable: Mutant[] = [];
    for (const mutant of mutants) {
      const error = this.#misfit(mutant, named);
      if (error === undefined) runnable.push(mutant);
      else results.set(mutant.id, resultOf(mutant, "does not apply", { error }));
    }

    const caught = await this.#firstLook(runnable, named);
    this.#signal?.throwIfAborted();
    for (const result of caught) results.set(result.id, result);
    const rest = runnable.filter(({ id }) => !results.has(id));
    const judgements = await this.#runAll(rest.map((mutant) => aimedAt(mutant, named)));
    const survivors: Mutant[] = [];
    for (const [i, mutant] of rest.entries()) {
      const result = judge(mutant, judgements[i]);
      if (result.verdict === "survived") survivors.push(mutant);
      results.set(mutant.id, result);
    }
    for (const result of await this.#secondLook(survivors)) results.set(result.id, result);
    return mutants.map(({ id }) => results.get(id) as MutantResult);
  }

  async #testsThatReferencePasses(mutants: readonly Mutant[]): Promise<readonly TestOutcome[]> {
    const titles = [...new Set(mutants.map(({ caughtBy }) => caughtBy))];
    const reference = this.#reference ?? (await this.#runAll([{ answer: { kind: "reference" }, titles }]))[0];
    const [problem] = reference?.problems ?? [];
    if (problem) throw new Error(`Cannot run mutants: the reference fails: ${problem.message}`);
    const tests = (reference?.tests ?? []).filter(({ title }) => isAskedFor(title, titles));
    const bad = tests.find(({ state }) => state !== "passed");
    if (bad) {
      const how = bad.state === "skipped" ? "it was skipped" : bad.failure?.message;
      throw new Error(`Cannot run mutants: the reference does not pass "${bad.title}": ${how}`);
    }
    return tests;
  }

  /** Why the mutant cannot be run; undefined if it can. */
  #misfit(mutant: Mutant, named: readonly TestOutcome[]): string | undefined {
    if (!named.some(({ title }) => isAskedFor(title, [mutant.caughtBy]))) {
      return `mutant ${mutant.id}: no test is named "${mutant.caughtBy}"`;
    }
    if (mutant.wrong) {
      if (existsSync(join(this.#labDir, "wrong", mutant.id, "index.ts"))) return undefined;
      return `mutant ${mutant.id}: there is no wrong/${mutant.id}/index.ts`;
    }
    if (!mutant.edits?.length) return `mutant ${mutant.id}: it has no edits`;
    try {
      editedFiles(mutant, this.#labDir);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }

  /**
   * Those that are caught where many share a process. Whatever else seems to become of a mutant counts only when it is
   * judged in a process of its own. With `SOAK=1` all are.
   */
  async #firstLook(mutants: readonly Mutant[], named: readonly TestOutcome[]): Promise<MutantResult[]> {
    if (process.env["SOAK"]) return [];
    const requests = new Map(mutants.map((mutant) => [mutant, aimedAt(mutant, named)]));
    const screened = await this.#judge.screen([...requests.values()].filter(isForOneFile));
    const results = [...requests].map(([mutant, request]) => judge(mutant, screened.get(request)));
    return results.filter(({ verdict }) => verdict === "caught");
  }

  /** Whether another test notices what the named one let through. */
  async #secondLook(survivors: readonly Mutant[]): Promise<MutantResult[]> {
    const judgements = await this.#runAll(
      survivors.map((mutant) => ({ answer: { kind: "variant", mutant }, bail: true })),
    );
    return survivors.map((mutant, i) => {
      const failed = judgements[i]?.tests.find(({ state }) => state === "failed");
      if (failed === undefined) return resultOf(mutant, "survived");
      return resultOf(mutant, "wrong test", {
        caughtBy: failed.title,
        error: firstLine(failed.failure?.message),
      });
    });
  }

  #runAll(requests: readonly JudgeRequest[]): Promise<readonly Judgement[]> {
    const signal = this.#signal;
    return this.#judge.run(requests.map((request) => ({ ...request, ...(signal && { signal }) })));
  }
}

/** Runs nothing but the named test, and nothing more once it has failed. */
function aimedAt(mutant: Mutant, named: readonly TestOutcome[]): JudgeRequest {
  const titles = [mutant.caughtBy];
  const files = new Set(named.filter(({ title }) => isAskedFor(title, titles)).map(({ file }) => file));
  return { answer: { kind: "variant", mutant }, files: [...files], titles, bail: true };
}

const isForOneFile = (request: JudgeRequest): request is ScreeningRequest =>
  request.files?.length === 1 && request.titles !== undefined;

function judge(mutant: Mutant, judgement: Judgement | undefined): MutantResult {
  const failed = judgement?.tests.filter(({ state }) => state === "failed") ?? [];
  const caught = failed.find(({ failure }) => failure && !isAccident(failure));
  if (caught)
    return resultOf(mutant, "caught", { caughtBy: caught.title, error: firstLine(caught.failure?.message) });
  const accident = failed[0]?.failure ?? judgement?.problems[0];
  if (accident) return resultOf(mutant, "crashed", { error: firstLine(accident.message) });
  return resultOf(mutant, "survived");
}

/** A failure that any nonsense would cause: it proves nothing about the test. */
function isAccident({ kind, message, happened }: Failure): boolean {
  if (kind === "import" || kind === "crash" || kind === "todo") return true;
  return happened === undefined && /^(?:TypeError|ReferenceError|SyntaxError)\b/m.test(message);
}

function resultOf(
  mutant: Mutant,
  verdict: Verdict,
  rest: { caughtBy?: string; error?: string } = {},
): MutantResult {
  return { id: mutant.id, bug: mutant.bug, verdict, caughtBy: mutant.caughtBy, ...rest };
}

const firstLine = (text = "") => text.split("\n", 1)[0] ?? "";
