import type { PipelineError } from "../contract.ts";
import { PipelineFailure } from "./errors.ts";

type Stage = PipelineError["stage"];

/**
 * The two ways to end. Draining ends the reading, and the end of the input then runs through all stages by itself.
 * Stopping, after an abort or a failure, ends everything at once: all stages heed `signal`.
 */
export class Shutdown {
  readonly #stop = new AbortController();
  readonly #drain = new AbortController();

  /** Aborts when everything is to end. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Aborts when nothing more is to be read. */
  get reading(): AbortSignal {
    return this.#drain.signal;
  }

  drain(): void {
    this.#drain.abort();
  }

  /** The first reason stays. */
  stop(reason: unknown): void {
    this.#stop.abort(reason);
    this.drain();
  }

  /**
   * At once, not when the error has made its way through the buffers. What fails after that is an echo.
   *
   * @returns What the stage is to throw.
   */
  fail(stage: Stage, cause: unknown): unknown {
    if (!this.signal.aborted) this.stop(new PipelineFailure(stage, cause));
    return this.signal.reason;
  }

  /** Calls what the user has handed in: what it throws is the failure of the pipeline. */
  call<R>(stage: Stage, call: () => R): R {
    try {
      return call();
    } catch (error) {
      throw this.fail(stage, error);
    }
  }

  async callAsync<R>(stage: Stage, call: () => Promise<R>): Promise<R> {
    try {
      return await call();
    } catch (error) {
      throw this.fail(stage, error);
    }
  }
}
