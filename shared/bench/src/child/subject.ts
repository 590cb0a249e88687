import type { InFlight, Prepared, Strategy, Workload } from "../define-bench.ts";

/** The strategy that a process was started for. */
export interface Subject {
  readonly workload: Workload;
  readonly strategy: Strategy;
}

/** Has the strategy get ready. The result always has a way to get ready for a run, and one to put things away. */
export async function prepare(
  { workload, strategy }: Subject,
  inFlight: InFlight,
): Promise<Prepared & { readonly before: () => unknown }> {
  const prepared = await strategy.prepare({ operations: workload.operations, inFlight });
  if (typeof prepared === "function")
    return { before: nothing, run: prepared, [Symbol.asyncDispose]: nothing };
  const { before = nothing, run } = prepared;
  return { before, run, [Symbol.asyncDispose]: () => prepared[Symbol.asyncDispose]() };
}

async function nothing(): Promise<void> {}

/** Throws what is wrong with the result of a run. */
export function checkResult({ check, operations }: Workload, result: unknown): void {
  const fault = check?.(result, { operations });
  if (typeof fault === "string") throw new WrongResult(fault);
}

class WrongResult extends Error {
  override readonly name = "Wrong result";
}
