import { onAbort } from "@pattern-labs/primitives/abort";
import { merge } from "@pattern-labs/primitives/merge";
import { RateLimiter } from "@pattern-labs/primitives/rate-limiter";
import type {
  Counters,
  Entry,
  Line,
  Output,
  Pipeline,
  PipelineError,
  PipelineOptions,
} from "../../contract.ts";
import { each } from "./each.ts";
import { Input } from "./input.ts";
import { lines } from "./lines.ts";
import { checkWhole } from "./options.ts";
import { Parallel } from "./parallel.ts";
import { connect, share } from "./share.ts";

type FailingStage = PipelineError["stage"];

export function runPipeline(options: PipelineOptions): Pipeline {
  const { workers, buffer, maxLineBytes = defaultMaxLineBytes, outputs } = options;
  checkWhole("workers", workers, 1);
  checkWhole("buffer", buffer, 0);
  checkWhole("maxLineBytes", maxLineBytes, 1);
  if (outputs.length === 0) throw new RangeError("outputs must be at least one, got 0");
  return new Run(options, maxLineBytes);
}

const defaultMaxLineBytes = 65_536;

/** A line on its way to the outputs. */
interface Written {
  readonly json: string;
  missing: number; // So many outputs do not have it yet.
}

class Run implements Pipeline {
  readonly done: Promise<Counters>;
  readonly #options: PipelineOptions;
  readonly #maxLineBytes: number;
  readonly #stopping = new AbortController(); // Stops everything.
  readonly #draining = new AbortController(); // Ends the reading, and nothing else.
  readonly #limiter: RateLimiter | undefined;
  #outputsLeft: number;
  readonly #counts = { read: 0, rejected: 0, filtered: 0, enriched: 0, written: 0, discarded: 0 };
  #stopped: { readonly error: unknown } | undefined = undefined;

  constructor(options: PipelineOptions, maxLineBytes: number) {
    this.#options = options;
    this.#maxLineBytes = maxLineBytes;
    this.#outputsLeft = options.outputs.length;
    const { ratePerSecond } = options;
    if (ratePerSecond !== undefined) this.#limiter = new RateLimiter({ ratePerSecond, burst: 1 });
    this.done = this.#run();
  }

  drain(): Promise<Counters> {
    this.#draining.abort();
    return this.done;
  }

  counters(): Counters {
    return { ...this.#counts };
  }

  /** sources → lines → parse and keep → | → enrich and JSON → | → outputs, where each | holds `buffer` values. */
  async #run(): Promise<Counters> {
    const { sources, outputs, workers, buffer, ordered, signal: givenUp } = this.#options;
    const { signal } = this.#stopping;
    const withdraw = onAbort(givenUp, () => this.#stop(givenUp?.reason));

    const entries = connect(
      merge(
        sources.map((source, index) => this.#entriesOf(source, index)),
        { signal },
      ),
      {
        buffer,
        signal,
      },
    );
    const enriched = new Parallel(entries, signal, this.#enrich, { workers, ordered });
    const sides = share(enriched, { sides: outputs.length, buffer, signal });
    await Promise.allSettled(sides.map((side, index) => this.#write(side, outputs[index] as Output, index)));
    await enriched.idle(); // After a stop nobody else has waited for it.

    withdraw();
    const counts = this.#counts;
    counts.discarded = counts.read - counts.rejected - counts.filtered - counts.written;
    if (this.#stopped !== undefined) throw this.#stopped.error;
    return this.counters();
  }

  #entriesOf(source: AsyncIterable<Uint8Array>, index: number): AsyncIterable<Entry> {
    const { signal } = this.#stopping;
    // Its errors are told here, since they must not wait until those further down ask.
    const chunks = new Input(source, {
      signal,
      until: this.#draining.signal,
      onError: (error) => this.#fail("source", error),
    });
    const tooLong = `the line is longer than ${this.#maxLineBytes} bytes`;
    const onTooLong = (line: Line) => {
      this.#counts.read += 1;
      this.#reject(index, line, tooLong);
    };
    const read = lines({ maxBytes: this.#maxLineBytes, onTooLong })(chunks, { signal });
    return each((line: Line) => this.#entryOf(index, line))(read, { signal });
  }

  #entryOf(source: number, line: Line): Entry | undefined {
    this.#counts.read += 1;
    let entry: Entry;
    try {
      entry = this.#options.parse(line.text);
    } catch (error) {
      this.#stopping.signal.throwIfAborted(); // Nobody is called after a stop, be it `parse` that asked for it.
      this.#reject(source, line, messageOf(error));
      return undefined;
    }
    this.#stopping.signal.throwIfAborted();
    if (this.#guarded("keep", () => this.#options.keep(entry))) return entry;
    this.#counts.filtered += 1;
    return undefined;
  }

  #reject(source: number, { number, text }: Line, reason: string): void {
    this.#counts.rejected += 1;
    this.#guarded("onRejected", () => this.#options.onRejected({ source, line: number, text, reason }));
  }

  readonly #enrich = async (entry: Entry, options: { readonly signal: AbortSignal }): Promise<Written> => {
    try {
      if (this.#limiter !== undefined) {
        await this.#limiter.acquire(options);
        options.signal.throwIfAborted();
      }
      const enriched = await this.#options.enrich(entry, options);
      this.#counts.enriched += 1;
      return { json: JSON.stringify(enriched), missing: this.#options.outputs.length };
    } catch (error) {
      this.#fail("enrich", error);
      throw error;
    }
  };

  /** An output that has been given up is not called any more; its side is read on, so that it holds up nobody. */
  async #write(side: AsyncIterable<Written>, output: Output, index: number): Promise<void> {
    const { signal } = this.#stopping;
    let givenUp = false;
    for await (const line of side) {
      signal.throwIfAborted(); // It may have come between the line's arrival and now.
      try {
        if (!givenUp) await output(line.json, { signal });
      } catch (error) {
        givenUp = true;
        this.#giveUp(index, error);
      }
      line.missing -= 1;
      if (line.missing === 0) this.#counts.written += 1;
    }
  }

  /** @throws If the pipeline cannot go on without it. */
  #giveUp(output: number, error: unknown): void {
    const { onOutputFailed } = this.#options;
    this.#stopping.signal.throwIfAborted();
    if (onOutputFailed !== undefined) this.#guarded("output", () => onOutputFailed({ output, error }));
    this.#outputsLeft -= 1;
    if (onOutputFailed !== undefined && this.#outputsLeft > 0) return;
    this.#fail("output", error);
    throw error;
  }

  #guarded<R>(stage: FailingStage, call: () => R): R {
    try {
      return call();
    } catch (error) {
      this.#fail(stage, error);
      throw error;
    }
  }

  #fail(stage: FailingStage, cause: unknown): void {
    this.#stop(new StageFailed(stage, cause));
  }

  /** The first reason counts. What goes wrong afterwards is mostly its echo. */
  #stop(error: unknown): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = { error };
    this.#stopping.abort(error);
  }
}

class StageFailed extends Error implements PipelineError {
  override readonly name = "PipelineError";
  readonly stage: FailingStage;
  override readonly cause: unknown;

  constructor(stage: FailingStage, cause: unknown) {
    super(`The pipeline failed in its stage ${stage}: ${messageOf(cause)}`);
    this.stage = stage;
    this.cause = cause;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
