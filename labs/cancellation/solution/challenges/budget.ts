import type { Budget, BudgetOptions, LayerReport, Scope, SpendOptions } from "../../contract.ts";
import { checkDuration } from "../../given/errors.ts";
import { openScope } from "../scope.ts";
import { Stopwatch } from "./stopwatch.ts";

export function openBudget({ totalMs, signal }: BudgetOptions): Budget {
  checkDuration("totalMs", totalMs);
  return new LayerBudget(openScope({ signal, timeoutMs: totalMs }), { depth: 0, layers: [] });
}

interface Layer {
  readonly name: string;
  readonly depth: number;
  readonly ownTime: Stopwatch;
  state: LayerReport["state"];
}

interface Place {
  readonly depth: number;
  /** All that were ever run on the budget: shared by all places in it. */
  readonly layers: Layer[];
  readonly layer?: Layer;
}

class LayerBudget implements Budget {
  readonly #scope: Scope;
  readonly #place: Place;
  #running = 0;

  constructor(scope: Scope, place: Place) {
    this.#scope = scope;
    this.#place = place;
  }

  get signal(): AbortSignal {
    return this.#scope.signal;
  }

  get remainingMs(): number {
    return Math.max(0, this.#scope.deadline - performance.now());
  }

  async spend<R>(
    name: string,
    task: (budget: Budget) => Promise<R>,
    { atMostMs }: SpendOptions = {},
  ): Promise<R> {
    if (atMostMs !== undefined) checkDuration("atMostMs", atMostMs);
    await using scope = this.#scope.child({ timeoutMs: atMostMs });
    return await scope.start(() => this.#run(name, scope, task));
  }

  report(): readonly LayerReport[] {
    return this.#place.layers.map(({ name, depth, ownTime, state }) => ({
      layer: name,
      depth,
      ownMs: ownTime.elapsedMs,
      state,
    }));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#scope[Symbol.asyncDispose]();
  }

  async #run<R>(name: string, scope: Scope, task: (budget: Budget) => Promise<R>): Promise<R> {
    const { layers, depth } = this.#place;
    const layer: Layer = { name, depth: depth + 1, ownTime: new Stopwatch(), state: "running" };
    layers.push(layer);
    this.#handOver();
    layer.ownTime.start();
    try {
      const result = await task(new LayerBudget(scope, { depth: layer.depth, layers, layer }));
      layer.state = "done";
      return result;
    } catch (error) {
      layer.state = scope.signal.aborted ? "cancelled" : "failed";
      throw error;
    } finally {
      layer.ownTime.stop();
      this.#takeBack();
    }
  }

  /** While a layer below runs, this one only waits. */
  #handOver(): void {
    if (this.#running === 0) this.#place.layer?.ownTime.stop();
    this.#running += 1;
  }

  #takeBack(): void {
    this.#running -= 1;
    if (this.#running === 0 && this.#place.layer?.state === "running") this.#place.layer.ownTime.start();
  }
}
