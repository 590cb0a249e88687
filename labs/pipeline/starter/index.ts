import type {
  ConnectOptions,
  Lab,
  Line,
  LinesOptions,
  ParallelOptions,
  Pipeline,
  PipelineError,
  PipelineOptions,
  Stage,
  TeeOptions,
  Work,
} from "../contract.ts";

export function lines({ maxBytes }: LinesOptions): Stage<Uint8Array, Line> {
  checkCount("maxBytes", maxBytes, 1);
  throw new Error("TODO 1.1: lines is yours to write");
}

export function connect<T>(_input: AsyncIterable<T>, { buffer }: ConnectOptions): AsyncIterable<T> {
  checkCount("buffer", buffer, 0);
  throw new Error("TODO 2.1: connect is yours to write");
}

export function each<I, O>(_work: (item: I) => O | undefined): Stage<I, O> {
  throw new Error("TODO 2.7: each is yours to write");
}

export function parallel<I, O>(_work: Work<I, O>, { workers }: ParallelOptions): Stage<I, O> {
  checkCount("workers", workers, 1);
  throw new Error("TODO 3.1: parallel is yours to write");
}

export function tee<T>(
  _input: AsyncIterable<T>,
  { buffer }: TeeOptions,
): readonly [AsyncIterable<T>, AsyncIterable<T>] {
  checkCount("buffer", buffer, 0);
  throw new Error("TODO 4.1: tee is yours to write");
}

export function runPipeline({ workers, buffer, maxLineBytes = 65_536, outputs }: PipelineOptions): Pipeline {
  checkCount("workers", workers, 1);
  checkCount("buffer", buffer, 0);
  checkCount("maxLineBytes", maxLineBytes, 1);
  checkCount("the number of outputs", outputs.length, 1);
  throw new Error("TODO 4.4: runPipeline is yours to write");
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

function checkCount(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new RangeError(`${name} must be a whole number from ${least}, got ${value}`);
}

/** Name the challenges here that you take up, and their tests will run: "ordered", "batches" … */
export const attempted: Lab["attempted"] = [];
