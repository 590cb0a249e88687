import type {
  ConnectOptions,
  Counters,
  Lab,
  Line,
  LinesOptions,
  ParallelOptions,
  Pipeline,
  PipelineOptions,
  Stage,
  TeeOptions,
  Work,
} from "../contract.ts";
import { checkCount, checkPipeline, Ledger } from "./given.ts";

/**
 * Go's or-done, an async generator: gives what `input` gives, until it ends or `signal` aborts. An abort throws the reason
 * at once. On the way out, whichever way, the input is told to close, and not waited for. Everything below reads with this.
 */
function untilAbort<T>(_input: AsyncIterable<T>, _signal: AbortSignal): AsyncGenerator<T, void> {
  throw new Error("TODO 1.1: untilAbort is yours to write");
}

/** The model of a stage, and whole: a loop in an async generator. */
export function each<I, O>(work: (item: I) => O | undefined): Stage<I, O> {
  return async function* (input, { signal }) {
    for await (const item of untilAbort(input, signal)) {
      const result = work(item);
      if (result !== undefined) yield result;
    }
  };
}

export function lines({ maxBytes }: LinesOptions): Stage<Uint8Array, Line> {
  checkCount("maxBytes", maxBytes, 1);
  throw new Error("TODO 1.1: lines is yours to write");
}

export function connect<T>(_input: AsyncIterable<T>, { buffer }: ConnectOptions): AsyncIterable<T> {
  checkCount("buffer", buffer, 0);
  throw new Error("TODO 2.1: connect is yours to write");
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

export function runPipeline(options: PipelineOptions): Pipeline {
  checkPipeline(options);
  const ledger = new Ledger();
  const done = run();
  return { done, drain, counters: () => ledger.counters() };

  async function run(): Promise<Counters> {
    throw new Error("TODO 4.4: the pipeline is yours to join");
  }

  function drain(): Promise<Counters> {
    throw new Error("TODO 5.4: drain is yours to write");
  }
}

/** Name the challenges here that you take up, and their tests will run: "ordered", "batches" … */
export const attempted: Lab["attempted"] = [];
