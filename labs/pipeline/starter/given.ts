/** What teaches nothing about pipelines. It is read in three minutes, and yours to change. */
import { onAbort } from "@pattern-labs/primitives/abort";
import type { Counters, PipelineError, PipelineOptions } from "../contract.ts";

/** Settles as `promise` does, or rejects with the signal's reason as soon as that aborts. Leaves no listener. */
export function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const withdraw = onAbort(signal, () => reject(signal.reason));
    promise.finally(withdraw).then(resolve, reject);
  });
}

/** Counts what has passed. What is inside, and in the end discarded, follows from that and is never counted. */
export class Ledger {
  readonly #counts = { read: 0, rejected: 0, filtered: 0, enriched: 0, written: 0 };
  #closed = false;

  count(what: "read" | "rejected" | "filtered" | "enriched" | "written"): void {
    this.#counts[what] += 1;
  }

  /** Whatever is inside now will never come out: it is discarded. */
  close(): void {
    this.#closed = true;
  }

  counters(): Counters {
    const { read, rejected, filtered, written } = this.#counts;
    const inside = read - rejected - filtered - written;
    return { ...this.#counts, discarded: this.#closed ? inside : 0 };
  }
}

/** What `done` rejects with when something that was handed in has thrown. */
export class PipelineFailure extends Error implements PipelineError {
  override readonly name = "PipelineError";
  declare readonly cause: unknown;
  readonly stage: PipelineError["stage"];

  constructor(stage: PipelineError["stage"], cause: unknown) {
    super(`The pipeline failed in ${stage}: ${String(cause)}`, { cause });
    this.stage = stage;
  }
}

/** @throws {RangeError} Unless `value` is a whole number of at least `least`. */
export function checkCount(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new RangeError(
    `Cannot build the pipeline: ${name} must be a whole number from ${least}, got ${value}`,
  );
}

/** @throws {RangeError} If an option of `runPipeline` is out of its range. */
export function checkPipeline({ workers, buffer, maxLineBytes = 65_536, outputs }: PipelineOptions): void {
  checkCount("workers", workers, 1);
  checkCount("buffer", buffer, 0);
  checkCount("maxLineBytes", maxLineBytes, 1);
  checkCount("the number of outputs", outputs.length, 1);
}
