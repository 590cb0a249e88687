import { guarantee } from "@pattern-labs/testkit";
import { refuseUnwritten, show } from "@pattern-labs/testkit/outcome";
import type { Answer } from "../contract.ts";
import { describeAnswer } from "./gateway.ts";

export type Outcome = { readonly answer: Answer } | { readonly error: unknown } | undefined;

/** Lets everything happen that follows in this turn: microtasks in plenty, and no outside event. */
export async function turn(): Promise<void> {
  for (let n = 0; n < 300; n += 1) await null;
}

/** How `handle` has settled when this turn is over; undefined if it has not. What is not written yet is no outcome. */
export async function outcomeOf(handling: Promise<Answer>): Promise<Outcome> {
  let outcome: Outcome;
  handling.then(
    (answer) => {
      outcome = { answer };
    },
    (error: unknown) => {
      outcome = { error };
    },
  );
  await turn();
  if (outcome !== undefined && "error" in outcome) refuseUnwritten(outcome.error);
  return outcome;
}

/** How `handle` ends, however long it takes. */
export const endOf = (handling: Promise<Answer>): Promise<Exclude<Outcome, undefined>> =>
  handling.then(
    (answer) => ({ answer }),
    (error: unknown) => {
      refuseUnwritten(error);
      return { error };
    },
  );

export function describeOutcome(outcome: Outcome): string {
  if (outcome === undefined) return "had not settled";
  return "answer" in outcome
    ? `was answered ${describeAnswer(outcome.answer)}`
    : `rejected with ${show(outcome.error)}`;
}

/** The answer of a request that must have got one by now, described as by `describeAnswer`. */
export async function expectAnswer(
  handling: Promise<Answer>,
  expected: string,
  { when, why }: { readonly when: string; readonly why: string },
): Promise<Answer | undefined> {
  const outcome = await outcomeOf(handling);
  const given = outcome !== undefined && "answer" in outcome ? outcome.answer : undefined;
  guarantee(given !== undefined && describeAnswer(given) === expected, {
    happened: `${when}, and the request ${describeOutcome(outcome)}`,
    expected: `it is answered ${expected}`,
    why,
  });
  return given;
}
