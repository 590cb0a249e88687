/** Async generators, with a channel for each reader between them; and one class for a run, with a method for each stage. */
import { onAbort } from "@pattern-labs/primitives/abort";
import { Channel, ChannelClosedError } from "@pattern-labs/primitives/channel";
import { merge } from "@pattern-labs/primitives/merge";
import { Source } from "@pattern-labs/primitives/source";
import { TaskGroup } from "@pattern-labs/primitives/task-group";
import { WaitGroup } from "@pattern-labs/primitives/wait-group";
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
  Rejected,
  Stage,
  TeeOptions,
  Work,
} from "../../contract.ts";

/** Reads `input` until `signal` aborts; then throws its reason at once, and the input is told to close. */
async function* reading<T>(input: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T, void> {
  const source = new Source(input);
  const withdraw = onAbort(signal, () => source.abandon());
  try {
    while (true) {
      signal.throwIfAborted();
      const next = await orAbort(source.next(), signal);
      signal.throwIfAborted();
      if (next.done) return;
      yield next.value;
    }
  } finally {
    try {
      if (!signal.aborted) await orAbort(source.close(), signal);
    } finally {
      withdraw();
    }
  }
}

/** Settles as `promise` does, or rejects with the reason as soon as `signal` aborts. */
function orAbort<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const withdraw = onAbort(signal, () => reject(signal?.reason));
    promise.then(
      (value) => {
        withdraw();
        resolve(value);
      },
      (error) => {
        withdraw();
        reject(error);
      },
    );
  });
}

export function lines({ maxBytes, onTooLong }: LinesOptions): Stage<Uint8Array, Line> {
  checkCount("maxBytes", maxBytes, 1);
  return async function* (input, { signal }) {
    const cutter = new Cutter(maxBytes, onTooLong);
    for await (const chunk of reading(input, signal)) {
      for (const line of cutter.cut(chunk)) {
        yield line;
        signal.throwIfAborted();
      }
    }
    const last = cutter.end();
    if (last !== undefined) yield last;
  };
}

const LF = 10;
const CR = 13;

/** Makes lines of chunks. Keeps at most `maxBytes` bytes of a line that has not ended. */
class Cutter {
  readonly #maxBytes: number;
  readonly #onTooLong: ((line: Line) => void) | undefined;
  #number = 1;
  #room = Buffer.alloc(0); // Doubles when it is full: a list of parts may take far more than their bytes.
  #size = 0;
  #skipping = false;

  constructor(maxBytes: number, onTooLong: ((line: Line) => void) | undefined) {
    this.#maxBytes = maxBytes;
    this.#onTooLong = onTooLong;
  }

