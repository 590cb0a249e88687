/** Without any primitive: whoever waits looks again whenever something has changed, as with a condition variable. */
import type {
  ConnectOptions,
  Counters,
  Entry,
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

type Step<T> = IteratorResult<T, undefined>;
const over = { done: true, value: undefined } as const;
const ignore = () => {};

/** Wakes all who wait for a change; each of them looks for itself what has changed. */
class Changes {
  #next = Promise.withResolvers<void>();

  wait(): Promise<void> {
    return this.#next.promise;
  }

  tell(): void {
    this.#next.resolve();
    this.#next = Promise.withResolvers();
  }
}

/** An input that is opened late, and closed once. */
class Tap<T> {
  ended = false;
  #asking = false;
  #iterator: AsyncIterator<T> | undefined = undefined;
  readonly #input: AsyncIterable<T>;

  constructor(input: AsyncIterable<T>) {
    this.#input = input;
  }

  async read(): Promise<Step<T>> {
    if (this.ended) return over;
    this.#iterator ??= this.#input[Symbol.asyncIterator]();
    this.#asking = true;
    try {
      const { done, value } = await this.#iterator.next();
      if (done) this.ended = true;
      return done ? over : { done: false, value };
    } catch (error) {
      this.ended = true;
      throw error;
    } finally {
      this.#asking = false;
    }
  }

  async close({ wait }: { readonly wait: boolean }): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    const closing = (async () => this.#iterator?.return?.())();
    if (wait && !this.#asking) await closing;
    else closing.catch(ignore);
  }
}

/** Calls `told` at the abort, until the function that it returns is called. */
function listen(signal: AbortSignal | undefined, told: () => void): () => void {
  if (signal?.aborted) told();
  signal?.addEventListener("abort", told);
  return () => signal?.removeEventListener("abort", told);
}

// Reading on behalf of several sides: connect is one side, tee two, and the outputs are as many as there are.

interface Side<T> {
  values: T[];
  left: boolean;
}

function fan<T>(
  input: AsyncIterable<T>,
  { count, buffer, signal }: { count: number; buffer: number; signal?: AbortSignal },
): AsyncIterable<T>[] {
  const tap = new Tap(input);
  const changes = new Changes();
  const sides: Side<T>[] = Array.from({ length: count }, () => ({ values: [], left: false }));
  let began = false;
  let ended = false;
  let failure: { readonly error: unknown } | undefined;
  let unlisten = ignore;

  const isFull = () => sides.some(({ values, left }) => !left && values.length > buffer);
  const finish = () => {
    ended = true;
    unlisten();
    changes.tell();
  };
  const read = async () => {
    try {
      for (;;) {
        while (isFull() && !ended) await changes.wait();
        if (ended) return;
        const { done, value } = await tap.read();
        if (done || ended) return finish();
        for (const { left, values } of sides) if (!left) values.push(value);
        changes.tell();
      }
    } catch (error) {
      if (!ended) failure = { error };
      finish();
    }
  };
  const begin = () => {
    began = true;
    unlisten = listen(signal, () => {
      for (const side of sides) side.values = [];
      failure = { error: signal?.reason };
      void tap.close({ wait: false });
      finish();
    });
    if (ended) unlisten();
    else void read();
  };

  return sides.map((side) => {
    let isTold = false;
    const iterator: AsyncIterableIterator<T, undefined> = {
      next: async () => {
        if (!began) begin();
        for (;;) {
          if (side.left || isTold) return over;
          const [value] = side.values;
          if (side.values.length > 0) {
            side.values.shift();
            changes.tell();
            return { done: false, value: value as T };
          }
          if (ended) {
            isTold = true;
            if (failure !== undefined) throw failure.error;
            return over;
          }
          await changes.wait();
        }
      },
      return: async () => {
        side.left = true;
        side.values = [];
        changes.tell();
        if (!ended && sides.every(({ left }) => left)) {
          finish();
          await tap.close({ wait: true });
        }
        return over;
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  });
}

export function connect<T>(input: AsyncIterable<T>, { buffer, signal }: ConnectOptions): AsyncIterable<T> {
  check("buffer", buffer, 0);
  return fan(input, { count: 1, buffer, signal })[0] ?? input;
}

export function tee<T>(
  input: AsyncIterable<T>,
  { buffer }: TeeOptions,
): readonly [AsyncIterable<T>, AsyncIterable<T>] {
  check("buffer", buffer, 0);
  const [one = input, other = input] = fan(input, { count: 2, buffer });
  return [one, other];
}

/** The or-done. */
async function* until<T>(input: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T, void> {
  const tap = new Tap(input);
  try {
    for (;;) {
      signal.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<Step<T>>();
      tap.read().then(resolve, reject);
      const unlisten = listen(signal, () => reject(signal.reason));
      const { done, value } = await promise.finally(unlisten);
      if (done) return;
      yield value;
    }
  } finally {
    await tap.close({ wait: !signal.aborted });
  }
}

export function each<I, O>(work: (item: I) => O | undefined): Stage<I, O> {
  return async function* (input, { signal }) {
    for await (const item of until(input, signal)) {
      const result = work(item);
      if (result !== undefined) yield result;
    }
  };
}

export function lines({ maxBytes, onTooLong = ignore }: LinesOptions): Stage<Uint8Array, Line> {
  check("maxBytes", maxBytes, 1);
  return async function* (input, { signal }) {
    let line: number[] = [];
    let number = 1;
    let isTooLong = false;
    const refuseIfLong = (length: number) => {
      if (isTooLong || length <= maxBytes) return;
      isTooLong = true;
      onTooLong({ number, text: decode(line.slice(0, maxBytes), { stream: true }) });
    };
    for await (const chunk of until(input, signal)) {
      for (const byte of chunk) {
        if (byte !== 10) {
          if (!isTooLong) line.push(byte);
          refuseIfLong(line.at(-1) === 13 ? line.length - 1 : line.length);
          continue;
        }
        if (line.at(-1) === 13) line.pop();
        const whole = isTooLong ? undefined : { number, text: decode(line) };
        line = [];
        isTooLong = false;
        number += 1;
        if (whole !== undefined) yield whole;
        signal.throwIfAborted();
      }
    }
    refuseIfLong(line.length);
    if (!isTooLong && line.length > 0) yield { number, text: decode(line) };
  };
}

const decode = (bytes: readonly number[], options: { readonly stream?: boolean } = {}) =>
  new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(bytes), options);

export function parallel<I, O>(work: Work<I, O>, { workers }: ParallelOptions): Stage<I, O> {
  check("workers", workers, 1);
  return (input, { signal }) => {
    const tap = new Tap(input);
    const changes = new Changes();
    const stop = new AbortController();
    const results: O[] = [];
    let running = 0;
    let began = false;
    let hasEnded = false; // The input.
    let failure: { readonly error: unknown } | undefined; // Of the input: comes last.
    let isOver = false;

    const halt = (reason: unknown) => {
      stop.abort(reason);
      void tap.close({ wait: false });
      changes.tell();
    };
    const run = async (item: I) => {
      running += 1;
      try {
        const result = await work(item, { signal: stop.signal });
        results.push(result);
      } catch (error) {
        halt(error);
      }
      running -= 1;
      changes.tell();
    };
    const feed = async () => {
      try {
        for (;;) {
          while (running + results.length >= workers && !stop.signal.aborted) await changes.wait();
          if (stop.signal.aborted) return;
          const { done, value } = await tap.read();
          if (done || stop.signal.aborted) break;
          void run(value);
        }
      } catch (error) {
        failure = { error };
      }
      hasEnded = true;
      changes.tell();
    };
    let unlisten = ignore;
    const end = () => {
      isOver = true;
      unlisten();
      return over;
    };
    const iterator: AsyncIterableIterator<O, undefined> = {
      next: async () => {
        if (!began) {
          began = true;
          unlisten = listen(signal, () => halt(signal.reason));
          void feed();
        }
        for (;;) {
          if (isOver) return over;
          if (stop.signal.aborted) {
            if (running === 0) {
              end();
              throw stop.signal.reason;
            }
          } else if (results.length > 0) {
            const [value] = results.splice(0, 1);
            changes.tell();
            return { done: false, value: value as O };
          } else if (hasEnded && running === 0) {
            end();
            if (failure !== undefined) throw failure.error;
            return over;
          }
          await changes.wait();
        }
      },
      return: async () => {
        end();
        stop.abort();
        changes.tell();
        await tap.close({ wait: !signal.aborted });
        while (running > 0) await changes.wait();
        return over;
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  };
}

export function runPipeline(options: PipelineOptions): Pipeline {
  const { sources, outputs, workers, buffer, maxLineBytes = 65_536 } = options;
  check("workers", workers, 1);
  check("buffer", buffer, 0);
  check("maxLineBytes", maxLineBytes, 1);
  check("outputs", outputs.length, 1);
  const counts = { read: 0, rejected: 0, filtered: 0, enriched: 0, written: 0, discarded: 0 };
  const stop = new AbortController();
  const reading = new AbortController();
  const changes = new Changes();
  const { signal } = stop;
  const waiting: Entry[] = []; // Between the sources and the workers.
  let readers = 0;
  let calls = 0;

  const halt = (reason: unknown) => {
    stop.abort(reason);
    reading.abort(reason);
    changes.tell();
  };
  const failure = (stage: PipelineError["stage"], cause: unknown) => {
    const error = new Error(`${stage}: ${cause instanceof Error ? cause.message : cause}`, { cause });
    if (!signal.aborted) halt(Object.assign(error, { name: "PipelineError", stage }));
    return signal.reason;
  };
  const countRead = () => {
    signal.throwIfAborted();
    counts.read += 1;
  };
  const reject = (source: number, { number, text }: Line, reason: string) => {
    counts.rejected += 1;
    try {
      options.onRejected({ source, line: number, text, reason });
    } catch (error) {
      throw failure("onRejected", error);
    }
  };

  async function* bytesOf(source: AsyncIterable<Uint8Array>) {
    try {
      yield* until(source, reading.signal);
    } catch (error) {
      if (!reading.signal.aborted) throw failure("source", error);
    }
  }
  const parse = (source: number, line: Line): Entry | undefined => {
    countRead();
    let entry: Entry;
    try {
      entry = options.parse(line.text);
    } catch (error) {
      reject(source, line, (error as Error).message);
      return undefined;
    }
    try {
      if (options.keep(entry)) return entry;
    } catch (error) {
      throw failure("keep", error);
    }
    counts.filtered += 1;
    return undefined;
  };
  const read = async (source: AsyncIterable<Uint8Array>, index: number) => {
    readers += 1;
    const onTooLong = (line: Line) => {
      countRead();
      reject(index, line, `more than ${maxLineBytes} bytes`);
    };
    try {
      for await (const line of lines({ maxBytes: maxLineBytes, onTooLong })(bytesOf(source), { signal })) {
        const entry = parse(index, line);
        if (entry === undefined) continue;
        while (waiting.length >= Math.max(buffer, 1) && !signal.aborted) await changes.wait();
        signal.throwIfAborted();
        waiting.push(entry);
        changes.tell();
      }
    } catch (error) {
      halt(error);
    }
    readers -= 1;
    changes.tell();
  };
  async function* entries() {
    for (;;) {
      const entry = waiting.shift();
      changes.tell();
      if (entry !== undefined) yield entry;
      else if (readers === 0 || signal.aborted) return;
      else await changes.wait();
    }
  }

  const enrich: Work<Entry, Entry> = async (entry, told) => {
    calls += 1;
    try {
      const enriched = await options.enrich(entry, told);
      counts.enriched += 1;
      return enriched;
    } catch (error) {
      throw failure("enrich", error);
    } finally {
      calls -= 1;
      changes.tell();
    }
  };
  const write = async (index: number, parcels: AsyncIterable<{ text: string; missing: number }>) => {
    for await (const parcel of parcels) {
      signal.throwIfAborted();
      try {
        await outputs[index]?.(parcel.text, { signal });
      } catch (error) {
        throw failure("output", error); // Before the loop is left: that waits, and fails the works under way.
      }
      parcel.missing -= 1;
      if (parcel.missing === 0) counts.written += 1;
    }
  };
  const run = async (): Promise<Counters> => {
    const unlisten = listen(options.signal, () => halt(options.signal?.reason));
    if (!signal.aborted) for (const [index, source] of sources.entries()) void read(source, index);
    const enriched = parallel(enrich, { workers })(entries(), { signal });
    const toParcel = each((entry: Entry) => ({ text: JSON.stringify(entry), missing: outputs.length }));
    const copies = fan(toParcel(enriched, { signal }), { count: outputs.length, buffer, signal });
    await Promise.all(copies.map((copy, index) => write(index, copy).catch(halt)));
    while (calls > 0 || readers > 0) await changes.wait();
    unlisten();
    counts.discarded = counts.read - counts.rejected - counts.filtered - counts.written;
    signal.throwIfAborted();
    return { ...counts };
  };

  const done = run();
  return {
    done,
    drain: () => {
      reading.abort();
      return done;
    },
    counters: () => ({ ...counts }),
  };
}

function check(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new RangeError(`${name} must be a whole number from ${least}, got ${value}`);
}
