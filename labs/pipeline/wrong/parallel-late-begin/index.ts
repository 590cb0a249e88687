// WRONG (3.6): an item that waited for a worker begins, although an abort came just after the worker became free.
import { onAbort } from "@pattern-labs/primitives/abort";
import { Channel } from "@pattern-labs/primitives/channel";
import type {
  ConnectOptions,
  Counters,
  Entry,
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
} from "../../contract.ts";

type Result<T> = IteratorResult<T, undefined>;

const end = { done: true, value: undefined } as const;

/** What the stages read from: opened by the first `next`, closed once, and left at once when the signal aborts. */
class Input<T> {
  readonly #iterable: AsyncIterable<T>;
  readonly #signal: AbortSignal | undefined;
  #iterator: AsyncIterator<T> | undefined;
  #leave: (() => void) | undefined; // There while a value is on its way.
  #ended = false;

  constructor(iterable: AsyncIterable<T>, signal?: AbortSignal) {
    this.#iterable = iterable;
    this.#signal = signal;
  }

  next(): Promise<Result<T>> {
    const signal = this.#signal;
    if (this.#ended) return Promise.resolve(end);
    if (signal?.aborted) {
      this.abandon();
      return Promise.reject(signal.reason);
    }
    return new Promise((resolve, reject) => {
      let withdraw = (): void => {};
      this.#leave = () => {
        this.#leave = undefined;
        withdraw();
        resolve(end);
      };
      let answer: Promise<IteratorResult<T>>;
      try {
        this.#iterator ??= this.#iterable[Symbol.asyncIterator]();
        answer = Promise.resolve(this.#iterator.next());
      } catch (error) {
        this.#ended = true;
        this.#leave = undefined;
        reject(error);
        return;
      }
      if (this.#leave !== undefined)
        withdraw = onAbort(signal, () => {
          reject(signal?.reason);
          this.abandon();
        });
      answer.then(
        ({ done, value }) => {
          this.#leave = undefined;
          withdraw();
          if (done) this.#ended = true;
          resolve(done ? end : { done: false, value });
        },
        (error: unknown) => {
          this.#leave = undefined;
          withdraw();
          this.#ended = true;
          reject(error);
        },
      );
    });
  }

  /** Waits until the input is closed, unless a value is on its way or the signal has aborted. */
  async close(): Promise<void> {
    if (this.#leave !== undefined || this.#signal?.aborted) return this.abandon();
    if (this.#ended) return;
    this.#ended = true;
    await this.#iterator?.return?.();
  }

  /** Tells the input to close. Nobody waits for it, and what it throws is dropped. */
  abandon(): void {
    this.#leave?.();
    if (this.#ended) return;
    this.#ended = true;
    try {
      Promise.resolve(this.#iterator?.return?.()).catch(nothing);
    } catch {
      // Dropped as well.
    }
  }
}

/** What all stages that we return have in common. */
abstract class Flow<T> implements AsyncIterableIterator<T, undefined> {
  abstract next(): Promise<Result<T>>;
  abstract return(): Promise<Result<T>>;
  [Symbol.asyncIterator](): this {
    return this;
  }
}

export function lines(options: LinesOptions): Stage<Uint8Array, Line> {
  checkFrom(1, "maxBytes", options.maxBytes);
  return (input, { signal }) => new LineReader(input, signal, options);
}

class LineReader extends Flow<Line> {
  readonly #input: Input<Uint8Array>;
  readonly #signal: AbortSignal;
  readonly #options: LinesOptions;
  #chunk: Uint8Array | undefined;
  #from = 0; // Where in the chunk the next line begins.
  #room = Buffer.alloc(0); // For the beginning of a line whose end is still to come. Doubles when it is full.
  #size = 0; // How many bytes are held in it.
  #skipping = false; // Within a line that is too long.
  #number = 0;
  #flushed = false;
  #ended = false;

  constructor(input: AsyncIterable<Uint8Array>, signal: AbortSignal, options: LinesOptions) {
    super();
    this.#input = new Input(input, signal);
    this.#signal = signal;
    this.#options = options;
  }

  async next(): Promise<Result<Line>> {
    if (this.#ended) return end;
    try {
      for (;;) {
        this.#signal.throwIfAborted();
        const line = this.#cut();
        if (this.#ended) return end;
        if (line !== undefined) return { done: false, value: line };
        if (this.#signal.aborted) continue;
        if (this.#flushed) {
          this.#ended = true;
          return end;
        }
        const { done, value } = await this.#input.next();
        if (this.#ended) return end;
        if (done) {
          this.#flushed = true;
          const last = this.#flush();
          if (last !== undefined) return { done: false, value: last };
        } else {
          this.#chunk = value;
          this.#from = 0;
        }
      }
    } catch (error) {
      this.#ended = true;
      await this.#input.close().catch(nothing);
      throw error;
    }
  }

  async return(): Promise<Result<Line>> {
    this.#ended = true;
    this.#chunk = undefined;
    this.#size = 0;
    await this.#input.close();
    return end;
  }

  /** The next line of the chunk, if there is a whole one. */
  #cut(): Line | undefined {
    while (this.#chunk !== undefined) {
      if (this.#signal.aborted) return undefined; // `onTooLong` may have done that.
      const at = this.#chunk.indexOf(LF, this.#from);
      const piece = this.#chunk.subarray(this.#from, at === -1 ? undefined : at);
      if (at === -1) this.#chunk = undefined;
      else this.#from = at + 1;
      if (this.#skipping) this.#skipping = at === -1;
      else if (at === -1) this.#hold(piece);
      else {
        const line = this.#finish(piece, true);
        if (line !== undefined) return line;
      }
    }
    return undefined;
  }

  #hold(piece: Uint8Array): void {
    if (piece.length === 0) return;
    const { maxBytes } = this.#options;
    this.#append(piece);
    // One byte too many may be the CR of a CRLF.
    if (this.#size <= maxBytes || (this.#size === maxBytes + 1 && piece.at(-1) === CR)) return;
    this.#skipping = true;
    this.#tell(this.#take());
  }

  #finish(piece: Uint8Array, strip: boolean): Line | undefined {
    let bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
    if (this.#size > 0) {
      this.#append(piece);
      bytes = this.#take();
    }
    if (strip && bytes.at(-1) === CR) bytes = bytes.subarray(0, -1);
    if (bytes.length > this.#options.maxBytes) {
      this.#tell(bytes);
      return undefined;
    }
    this.#number += 1;
    return { number: this.#number, text: bytes.toString() };
  }

  /** The last line may do without an ending. */
  #flush(): Line | undefined {
    return this.#size === 0 ? undefined : this.#finish(new Uint8Array(), false);
  }

  #append(piece: Uint8Array): void {
    const size = this.#size + piece.length;
    if (size > this.#room.length) {
      const larger = Buffer.alloc(Math.max(size, 2 * this.#room.length));
      larger.set(this.#room.subarray(0, this.#size));
      this.#room = larger;
    }
    this.#room.set(piece, this.#size);
    this.#size = size;
  }

  /** Good until something is appended. */
  #take(): Buffer {
    const bytes = this.#room.subarray(0, this.#size);
    this.#size = 0;
    return bytes;
  }

  #tell(bytes: Buffer): void {
    this.#number += 1;
    const { maxBytes, onTooLong } = this.#options;
    if (onTooLong === undefined) return;
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    const text = decoder.decode(bytes.subarray(0, maxBytes), { stream: true }); // Keeps back half a character.
    onTooLong({ number: this.#number, text });
  }
}

const LF = 10;
const CR = 13;

export function connect<T>(input: AsyncIterable<T>, { buffer, signal }: ConnectOptions): AsyncIterable<T> {
  checkFrom(0, "buffer", buffer);
  return new Connection(input, buffer, signal);
}

/** How a stream ends: with an error, or without. */
type Ending = { readonly error: unknown } | "end";

class Connection<T> extends Flow<T> {
  readonly #input: Input<T>;
  readonly #buffer: number;
  readonly #signal: AbortSignal;
  #values: T[] = []; // At most one more than fit in the buffer: it is being handed over.
  #ending: Ending | undefined; // Comes after the values.
  #reader: PromiseWithResolvers<Result<T>> | undefined; // Waits only while there is no value.
  #started = false;
  #reading = false;
  #withdraw: () => void = nothing;

  constructor(input: AsyncIterable<T>, buffer: number, signal: AbortSignal) {
    super();
    this.#input = new Input(input, signal);
    this.#buffer = buffer;
    this.#signal = signal;
  }

  next(): Promise<Result<T>> {
    if (!this.#started) {
      this.#started = true;
      this.#withdraw = onAbort(this.#signal, () => this.#abort());
    }
    if (this.#values.length > 0) {
      const value = this.#values.shift() as T;
      void this.#read();
      return Promise.resolve({ done: false, value });
    }
    if (this.#ending !== undefined) return this.#tellEnding(this.#ending);
    this.#reader = Promise.withResolvers();
    const { promise } = this.#reader;
    void this.#read();
    return promise;
  }

  async return(): Promise<Result<T>> {
    this.#started = true;
    this.#values = [];
    this.#ending = "end";
    this.#withdraw();
    this.#reader?.resolve(end);
    this.#reader = undefined;
    await this.#input.close();
    return end;
  }

  /** Reads until the buffer is full, and one value more. Never rejects. */
  async #read(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    while (this.#ending === undefined && this.#values.length <= this.#buffer) {
      try {
        const { done, value } = await this.#input.next();
        if (this.#ending !== undefined) break;
        if (done) this.#end("end");
        else this.#hand(value);
      } catch (error) {
        this.#end({ error });
      }
    }
    this.#reading = false;
  }

  #hand(value: T): void {
    if (this.#reader === undefined) {
      this.#values.push(value);
      return;
    }
    this.#reader.resolve({ done: false, value });
    this.#reader = undefined;
  }

  #end(ending: Ending): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    if (this.#reader === undefined) return; // The values first.
    this.#reader.resolve(this.#tellEnding(ending));
    this.#reader = undefined;
  }

  #tellEnding(ending: Ending): Promise<Result<T>> {
    this.#ending = "end"; // An error is told once.
    this.#withdraw();
    return ending === "end" ? Promise.resolve(end) : Promise.reject(ending.error);
  }

  #abort(): void {
    this.#values = [];
    this.#ending = undefined;
    this.#end({ error: this.#signal.reason });
    this.#input.abandon();
  }
}

export function each<I, O>(work: (item: I) => O | undefined): Stage<I, O> {
  return (input, { signal }) => new Each(input, signal, work);
}

class Each<I, O> extends Flow<O> {
  readonly #input: Input<I>;
  readonly #work: (item: I) => O | undefined;
  #ended = false;

  constructor(input: AsyncIterable<I>, signal: AbortSignal, work: (item: I) => O | undefined) {
    super();
    this.#input = new Input(input, signal);
    this.#work = work;
  }

  async next(): Promise<Result<O>> {
    const work = this.#work;
    try {
      while (!this.#ended) {
        const { done, value: item } = await this.#input.next();
        if (this.#ended) break;
        if (done) this.#ended = true;
        else {
          const value = work(item);
          if (value !== undefined) return { done: false, value };
        }
      }
      return end;
    } catch (error) {
      this.#ended = true;
      await this.#input.close().catch(nothing);
      throw error;
    }
  }

  async return(): Promise<Result<O>> {
    this.#ended = true;
    await this.#input.close();
    return end;
  }
}

export function parallel<I, O>(work: Work<I, O>, { workers }: ParallelOptions): Stage<I, O> {
  checkFrom(1, "workers", workers);
  return (input, { signal }) => new Parallel(input, signal, work, workers);
}

class Parallel<I, O> extends Flow<O> {
  readonly #input: Input<I>;
  readonly #signal: AbortSignal;
  readonly #work: Work<I, O>;
  readonly #workers: number;
  readonly #controller = new AbortController(); // Tells the works that nobody wants their results.
  #results: O[] = []; // Completed, and not taken.
  #busy = 0; // How many works are under way.
  #inputEnding: Ending | undefined;
  #stopped: Ending | undefined; // Comes as soon as no work is under way.
  #reader: PromiseWithResolvers<Result<O>> | undefined;
  #free: PromiseWithResolvers<void> | undefined; // An item waits here for a worker.
  readonly #idle = Promise.withResolvers<void>(); // Stopped, and no work is under way.
  #started = false;
  #withdraw: () => void = nothing;

  constructor(input: AsyncIterable<I>, signal: AbortSignal, work: Work<I, O>, workers: number) {
    super();
    this.#input = new Input(input, signal);
    this.#signal = signal;
    this.#work = work;
    this.#workers = workers;
  }

  next(): Promise<Result<O>> {
    if (!this.#started) {
      this.#started = true;
      this.#withdraw = onAbort(this.#signal, () => this.#stop({ error: this.#signal.reason }));
      if (this.#stopped === undefined) void this.#read();
    }
    this.#reader = Promise.withResolvers();
    const { promise } = this.#reader;
    this.#serve();
    return promise;
  }

  async return(): Promise<Result<O>> {
    this.#started = true;
    this.#stop("end");
    this.#stopped = "end";
    this.#serve();
    const [closed] = await Promise.allSettled([this.#input.close(), this.#idle.promise]);
    if (closed.status === "rejected") throw closed.reason;
    return end;
  }

  /** Reads one item ahead. Never rejects. */
  async #read(): Promise<void> {
    try {
      for (;;) {
        const { done, value: item } = await this.#input.next();
        if (this.#stopped !== undefined) return;
        if (done) break;
        while (this.#busy + this.#results.length >= this.#workers) {
          this.#free = Promise.withResolvers();
          await this.#free.promise; // Nobody frees a worker any more once it was stopped.
        }
        void this.#begin(item);
      }
      this.#inputEnding = "end";
    } catch (error) {
      this.#inputEnding = { error };
    }
    this.#serve();
  }

  /** Never rejects. */
  async #begin(item: I): Promise<void> {
    const work = this.#work;
    this.#busy += 1;
    try {
      const result = await work(item, { signal: this.#controller.signal });
      this.#busy -= 1;
      if (this.#stopped === undefined) this.#results.push(result);
    } catch (error) {
      this.#busy -= 1;
      this.#stop({ error }, false);
    }
    this.#serve();
  }

  #stop(how: Ending, leaving = how === "end"): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = how;
    this.#results = [];
    this.#withdraw();
    this.#controller.abort(how === "end" ? undefined : how.error);
    if (!leaving) this.#input.abandon();
    this.#serve();
  }

  /** Gives the reader what there is, and the item that waits the worker that is free. */
  #serve(): void {
    if (this.#stopped !== undefined) {
      if (this.#busy > 0) return;
      this.#idle.resolve();
      if (this.#reader !== undefined) this.#finish(this.#stopped);
      return;
    }
    if (this.#reader !== undefined && this.#results.length > 0) {
      this.#reader.resolve({ done: false, value: this.#results.shift() as O });
      this.#reader = undefined;
    }
    if (this.#busy + this.#results.length < this.#workers) {
      this.#free?.resolve();
      this.#free = undefined;
    }
    if (this.#reader !== undefined && this.#inputEnding !== undefined && this.#busy === 0) {
      const ending = this.#inputEnding;
      this.#stopped = ending;
      this.#withdraw();
      this.#idle.resolve();
      this.#finish(ending);
    }
  }

  #finish(ending: Ending): void {
    this.#stopped = "end"; // An error is told once.
    if (ending === "end") this.#reader?.resolve(end);
    else this.#reader?.reject(ending.error);
    this.#reader = undefined;
  }
}

export function tee<T>(
  input: AsyncIterable<T>,
  { buffer }: TeeOptions,
): readonly [AsyncIterable<T>, AsyncIterable<T>] {
  checkFrom(0, "buffer", buffer);
  const fork = new Fork(input, buffer);
  return [fork.left, fork.right];
}

class Fork<T> {
  readonly left: Side<T>;
  readonly right: Side<T>;
  readonly #input: Input<T>;
  readonly #buffer: number;
  #reading = false;
  #ended = false;

  constructor(input: AsyncIterable<T>, buffer: number) {
    this.left = new Side(this);
    this.right = new Side(this);
    this.#input = new Input(input);
    this.#buffer = buffer;
  }

  /** Reads while somebody waits, and nobody is too far behind. Never rejects. */
  async read(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    const sides = [this.left, this.right];
    const wanted = () => sides.some((side) => side.waits) && sides.every((side) => side.lag <= this.#buffer);
    while (!this.#ended && wanted()) {
      try {
        const { done, value } = await this.#input.next();
        if (done) this.#end("end");
        else for (const side of sides) side.hand(value);
      } catch (error) {
        this.#end({ error });
      }
    }
    this.#reading = false;
  }

  async close(): Promise<void> {
    if (!this.left.hasLeft || !this.right.hasLeft) return void this.read();
    await this.#input.close();
  }

  #end(ending: Ending): void {
    this.#ended = true;
    this.left.end(ending);
    this.right.end(ending);
  }
}

class Side<T> extends Flow<T> {
  readonly #fork: Fork<T>;
  #values: T[] = [];
  #ending: Ending | undefined;
  #reader: PromiseWithResolvers<Result<T>> | undefined;
  hasLeft = false;

  constructor(fork: Fork<T>) {
    super();
    this.#fork = fork;
  }

  get waits(): boolean {
    return this.#reader !== undefined;
  }

  get lag(): number {
    return this.#values.length;
  }

  next(): Promise<Result<T>> {
    if (this.#values.length > 0) {
      const value = this.#values.shift() as T;
      void this.#fork.read(); // The other one may have waited for that.
      return Promise.resolve({ done: false, value });
    }
    if (this.#ending !== undefined) {
      const ending = this.#ending;
      this.#ending = "end";
      return ending === "end" ? Promise.resolve(end) : Promise.reject(ending.error);
    }
    this.#reader = Promise.withResolvers();
    const { promise } = this.#reader;
    void this.#fork.read();
    return promise;
  }

  async return(): Promise<Result<T>> {
    if (this.hasLeft) return end;
    this.hasLeft = true;
    this.#values = [];
    this.#ending = "end";
    this.#reader?.resolve(end);
    this.#reader = undefined;
    await this.#fork.close();
    return end;
  }

  hand(value: T): void {
    if (this.hasLeft) return;
    if (this.#reader === undefined) {
      this.#values.push(value);
      return;
    }
    this.#reader.resolve({ done: false, value });
    this.#reader = undefined;
  }

  end(ending: Ending): void {
    if (this.hasLeft) return;
    this.#ending = ending;
    if (this.#reader === undefined) return;
    this.#ending = "end";
    if (ending === "end") this.#reader.resolve(end);
    else this.#reader.reject(ending.error);
    this.#reader = undefined;
  }
}

export function runPipeline(options: PipelineOptions): Pipeline {
  const {
    sources,
    outputs,
    parse,
    keep,
    enrich,
    onRejected,
    workers,
    buffer,
    maxLineBytes = 65_536,
  } = options;
  checkFrom(1, "workers", workers);
  checkFrom(0, "buffer", buffer);
  checkFrom(1, "maxLineBytes", maxLineBytes);
  if (outputs.length === 0) throw new RangeError("outputs must be at least one, got 0");

  const counts = { read: 0, rejected: 0, filtered: 0, enriched: 0, written: 0, discarded: 0 };
  const stop = new AbortController();
  const { signal } = stop;
  let failure: { readonly error: unknown } | undefined;

  const halt = (error: unknown): void => {
    failure ??= { error };
    stop.abort(error);
  };
  /** What goes wrong because of the stopping is not told. */
  const fail = (stage: PipelineError["stage"], cause: unknown): void => {
    if (!signal.aborted) halt(pipelineError(stage, cause));
  };

  const taps = sources.map((source) => new Tap(source));
  const entries = new Channel<Entry>(buffer);
  const results = new Channel<Item>();
  const queues = outputs.map(() => new Channel<Item>(buffer));

  const read = async (tap: Tap, source: number): Promise<void> => {
    const reject = ({ number, text }: Line, reason: string): void => {
      counts.rejected += 1;
      try {
        onRejected({ source, line: number, text, reason });
      } catch (error) {
        fail("onRejected", error);
      }
    };
    const onTooLong = (line: Line): void => {
      counts.read += 1;
      reject(line, `The line is longer than ${maxLineBytes} bytes`);
    };
    try {
      for await (const line of lines({ maxBytes: maxLineBytes, onTooLong })(tap, { signal })) {
        if (signal.aborted) return;
        counts.read += 1;
        let entry: Entry;
        try {
          entry = parse(line.text);
        } catch (error) {
          if (!signal.aborted) reject(line, error instanceof Error ? error.message : String(error));
          continue;
        }
        if (signal.aborted) return;
        let kept: boolean;
        try {
          kept = keep(entry);
        } catch (error) {
          fail("keep", error);
          return;
        }
        if (kept) await entries.send(entry, { signal });
        else counts.filtered += 1;
      }
    } catch (error) {
      fail("source", error);
    }
  };

  const work = async (): Promise<void> => {
    for await (const entry of entries.values({ signal })) {
      if (signal.aborted) return;
      let line: string;
      try {
        const enriched = await enrich(entry, { signal });
        counts.enriched += 1;
        line = JSON.stringify(enriched);
      } catch (error) {
        fail("enrich", error);
        return;
      }
      await results.send({ line, missing: outputs.length }, { signal });
    }
  };

  /** One after the other, so that all outputs get them in the same order. */
  const share = async (): Promise<void> => {
    for await (const item of results.values({ signal }))
      for (const queue of queues) await queue.send(item, { signal });
  };

  const write = async (index: number): Promise<void> => {
    const output = outputs[index];
    const queue = queues[index];
    if (output === undefined || queue === undefined) return;
    for await (const item of queue.values({ signal })) {
      if (signal.aborted) return;
      try {
        await output(item.line, { signal });
      } catch (error) {
        fail("output", error);
        return;
      }
      item.missing -= 1;
      if (item.missing === 0) counts.written += 1;
    }
  };

  /** What we wait for ourselves rejects only when we were stopped. */
  const quietly = (all: readonly Promise<void>[], then: () => void): Promise<void> =>
    Promise.allSettled(all).then(then);

  const withdraw = onAbort(options.signal, () => halt(options.signal?.reason));

  const run = async (): Promise<Counters> => {
    await Promise.all([
      quietly(taps.map(read), () => entries.close()),
      quietly(Array.from({ length: workers }, work), () => results.close()),
      quietly([share()], () => {
        for (const queue of queues) queue.close();
      }),
      quietly(
        outputs.map((_, index) => write(index)),
        nothing,
      ),
    ]);
    withdraw();
    if (failure === undefined) return { ...counts };
    counts.discarded = counts.read - counts.rejected - counts.filtered - counts.written;
    throw failure.error;
  };

  const done = run();
  return {
    done,
    drain: () => {
      for (const tap of taps) tap.close();
      return done;
    },
    counters: () => ({ ...counts }),
  };
}

/** A line on its way to the outputs, and how many have not taken it yet. */
interface Item {
  readonly line: string;
  missing: number;
}

/** A source that can be ended from outside, even while it is silent. */
class Tap extends Flow<Uint8Array> {
  readonly #source: AsyncIterable<Uint8Array>;
  #iterator: AsyncIterator<Uint8Array> | undefined;
  #cut: PromiseWithResolvers<Result<Uint8Array>> | undefined; // There while a chunk is on its way.
  #ended = false;

  constructor(source: AsyncIterable<Uint8Array>) {
    super();
    this.#source = source;
  }

  async next(): Promise<Result<Uint8Array>> {
    if (this.#ended) return end;
    try {
      this.#iterator ??= this.#source[Symbol.asyncIterator]();
      if (this.#ended) return end;
      this.#cut = Promise.withResolvers();
      // A chunk that was there before the cut comes first, and counts.
      const { done, value } = await Promise.race([this.#iterator.next(), this.#cut.promise]);
      if (!done) return { done: false, value };
      this.#ended = true;
      return end;
    } catch (error) {
      this.#ended = true;
      throw error;
    } finally {
      this.#cut = undefined;
    }
  }

  async return(): Promise<Result<Uint8Array>> {
    this.close();
    return end;
  }

  /** Ends it here. The source is told to close, and not waited for. */
  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cut?.resolve(end);
    try {
      Promise.resolve(this.#iterator?.return?.()).catch(nothing);
    } catch {
      // What goes wrong because of the stopping is not told.
    }
  }
}

function pipelineError(stage: PipelineError["stage"], cause: unknown): PipelineError {
  const error = new Error(`The pipeline failed in ${stage}`, { cause });
  return Object.assign(error, { name: "PipelineError", stage, cause } as const);
}

function checkFrom(least: number, name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw new RangeError(`${name} must be a whole number from ${least}, got ${String(value)}`);
}

function nothing(): void {}

/** No challenges taken up. */
export const attempted: Lab["attempted"] = [];