  /** The lines that end in `chunk`. */
  cut(chunk: Uint8Array): Line[] {
    const found: Line[] = [];
    let from = 0;
    for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, from)) {
      this.#add(chunk.subarray(from, at));
      from = at + 1;
      const line = this.#finish(true);
      if (line !== undefined) found.push(line);
    }
    this.#add(chunk.subarray(from));
    return found;
  }

  /** The last line, if it did without an ending. */
  end(): Line | undefined {
    return this.#size === 0 ? undefined : this.#finish(false);
  }

  #add(bytes: Uint8Array): void {
    if (this.#skipping || bytes.length === 0) return;
    const room = this.#maxBytes - this.#size;
    this.#keep(bytes.subarray(0, room));
    if (bytes.length <= room) return;
    this.#skipping = true;
    const beginning = new TextDecoder().decode(this.#take(), { stream: true }); // Leaves out a cut character.
    this.#onTooLong?.({ number: this.#number, text: beginning });
  }

  #finish(ended: boolean): Line | undefined {
    const bytes = this.#take();
    const number = this.#number;
    this.#number += 1;
    if (this.#skipping) {
      this.#skipping = false;
      return undefined;
    }
    const text = ended && bytes.at(-1) === CR ? bytes.subarray(0, -1) : bytes;
    return { number, text: text.toString("utf8") };
  }

  #keep(bytes: Uint8Array): void {
    const size = this.#size + bytes.length;
    if (size > this.#room.length) {
      const larger = Buffer.alloc(Math.min(Math.max(size, 2 * this.#room.length), this.#maxBytes));
      larger.set(this.#room.subarray(0, this.#size));
      this.#room = larger;
    }
    this.#room.set(bytes, this.#size);
    this.#size = size;
  }

  /** Good until something is kept again. */
  #take(): Buffer {
    const bytes = this.#room.subarray(0, this.#size);
    this.#size = 0;
    return bytes;
  }
}

/** An input that is read whether anybody asks or not. */
class Intake<T> {
  readonly #source: Source<T>;
  #reading = false;

  constructor(input: AsyncIterable<T>) {
    this.#source = new Source(input);
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    this.#reading = true;
    try {
      return await this.#source.next();
    } finally {
      this.#reading = false;
    }
  }

  /** Tells it to close, and does not wait. */
  tell(): void {
    this.#source.abandon();
  }

  /** Closes it, and waits for that, unless a value is on its way or an abort comes. */
  async leave(signal: AbortSignal | undefined): Promise<void> {
    if (this.#reading || signal?.aborted) this.tell();
    if (!this.#source.ended) await orAbort(this.#source.close(), signal);
  }
}

/** Gives every value of `input` to `count` readers, each of which has a buffer of its own. */
function spread<T>(
  input: AsyncIterable<T>,
  { count, buffer, signal }: { count: number; buffer: number; signal?: AbortSignal },
): AsyncIterable<T>[] {
  const intake = new Intake(input);
  const channels = Array.from({ length: count }, () => new Channel<T>(buffer));
  const open = new Set(channels);
  let failure: { readonly error: unknown } | undefined;
  let begun = false;
  let withdraw = () => {};

  function begin(): void {
    signal?.throwIfAborted();
    if (begun) return;
    begun = true;
    withdraw = onAbort(signal, () => intake.tell());
    void pump();
  }

  /** Never rejects. */
  async function pump(): Promise<void> {
    try {
      while (open.size > 0) {
        const next = await intake.next();
        if (next.done) return;
        await Promise.all(Array.from(open, (channel) => put(channel, next.value)));
      }
    } catch (error) {
      failure = { error };
    } finally {
      for (const channel of channels) channel.close();
    }
  }

  async function put(channel: Channel<T>, value: T): Promise<void> {
    try {
      await channel.send(value, { signal });
    } catch (error) {
      if (!(error instanceof ChannelClosedError)) throw error; // That side was left.
    }
  }

  async function leave(channel: Channel<T>): Promise<void> {
    if (!open.delete(channel)) return;
    channel.close();
    if (open.size > 0) return;
    try {
      await intake.leave(signal);
    } finally {
      withdraw();
    }
  }

  async function* valuesOf(channel: Channel<T>): AsyncGenerator<T, void> {
    try {
      begin();
      for await (const value of channel.values({ signal })) {
        signal?.throwIfAborted();
        yield value;
      }
      if (failure !== undefined && open.has(channel)) throw failure.error;
    } finally {
      await leave(channel);
    }
  }

  return channels.map((channel) => {
    const values = valuesOf(channel);
    const iterator: AsyncIterator<T> = {
      next: () => values.next(),
      // A side may be left before it has begun, or while it waits; a generator alone would not notice.
      return: async () => {
        await leave(channel);
        await values.return();
        return { done: true, value: undefined };
      },
    };
    return { [Symbol.asyncIterator]: () => iterator };
  });
}

export function connect<T>(input: AsyncIterable<T>, { buffer, signal }: ConnectOptions): AsyncIterable<T> {
  checkCount("buffer", buffer, 0);
  const [only] = spread(input, { count: 1, buffer, signal });
  return only as AsyncIterable<T>;
}

export function each<I, O>(work: (item: I) => O | undefined): Stage<I, O> {
  return async function* (input, { signal }) {
    for await (const item of reading(input, signal)) {
      const result = work(item);
      if (result !== undefined) yield result;
    }
  };
}

export function parallel<I, O>(work: Work<I, O>, { workers }: ParallelOptions): Stage<I, O> {
  checkCount("workers", workers, 1);
  return async function* (input, { signal }) {
    signal.throwIfAborted();
    const group = new TaskGroup({ signal });
    const intake = new Intake(input);
    const items = new Channel<I>();
    const results = new Channel<O>();
    let failure: { readonly error: unknown } | undefined;

    /** Not in the group, because nobody must wait for a silent input. Never rejects. */
    async function feed(): Promise<void> {
      try {
        for (let next = await intake.next(); !next.done; next = await intake.next())
          await items.send(next.value, { signal: group.signal });
      } catch (error) {
        failure = { error };
      } finally {
        items.close();
      }
    }

    async function worker(told: { readonly signal: AbortSignal }): Promise<void> {
      for await (const item of items.values(told)) {
        told.signal.throwIfAborted();
        const result = await work(item, told);
        await results.send(result, told);
      }
    }

    const withdraw = onAbort(group.signal, () => intake.tell());
    for (let n = 0; n < workers; n += 1) group.tryGo(worker);
    void feed();
    const ended = group.wait().finally(() => results.close());
    ended.catch(() => {}); // Told below, if anybody reads on.
    try {
      for await (const result of results) {
        signal.throwIfAborted();
        yield result;
      }
      await ended;
      if (failure !== undefined) throw failure.error;
    } finally {
      const closing = intake.leave(signal);
      group.cancel();
      await Promise.allSettled([ended, closing]);
      withdraw();
      await closing;
    }
  };
}

export function tee<T>(
  input: AsyncIterable<T>,
  { buffer }: TeeOptions,
): readonly [AsyncIterable<T>, AsyncIterable<T>] {
  checkCount("buffer", buffer, 0);
  const [one, other] = spread(input, { count: 2, buffer });
  return [one as AsyncIterable<T>, other as AsyncIterable<T>];
}

export function runPipeline(options: PipelineOptions): Pipeline {
  const { workers, buffer, maxLineBytes = 65_536, outputs } = options;
  checkCount("workers", workers, 1);
  checkCount("buffer", buffer, 0);
  checkCount("maxLineBytes", maxLineBytes, 1);
  checkCount("the number of outputs", outputs.length, 1);
  const run = new Run({ ...options, maxLineBytes });
  const done = run.run();
  return {
    done,
    drain: () => {
      run.drain();
      return done;
    },
    counters: () => run.counters(),
  };
}

interface Read {
  readonly source: number;
  readonly line: Line;
}

/** One line of JSON on its way to the outputs. */
interface Parcel {
  readonly text: string;
  outputsToGo: number;
}

class Run {
  readonly #options: PipelineOptions & { readonly maxLineBytes: number };
  /** Stops everything at once: an abort, or a failure. */
  readonly #stopping = new AbortController();
  readonly #stop = this.#stopping.signal;
  /** Only ends the reading. Aborts with every stop, too. */
  readonly #draining = new AbortController();
  /** The calls of `enrich` and of outputs that are under way. */
  readonly #calls = new WaitGroup();
  #failure: { readonly error: unknown } | undefined = undefined;
  #allIsRead = false;
  #ended = false;
  #read = 0;
  #rejected = 0;
  #filtered = 0;
  #enriched = 0;
  #written = 0;
  #discarded = 0;

  constructor(options: PipelineOptions & { readonly maxLineBytes: number }) {
    this.#options = options;
  }

  counters(): Counters {
    return {
      read: this.#read,
      rejected: this.#rejected,
      filtered: this.#filtered,
      enriched: this.#enriched,
      written: this.#written,
      discarded: this.#discarded,
    };
  }

  drain(): void {
    this.#draining.abort();
  }

  async run(): Promise<Counters> {
    const { signal, outputs } = this.#options;
    const withdraw = onAbort(signal, () => this.#aborted(signal?.reason));
    try {
      if (this.#failure === undefined) {
        const sides = spread(this.#parcels(), { count: outputs.length, buffer: this.#options.buffer });
        await Promise.all(sides.map((side, output) => this.#write(side, output)));
        await this.#calls.wait();
      }
    } finally {
      withdraw();
      this.#ended = true;
    }
    this.#discarded = this.#inside;
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.counters();
  }

  get #inside(): number {
    return this.#read - this.#rejected - this.#filtered - this.#written - this.#discarded;
  }

  #aborted(reason: unknown): void {
    if (this.#allIsRead && this.#inside === 0) return; // Too late: everything is written.
    this.#stopWith(reason);
  }

  #fail(stage: PipelineError["stage"], cause: unknown): void {
    if (!this.#stop.aborted) this.#stopWith(new PipelineFailure(stage, cause));
  }

  #stopWith(error: unknown): void {
    if (this.#ended || this.#failure !== undefined) return;
    this.#failure = { error };
    this.#stopping.abort(error);
    this.#draining.abort();
  }

  #parcels(): AsyncIterable<Parcel> {
    const { sources, workers, buffer } = this.#options;
    const signal = this.#stop;
    const read = merge(
      sources.map((bytes, source) => this.#linesOf(bytes, source)),
      { signal },
    );
    const entries = each((line: Read) => this.#sift(line))(this.#untilAllIsRead(read), { signal });
    return parallel((entry: Entry, told) => this.#enrich(entry, told), { workers })(
      connect(entries, { buffer, signal }),
      { signal },
    );
  }

  /** An error does not go through the stages: it would wait there behind what lies in the buffers. */
  async *#bytesOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
    const { signal } = this.#draining;
    try {
      yield* reading(source, signal);
    } catch (error) {
      if (!signal.aborted) this.#fail("source", error);
    }
  }

  #linesOf(bytes: AsyncIterable<Uint8Array>, source: number): AsyncIterable<Read> {
    const maxBytes = this.#options.maxLineBytes;
    const signal = this.#stop;
    const onTooLong = ({ number, text }: Line) => {
      if (signal.aborted) return;
      this.#read += 1;
      this.#reject({ source, line: number, text, reason: `The line is longer than ${maxBytes} bytes` });
    };
    const cut = lines({ maxBytes, onTooLong })(this.#bytesOf(bytes), { signal });
    const labelled = each((line: Line): Read => ({ source, line }))(cut, { signal });
    return connect(labelled, { buffer: this.#options.buffer, signal });
  }

  async *#untilAllIsRead(lines: AsyncIterable<Read>): AsyncGenerator<Read, void> {
    yield* lines;
    this.#allIsRead = true;
  }

  #sift({ source, line: { number, text } }: Read): Entry | undefined {
    this.#read += 1;
    let entry: Entry;
    try {
      entry = this.#options.parse(text);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!this.#stop.aborted) this.#reject({ source, line: number, text, reason });
      return undefined;
    }
    if (this.#stop.aborted) return undefined;
    try {
      if (this.#options.keep(entry)) return entry;
      this.#filtered += 1;
    } catch (error) {
      this.#fail("keep", error);
    }
    return undefined;
  }

  #reject(rejected: Rejected): void {
    this.#rejected += 1;
    try {
      this.#options.onRejected(rejected);
    } catch (error) {
      this.#fail("onRejected", error);
    }
  }

  async #enrich(entry: Entry, told: { readonly signal: AbortSignal }): Promise<Parcel> {
    try {
      const enriched = await this.#calls.go(() => this.#options.enrich(entry, told));
      this.#enriched += 1;
      return { text: JSON.stringify(enriched), outputsToGo: this.#options.outputs.length };
    } catch (error) {
      this.#fail("enrich", error);
      throw error;
    }
  }

  /** Never rejects. */
  async #write(side: AsyncIterable<Parcel>, output: number): Promise<void> {
    const signal = this.#stop;
    try {
      for await (const parcel of reading(side, signal)) {
        await this.#put(parcel.text, output);
        parcel.outputsToGo -= 1;
        if (parcel.outputsToGo === 0) this.#written += 1;
      }
    } catch {
      // It was stopped, and whoever did that has told why.
    }
  }

  /** Tells of a failure before the loop is left, because leaving waits. */
  async #put(text: string, output: number): Promise<void> {
    try {
      await this.#calls.go(async () => this.#options.outputs[output]?.(text, { signal: this.#stop }));
    } catch (error) {
      this.#fail("output", error);
      throw error;
    }
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

function checkCount(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new RangeError(`${name} must be a whole number from ${least}, got ${value}`);
}

/** Name the challenges here that you take up, and their tests will run: "ordered", "batches" … */
export const attempted: Lab["attempted"] = [];
