import type { Sim } from "@pattern-labs/testkit";
import type { JobContext } from "../contract.ts";

interface Request extends Pick<JobContext, "signal"> {
  /** How long the page takes, in simulated ms. Left out: it arrives whenever the explorer says so. */
  readonly ms?: number;
}

/** A well-behaved job: its page arrives, or, when its signal aborts, it ends at once with the signal's reason. */
export function fetchPage(sim: Sim, name: string, { signal, ms }: Request): Promise<string> {
  return sim.as(name, async () => {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort);
    let timer: NodeJS.Timeout | undefined;
    if (ms === undefined) sim.io("arrives").then(() => resolve(name));
    else timer = setTimeout(() => resolve(name), ms);
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", abort);
      clearTimeout(timer);
    }
  });
}

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
  if (outcome === undefined) return "never settled";
  return "value" in outcome ? `resolved to ${show(outcome.value)}` : `rejected with ${show(outcome.error)}`;
}

const show = (value: unknown) =>
  value instanceof Error ? `${value.name}: ${value.message}` : JSON.stringify(value);
