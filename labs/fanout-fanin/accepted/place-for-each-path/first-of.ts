import { onAbort } from "@pattern-labs/primitives/abort";

export async function firstOf<T>(
  tasks: readonly ((signal: AbortSignal) => Promise<T>)[],
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<T> {
  signal?.throwIfAborted();
  const errors = new Array<unknown>(tasks.length);
  // A signal for each: what the winner returned may still depend on its own, as the body of a response does.
  const controllers = tasks.map(() => new AbortController());
  let outcome: { readonly value: T } | { readonly reason: unknown } | undefined;

  const abortOthers = (reason: unknown, winner?: number): void => {
    for (const [n, controller] of controllers.entries()) if (n !== winner) controller.abort(reason);
  };
  const run = async (task: (signal: AbortSignal) => Promise<T>, n: number): Promise<void> => {
    try {
      const value = await task((controllers[n] as AbortController).signal);
      if (outcome !== undefined) return;
      outcome = { value };
      abortOthers(new DOMException("Another task has succeeded", "AbortError"), n);
    } catch (error) {
      errors[n] = error;
    }
  };
  const withdraw = onAbort(signal, () => {
    if (outcome !== undefined) return;
    outcome = { reason: signal?.reason };
    abortOthers(signal?.reason);
  });
  try {
    await Promise.all(tasks.map(run));
  } finally {
    withdraw();
  }
  if (outcome === undefined) throw new AggregateError(errors, "No task succeeded");
  if ("reason" in outcome) throw outcome.reason;
  return outcome.value;
}
