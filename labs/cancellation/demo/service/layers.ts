import type { Budget, Lab, LayerReport, Scope, Task } from "../../contract.ts";

/** Runs the layers of a request: with a report of who spent the time, if the answer has taken up that challenge. */
export interface Layers extends AsyncDisposable {
  run<R>(layer: string, task: (below: Below) => Promise<R>, options?: { atMostMs?: number }): Promise<R>;
  report(): readonly LayerReport[];
}

/** What a layer is called with. */
export interface Below {
  readonly signal: AbortSignal;
  readonly run: Layers["run"];
}

/** @param deadlineMs That of the scope. It was opened first, so its timer comes first, and its reason is the one. */
export function openLayers(lab: Lab, { signal, deadline }: Scope, deadlineMs: number): Layers {
  if (lab.openBudget === undefined || !lab.attempted?.includes("budget")) return bareLayers(lab, signal);
  const totalMs = Number.isFinite(deadline) ? deadlineMs : LONGEST_MS;
  const budget = lab.openBudget({ totalMs, signal });
  return {
    run: runOn(budget),
    report: () => budget.report(),
    [Symbol.asyncDispose]: () => budget[Symbol.asyncDispose](),
  };
}

/** For a scope that has no deadline. */
const LONGEST_MS = 2 ** 31 - 1;

const runOn =
  (budget: Budget): Layers["run"] =>
  (layer, task, options) =>
    budget.spend(layer, (below) => task({ signal: below.signal, run: runOn(below) }), options);

/** Only the time limit of a layer, by a function of the core. */
function bareLayers(lab: Lab, signal: AbortSignal): Layers {
  const runUnder =
    (above: AbortSignal): Layers["run"] =>
    async <R>(
      _: string,
      task: (below: Below) => Promise<R>,
      { atMostMs }: { readonly atMostMs?: number } = {},
    ): Promise<R> => {
      const below: Task<R> = (told) => task({ signal: told.signal, run: runUnder(told.signal) });
      if (atMostMs === undefined) return await below({ signal: above });
      return await lab.withTimeout(below, { ms: atMostMs, signal: above });
    };
  return { run: runUnder(signal), report: () => [], async [Symbol.asyncDispose]() {} };
}
