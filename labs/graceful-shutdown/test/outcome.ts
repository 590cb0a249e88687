export type Outcome = { readonly value: unknown } | { readonly error: unknown } | undefined;

/**
 * How `promise` has settled by now; undefined if it has not. Microtasks in plenty may pass, but no outside event: in a
 * simulation none arrives before all has come to rest.
 */
export async function outcomeOf(promise: Promise<unknown>): Promise<Outcome> {
  let outcome: Outcome;
  promise.then(
    (value) => {
      outcome = { value };
    },
    (error: unknown) => {
      outcome = { error };
    },
  );
  for (let turn = 0; turn < 20; turn += 1) await null;
  return outcome;
}

export function describeOutcome(outcome: Outcome): string {
  if (outcome === undefined) return "still waits";
  return "value" in outcome ? `resolved to ${show(outcome.value)}` : `rejected with ${show(outcome.error)}`;
}

/** "StoppedError" for a promise that was rejected with one; otherwise what became of it. */
export function nameOf(outcome: Outcome): string {
  const isError = outcome !== undefined && "error" in outcome && outcome.error instanceof Error;
  return isError ? (outcome.error as Error).name : describeOutcome(outcome);
}

export const show = (value: unknown) =>
  value instanceof Error ? `${value.name}: ${value.message}` : (JSON.stringify(value) ?? String(value));
