import { onAbort } from "@pattern-labs/primitives/abort";
import { merge } from "@pattern-labs/primitives/merge";
import { RateLimiter } from "@pattern-labs/primitives/rate-limiter";
import { WaitGroup } from "@pattern-labs/primitives/wait-group";
import type { Counters, Entry, Line, Pipeline, PipelineOptions, Rejected } from "../contract.ts";
import { checkCount } from "./checks.ts";
import { connect, Pump } from "./connect.ts";
import { each } from "./each.ts";
import { messageOf } from "./errors.ts";
import { Input } from "./input.ts";
import { Ledger } from "./ledger.ts";
import { lines } from "./lines.ts";
import { Outputs, type Parcel } from "./outputs.ts";
import { parallel } from "./parallel.ts";
import { Shutdown } from "./shutdown.ts";

export function runPipeline(options: PipelineOptions): Pipeline {
  return new LogPipeline(options).start();
}

const longestLine = 65_536;

interface Stoppable {
  readonly signal: AbortSignal;
}

class LogPipeline implements Pipeline {
  readonly done: Promise<Counters>;
  readonly #options: PipelineOptions;
  readonly #shutdown = new Shutdown();
  readonly #ledger = new Ledger();
  readonly #outputs: Outputs;
  readonly #limiter: RateLimiter | undefined;
  readonly #underWay = new WaitGroup(); // Sources that are open, and calls of `enrich`.
  readonly #ended = Promise.withResolvers<Counters>();

  constructor(options: PipelineOptions) {
    const { workers, buffer, maxLineBytes = longestLine, outputs, ratePerSecond } = options;
    checkCount("workers", workers, 1);
    checkCount("buffer", buffer, 0);
    checkCount("maxLineBytes", maxLineBytes, 1);
    checkCount("the number of outputs", outputs.length, 1);
    this.#options = options;
    this.#outputs = new Outputs(options, this.#shutdown, () => this.#ledger.count("written"));
    this.#limiter = ratePerSecond === undefined ? undefined : new RateLimiter({ ratePerSecond, burst: 1 });
    this.done = this.#ended.promise;
  }

  start(): this {
    const { signal } = this.#options;
    const withdraw = onAbort(signal, () => this.#shutdown.stop(signal?.reason));
    this.#run().finally(withdraw).then(this.#ended.resolve, this.#ended.reject);
    return this;
  }

  counters(): Counters {
    return this.#ledger.read();
  }

  drain(): Promise<Counters> {
    this.#shutdown.drain();
    return this.done;
  }

  async #run(): Promise<Counters> {
    const { sources, workers, buffer, ordered } = this.#options;
    const { signal } = this.#shutdown;
    const between = { buffer, signal };

    const parsed = sources.map((source, index) => this.#entriesOf(source, index));
    const entries = connect(merge(parsed, { signal }), between);
    const kept = connect(each(this.#keep)(entries, { signal }), between);
    const enriched = connect(parallel(this.#enrich, { workers, ordered })(kept, { signal }), between);
    const parcels = new Pump(each(this.#pack)(enriched, { signal }), signal);

    await this.#outputs.write(() => parcels.openPipe(buffer));
    await this.#underWay.wait();
    this.#ledger.close();
    signal.throwIfAborted();
    return this.#ledger.read();
  }

  #entriesOf(source: AsyncIterable<Uint8Array>, index: number): AsyncIterable<Entry> {
    const { signal } = this.#shutdown;
    const { maxLineBytes: maxBytes = longestLine } = this.#options;
    const onTooLong = ({ number, text }: Line) => {
      this.#countRead();
      this.#reject({ source: index, line: number, text, reason: `longer than ${maxBytes} bytes` });
    };
    const cut = lines({ maxBytes, onTooLong })(this.#untilDrained(source), { signal });
    return each((line: Line) => this.#parse(line, index))(cut, { signal });
  }

  async *#untilDrained(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
    const { reading } = this.#shutdown;
    this.#underWay.add();
    try {
      yield* new Input(source, reading);
    } catch (error) {
      if (!reading.aborted) throw this.#shutdown.fail("source", error);
    } finally {
      this.#underWay.done();
    }
  }

  #parse({ number, text }: Line, source: number): Entry | undefined {
    this.#countRead();
    try {
      return this.#options.parse(text);
    } catch (error) {
      this.#reject({ source, line: number, text, reason: messageOf(error) });
      return undefined;
    }
  }

  /** Once the pipeline has been stopped nothing more is read, whatever was on its way. */
  #countRead(): void {
    this.#shutdown.signal.throwIfAborted();
    this.#ledger.count("read");
  }

  #reject(rejected: Rejected): void {
    this.#ledger.count("rejected");
    this.#shutdown.call("onRejected", () => this.#options.onRejected(rejected));
  }

  readonly #keep = (entry: Entry): Entry | undefined => {
    if (this.#shutdown.call("keep", () => this.#options.keep(entry))) return entry;
    this.#ledger.count("filtered");
    return undefined;
  };

  readonly #enrich = (entry: Entry, options: Stoppable): Promise<Entry> =>
    this.#underWay.go(async () => {
      await this.#limiter?.acquire(options);
      const enriched = await this.#shutdown.callAsync("enrich", () => this.#options.enrich(entry, options));
      this.#ledger.count("enriched");
      return enriched;
    });

  readonly #pack = (entry: Entry): Parcel => this.#outputs.pack(JSON.stringify(entry));
}
