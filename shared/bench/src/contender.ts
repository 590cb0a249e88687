import type { Counts } from "./assignment.ts";
import type { Strategy, Workload } from "./define-bench.ts";

/** An answer to a lab: the name of its row, and the condition under which `#lab` means it. */
export type Answer = "reference" | "attempt";

/** What is known of one row while a bench runs. */
export interface Contender {
  /** The strategy's name, or that of the answer it is built on. */
  readonly name: string;
  readonly strategy: string;
  readonly ours: boolean;
  /** The strategy's place in its workload. */
  readonly index: number;
  readonly conditions: readonly string[];
  failure: string | undefined;
  counts: Counts | undefined;
  /** Nanoseconds for an operation, by round. */
  readonly rounds: (number | undefined)[];
}

/** One contender for each strategy; for one that is built on `#lab`, one for each answer. */
export function contendersOf(workload: Workload, answers: readonly Answer[]): Contender[] {
  const onAnswers = workload.strategies.filter((strategy) => strategy.answer === true);
  return workload.strategies.flatMap((strategy, index) => {
    const conditions = strategy.conditions ?? [];
    if (strategy.answer !== true) return [contender(strategy, index, strategy.name, conditions)];
    return answers.map((answer) => {
      const name = onAnswers.length === 1 ? answer : `${answer}, ${strategy.name}`;
      return contender(strategy, index, name, [...conditions, answer]);
    });
  });
}

function contender(
  strategy: Strategy,
  index: number,
  name: string,
  conditions: readonly string[],
): Contender {
  return {
    name,
    strategy: strategy.name,
    ours: strategy.ours !== false,
    index,
    conditions,
    failure: undefined,
    counts: undefined,
    rounds: [],
  };
}

/** `[a, b, c]` in round 0, `[b, c, a]` in round 1: nobody always goes first, or always after the same one. */
export function rotated<T>(list: readonly T[], round: number): T[] {
  const start = list.length === 0 ? 0 : round % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}
