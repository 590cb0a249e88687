import type { Sim } from "@pattern-labs/testkit";

export interface TaskOptions {
  /** What it fails with, when it comes to its end. */
  readonly fails?: unknown;
  /** What it throws when it is stopped, instead of the reason. */
  readonly failsWhenStopped?: unknown;
  /** What it has to wait for when it is stopped. */
  readonly stops?: () => Promise<unknown>;
  readonly ignoresSignal?: boolean;
}

/** Makes tasks that end whenever the explorer says so, or when they are stopped, and counts them from inside. */
export class Tasks {
  readonly begun: string[] = [];
  readonly ended: string[] = [];
  readonly succeeded: string[] = [];
  readonly stoppedWith: unknown[] = [];
  running = 0;
  peak = 0;
  readonly #sim: Sim;

  constructor(sim: Sim) {
    this.#sim = sim;
  }

  task(name: string, options: TaskOptions = {}): (signal: AbortSignal) => Promise<void> {
    return (signal) => this.#sim.as(name, () => this.#run(name, signal, options));
  }

  async #run(name: string, signal: AbortSignal, options: TaskOptions): Promise<void> {
    const span = this.#sim.recorder.begin("tasks", "running", name);
    this.begun.push(name);
    this.running += 1;
    this.peak = Math.max(this.peak, this.running);
    let outcome: "ok" | "failed" | "cancelled" = "failed";
    try {
      await this.#work(name, signal, options);
      outcome = "ok";
    } catch (error) {
      if (signal.aborted && error === signal.reason) outcome = "cancelled";
      throw error;
    } finally {
      this.running -= 1;
      this.ended.push(name);
      this.#sim.recorder.end(span, outcome);
    }
  }

  async #work(name: string, signal: AbortSignal, options: TaskOptions): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const stop = () => reject(signal.reason);
    if (!options.ignoresSignal) {
      if (signal.aborted) stop();
      signal.addEventListener("abort", stop);
    }
    const work = () => {
      if ("fails" in options) throw options.fails;
      if (!signal.aborted || options.ignoresSignal) this.succeeded.push(name);
    };
    this.#sim.io("works", work).then(resolve, reject);
    try {
      await promise;
    } catch (error) {
      if (!signal.aborted || error !== signal.reason) throw error;
      this.stoppedWith.push(error);
      await options.stops?.();
      throw "failsWhenStopped" in options ? options.failsWhenStopped : error;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }
}
