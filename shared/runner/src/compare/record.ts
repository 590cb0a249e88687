import type { Recording } from "@pattern-labs/picture";
import type { TestOutcome } from "@pattern-labs/testkit/judge";
import { nameOf } from "../answer.ts";
import { openJudge } from "../judging.ts";
import type { Lab } from "../road.ts";
import { runScene } from "../scene.ts";
import { type Facts, factsOf } from "./facts.ts";
import { outlineOf } from "./outline.ts";
import { comparedTests } from "./view.ts";

/** What `lab compare` finds out about an attempt and the reference, as plain data to be kept. */
export interface Comparison {
  readonly sizes: OfBoth<Facts>;
  /** How many tests hold; challenges that are not taken up are no part of it. */
  readonly held: OfBoth<{ readonly passed: number; readonly of: number }>;
  /** What the two do not have in common. */
  readonly differences: readonly Difference[];
  /** The lab's scene, played on both in simulated time. */
  readonly runs: OfBoth<Recording>;
}

type Side = "attempt" | "reference";

export interface OfBoth<T> {
  readonly attempt: T;
  readonly reference: T;
}

/** A guarantee that one of them holds, and the other not. */
export interface Difference extends OfBoth<TestOutcome["state"]> {
  readonly title: string;
}

/**
 * Compares what is in `attempt/` with the reference.
 *
 * @throws {Error} If one of them could not be judged, or its scene not played to the end, or the reference fails a test:
 *   that would be no comparison.
 */
export async function recordComparison(lab: Lab, signal?: AbortSignal): Promise<Comparison> {
  await using judge = await openJudge(lab);
  const judged = async (target: Side) => {
    const verdict = await judge.judge({ target, ...(signal && { signal }) });
    throwProblem(lab, target, verdict.problems[0]?.message);
    return verdict;
  };
  const played = async (target: Side) => {
    const { recording, problem } = await runScene(lab, target, { signal, patienceMs: 60_000 });
    throwProblem(lab, target, problem);
    return recording;
  };
  const tests = comparedTests({ attempt: await judged("attempt"), reference: await judged("reference") });
  const broken = tests.find(({ reference }) => reference?.state === "failed");
  throwProblem(lab, "reference", broken && `it fails ${broken.title}`);
  return {
    sizes: { attempt: factsOf(outlineOf(lab, "attempt")), reference: factsOf(outlineOf(lab, "reference")) },
    held: {
      attempt: heldIn(tests.map(({ attempt }) => attempt)),
      reference: heldIn(tests.map(({ reference }) => reference)),
    },
    differences: tests.flatMap(({ title, attempt, reference }) =>
      attempt === undefined || reference === undefined || attempt.state === reference.state
        ? []
        : [{ title, attempt: attempt.state, reference: reference.state }],
    ),
    runs: { attempt: await played("attempt"), reference: await played("reference") },
  };
}

function throwProblem(lab: Lab, target: Side, problem: string | undefined): void {
  if (problem !== undefined) throw new Error(`Cannot compare ${lab.name}: ${nameOf(target)}: ${problem}`);
}

function heldIn(tests: readonly (TestOutcome | undefined)[]): { passed: number; of: number } {
  const told = tests.filter((test) => test !== undefined && test.state !== "skipped");
  return { passed: told.filter((test) => test?.state === "passed").length, of: told.length };
}
