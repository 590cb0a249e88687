import type { Sim } from "@pattern-labs/testkit";

export type Outcome = { readonly value: unknown } | { readonly error: unknown } | undefined;

/** How `promise` has settled once nothing more can happen at this instant; undefined if it has not. */
export async function outcomeOf(sim: Sim, promise: PromiseLike<unknown>): Promise<Outcome> {
  let outcome: Outcome;
  promise.then(
    (value) => {
      outcome = { value };
    },
    (error: unknown) => {
      outcome = { error };
    },
  );
  await sim.idle();
  return outcome;
}

export function describeOutcome(outcome: Outcome): string {
  if (outcome === undefined) return "has not settled";
  return "value" in outcome ? `resolved to ${show(outcome.value)}` : `rejected with ${show(outcome.error)}`;
}

export const show = (value: unknown): string =>
  value instanceof Error ? `${value.name}: ${value.message}` : (JSON.stringify(value) ?? String(value));

/** Whether `outcome` is a rejection with this very reason. */
export const isRejection = (outcome: Outcome, reason: unknown): boolean =>
  outcome !== undefined && "error" in outcome && outcome.error === reason;

/** Everything that `stream` gives, and the error that it ends with. */
export async function readAll<T>(
  stream: AsyncIterable<T>,
): Promise<{ readonly values: T[]; readonly error?: unknown }> {
  const values: T[] = [];
  try {
    for await (const value of stream) values.push(value);
    return { values };
  } catch (error) {
    return { values, error };
  }
}
