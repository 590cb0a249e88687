import type { Transferable, WorkerOptions } from "node:worker_threads";
import type { Cancellable } from "../abort.ts";

/** A function that a thread of `ThreadPool` runs: what the module exports. It may be async. */
export type ThreadTask<Input, Output> = (
  input: Input,
  context: ThreadTaskContext,
) => Output | PromiseLike<Output>;

/** What a task is given besides its input, in its own thread. */
export interface ThreadTaskContext {
  /** Aborts when the caller's signal does, as soon as the task awaits something. */
  readonly signal: AbortSignal;
  /** Whether the caller's signal has aborted: to be looked at in a loop that awaits nothing, where no event arrives. */
  readonly aborted: boolean;
  /** Hands these over with the output instead of copying them: buffers, ports. They are of no use here afterwards. */
  readonly transfer: (...objects: readonly Transferable[]) => void;
}

export interface ThreadPoolOptions {
  /** How many threads run at most, and thus how many tasks at once. Default: as many as the machine runs at once. */
  readonly limit?: number | undefined;
  /** How long an aborted task may go on before its thread is ended and replaced. Default 1,000; `Infinity`: for ever. */
  readonly graceMs?: number | undefined;
  /** How each thread is made: `resourceLimits`, `env`, `execArgv`, `name`. */
  readonly worker?: Omit<WorkerOptions, "eval" | "workerData" | "transferList"> | undefined;
}

export interface ThreadTaskOptions extends Cancellable {
  /** The name of the function that the module exports. Default: its default export. */
  readonly task?: string | undefined;
  /** Handed over with the input instead of copied: buffers, ports. They are of no use here afterwards. */
  readonly transfer?: readonly Transferable[] | undefined;
}
