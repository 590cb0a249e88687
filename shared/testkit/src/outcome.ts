export type Outcome<T = unknown> = { readonly value: T } | { readonly error: unknown } | undefined;

/**
 * How `promise` has settled by now; undefined if it has not. Microtasks in plenty may pass, but no outside event: in a
 * simulation none arrives before all has come to rest.
 *
 * @throws What is not written yet.
 */
export async function outcomeOf<T>(promise: Promise<T>): Promise<Outcome<T>> {
  let outcome: Outcome<T>;
  promise.then(
    (value) => {
      outcome = { value };
    },
    (error: unknown) => {
      outcome = { error };
    },
  );
  for (let turn = 0; turn < 50; turn += 1) await null;
  if (outcome !== undefined && "error" in outcome) refuseUnwritten(outcome.error);
  return outcome;
}

/** How `promise` ends, however long it takes. @throws What is not written yet. */
export const endOf = <T>(promise: Promise<T>): Promise<Exclude<Outcome<T>, undefined>> =>
  promise.then(
    (value) => ({ value }),
    (error: unknown) => {
      refuseUnwritten(error);
      return { error };
    },
  );

/** Whether it is a failure with this very value. */
export const failedWith = (outcome: Outcome, error: unknown): boolean =>
  outcome !== undefined && "error" in outcome && outcome.error === error;

export function describeOutcome(outcome: Outcome): string {
  if (outcome === undefined) return "has not settled";
  return "value" in outcome ? `resolved to ${show(outcome.value)}` : `rejected with ${show(outcome.error)}`;
}

/** "StoppedError" for a promise that was rejected with one; otherwise what became of it. */
export function nameOf(outcome: Outcome): string {
  const isError = outcome !== undefined && "error" in outcome && outcome.error instanceof Error;
  return isError ? (outcome.error as Error).name : describeOutcome(outcome);
}

export const show = (value: unknown): string =>
  value instanceof Error ? `${value.name}: ${value.message}` : (JSON.stringify(value) ?? String(value));

/** What is thrown by `action`; undefined if nothing is. @throws What is not written yet. */
export function errorOf(action: () => unknown): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    refuseUnwritten(error);
    return error;
  }
}

/** What is not written yet is no outcome that could be wrong: thrown on, it is told as what it is. */
export function refuseUnwritten(error: unknown): void {
  const isMissing = error instanceof TypeError && error.message.includes("is not a function");
  if (isMissing || (error instanceof Error && error.message.startsWith("TODO"))) throw error;
}
