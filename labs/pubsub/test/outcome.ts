export type Outcome<T = unknown> = { readonly value: T } | { readonly error: unknown } | undefined;

/**
 * How `promise` has settled by now; undefined if it has not. Microtasks in plenty may pass, but no outside event: in a
 * simulation none arrives before all has come to rest.
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
  for (let turn = 0; turn < 30 && outcome === undefined; turn += 1) await null;
  return outcome;
}

/** Whether it is a failure with this very value. */
export const failedWith = (outcome: Outcome, error: unknown): boolean =>
  outcome !== undefined && "error" in outcome && outcome.error === error;

export function describeOutcome(outcome: Outcome): string {
  if (outcome === undefined) return "still waits";
  return "value" in outcome ? `resolved to ${show(outcome.value)}` : `rejected with ${show(outcome.error)}`;
}

export function show(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (typeof value === "symbol" || typeof value === "function") return String(value);
  return JSON.stringify(value) ?? String(value);
}

/** What is thrown by `action`; undefined if nothing is. What is not written yet is no answer. */
export function thrownBy(action: () => unknown): { readonly error: unknown } | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    const isMissing = error instanceof TypeError && error.message.includes("is not a function");
    if (isMissing || (error instanceof Error && error.message.startsWith("TODO"))) throw error;
    return { error };
  }
}
