import type { Sim } from "@pattern-labs/testkit";
import type { Outcome } from "@pattern-labs/testkit/outcome";

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
