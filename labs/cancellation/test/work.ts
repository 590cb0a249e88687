import type { Sim } from "@pattern-labs/testkit";

export interface WorkOptions {
  /** How long it takes, in simulated ms. Left out: it ends whenever the explorer says so. */
  readonly ms?: number;
  /** What it fails with when it comes to its end. */
  readonly fails?: unknown;
  /** What it does when it is told to stop, before it ends. */
  readonly stops?: () => Promise<unknown>;
  readonly ignoresSignal?: boolean;
}

/** Makes work that ends by itself, or when it is told to stop, and counts it from inside. */
export class Work {
  readonly begun: string[] = [];
  readonly ended: string[] = [];
  /** The work that came to its own end, with a value. */
  readonly succeeded: string[] = [];
  /** What the signal of each piece said when it stopped it. */
  readonly stoppedWith = new Map<string, unknown>();
  running = 0;
  readonly #sim: Sim;

  constructor(sim: Sim) {
    this.#sim = sim;
  }

  /** A task: its value is its name. */
  task(name: string, options: WorkOptions = {}): (told: { readonly signal: AbortSignal }) => Promise<string> {
    return ({ signal }) => this.#sim.as(name, () => this.#run(name, signal, options));
  }

  async #run(name: string, signal: AbortSignal, options: WorkOptions): Promise<string> {
    const span = this.#sim.recorder.begin("work", "running", name);
    this.begun.push(name);
    this.running += 1;
    let outcome: "ok" | "failed" | "cancelled" = "failed";
    try {
      await this.#work(name, signal, options);
      outcome = "ok";
      this.succeeded.push(name);
      return name;
    } catch (error) {
      if (this.stoppedWith.has(name)) outcome = "cancelled";
      throw error;
    } finally {
      this.running -= 1;
      this.ended.push(name);
      this.#sim.recorder.end(span, outcome);
    }
  }

  async #work(name: string, signal: AbortSignal, options: WorkOptions): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const stop = () => reject(signal.reason);
    if (!options.ignoresSignal) {
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop);
    }
    const finish = () => ("fails" in options ? reject(options.fails) : resolve());
    let timer: NodeJS.Timeout | undefined;
    if (options.ms === undefined) this.#sim.io("works").then(finish);
    else timer = setTimeout(finish, options.ms);
    try {
      await promise;
    } catch (error) {
      if (options.ignoresSignal || !signal.aborted || error !== signal.reason) throw error;
      this.stoppedWith.set(name, error);
      await options.stops?.();
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    }
  }
}

/** Waits for `ms` of simulated time, whatever may be. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A task need not be called at once: after this it has been. */
export async function afterTheCalls(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await null;
}
