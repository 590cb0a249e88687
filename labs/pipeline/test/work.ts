import type { Sim } from "@pattern-labs/testkit";

interface Stoppable {
  readonly signal: AbortSignal;
}

/** Comes back whenever the explorer says so. */
export async function look(sim: Sim, n: number): Promise<number> {
  await sim.as(`item ${n}`, () => sim.io("is done"));
  return n;
}

/** The same for a well-behaved job: when its signal aborts, it ends at once with the signal's reason. */
export async function heed<T>(sim: Sim, name: string, { signal }: Stoppable, value: T): Promise<T> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort);
  sim.as(name, () => sim.io("is done")).then(() => resolve(value));
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** A job that takes so many ms, whatever it is given. */
export function lookUp(ms: number): <T>(item: T) => Promise<T> {
  return async (item) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return item;
  };
}
