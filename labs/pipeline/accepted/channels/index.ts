/** As one would write it in Go: loops that send to channels and receive from channels. */
import { onAbort } from "@pattern-labs/primitives/abort";
import { Channel } from "@pattern-labs/primitives/channel";
import { Source } from "@pattern-labs/primitives/source";
import { TaskGroup } from "@pattern-labs/primitives/task-group";
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

// Step 1

export function lines({ maxBytes, onTooLong }: LinesOptions): Stage<Uint8Array, Line> {
  check("maxBytes", maxBytes, 1);
  return async function* (input, { signal }) {
    let held: Uint8Array = new Uint8Array();
    let number = 1;
    let skipping = false;
    const refuse = (line: Uint8Array) => {
      let end = maxBytes;
      while (end > 0 && ((line[end] ?? 0) & 0xc0) === 0x80) end -= 1; // Not in the middle of a character.
      onTooLong?.({ number, text: textOf(line.subarray(0, end)) });
    };
    for await (const chunk of under(signal, input)) {
      held = Buffer.concat([held, chunk]);
      for (let end = held.indexOf(10); end >= 0; end = held.indexOf(10)) {
        const line = held.subarray(0, held[end - 1] === 13 ? end - 1 : end);
        held = held.subarray(end + 1);
        const isWhole = !skipping;
        skipping = false;
        if (isWhole && line.length > maxBytes) refuse(line);
        else if (isWhole) {
          yield { number, text: textOf(line) };
          signal.throwIfAborted();
        }
        number += 1;
      }
      const atLeast = held.at(-1) === 13 ? held.length - 1 : held.length;
      if (!skipping && atLeast > maxBytes) {
        refuse(held);
        skipping = true;
      }
      if (skipping) held = new Uint8Array();
    }
    if (skipping || held.length === 0) return;
    if (held.length > maxBytes) refuse(held);
    else yield { number, text: textOf(held) };
  };
}

const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8");

/** Reads until the end, or until the signal aborts. */
async function* under<T>(signal: AbortSignal, input: AsyncIterable<T>): AsyncGenerator<T, void> {
  const source = new Source(input);
  try {
    for (;;) {
      signal.throwIfAborted();
      const { done, value } = await abortable(signal, source.next());
      if (done) return;
      yield value;
    }
  } finally {
    if (signal.aborted) source.abandon();
    else await source.close();
  }
}

function abortable<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const withdraw = onAbort(signal, () => reject(signal.reason));
    promise.finally(withdraw).then(resolve, reject);
  });
}

// Step 2

export function connect<T>(input: AsyncIterable<T>, { buffer, signal }: ConnectOptions): AsyncIterable<T> {
  check("buffer", buffer, 0);
  const [only] = fork(input, { count: 1, buffer, signal });
  return only ?? input;
}

export function each<I, O>(work: (item: I) => O | undefined): Stage<I, O> {
  return async function* (input, { signal }) {
    for await (const item of under(signal, input)) {
      const result = work(item);
      if (result !== undefined) yield result;
    }
  };
}

// Step 3

export function parallel<I, O>(work: Work<I, O>, { workers }: ParallelOptions): Stage<I, O> {
  check("workers", workers, 1);
  return async function* (input, { signal }) {
    signal.throwIfAborted();
    const source = new Source(input);
    const items = new Channel<I>();
    const results = new Channel<O>();
    const crew = new TaskGroup({ signal });
    let asking = false;
    let broken: { readonly error: unknown } | undefined;
    let busy = workers;
    void crew.go(async (told) => {
      try {
        for (;;) {
          asking = true;
          const { done, value } = await abortable(told.signal, source.next());
          asking = false;
          if (done) break;
          await items.send(value, told);
        }
      } catch (error) {
        if (told.signal.aborted) throw error;
        broken = { error };
      }
      items.close();
    });
    for (let worker = 0; worker < workers; worker += 1) {
      void crew.go(async (told) => {
        for await (const item of items.values(told)) {
          told.signal.throwIfAborted(); // It may have come just after the item.
          await results.send(await work(item, told), told);
        }
        busy -= 1;
        if (busy === 0) results.close();
      });
    }
    try {
      for await (const result of results.values({ signal: crew.signal })) yield result;
      if (broken !== undefined) throw broken.error;
    } finally {
      const isLeft = !crew.signal.aborted;
      crew.cancel();
      if (isLeft && !asking) await source.close();
      else source.abandon();
      await crew.wait();
    }
  };
}

// Step 4

export function tee<T>(
  input: AsyncIterable<T>,
  { buffer }: TeeOptions,
): readonly [AsyncIterable<T>, AsyncIterable<T>] {
  check("buffer", buffer, 0);
  const [one, other] = fork(input, { count: 2, buffer });
  return [one ?? input, other ?? input];
}

interface ForkOptions {
  readonly count: number;
  readonly buffer: number;
  readonly signal?: AbortSignal;
}

/** One loop sends each value to all channels that are still read. */
function fork<T>(input: AsyncIterable<T>, { count, buffer, signal }: ForkOptions): AsyncIterable<T>[] {
  const source = new Source(input);
  const channels = Array.from({ length: count }, () => new Channel<T>(buffer));
  const open = new Set(channels);
  let started = false;
  let asking = false;
  let failure: { readonly error: unknown } | undefined;

  const send = async (channel: Channel<T>, value: T) => {
    try {
      await channel.send(value, { signal });
    } catch (error) {
      if (open.has(channel)) throw error; // Else it was left while we waited for it.
    }
  };
  const pump = async () => {
    try {
      while (open.size > 0) {
        asking = true;
        const { done, value } = await source.next();
        asking = false;
        if (done || signal?.aborted) break;
        await Promise.all([...open].map((channel) => send(channel, value)));
      }
    } catch (error) {
      failure = { error };
    }
    for (const channel of open) channel.close();
  };

  return channels.map(async function* (channel) {
    signal?.throwIfAborted();
    if (!started) {
      started = true;
      void pump();
    }
    try {
      for await (const value of channel.values({ signal })) yield value;
      if (failure !== undefined) throw failure.error;
    } finally {
      open.delete(channel);
      channel.close();
      if (open.size === 0 && (signal?.aborted || asking)) source.abandon();
      else if (open.size === 0) await source.close();
    }
  });
}

// Steps 4 and 5

class Failure extends Error {
  override readonly name = "PipelineError";
  readonly stage: PipelineError["stage"];

  constructor(stage: PipelineError["stage"], cause: unknown) {
    super(`${stage} failed: ${String(cause)}`, { cause });
    this.stage = stage;
  }
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
  const { signal } = stop;
  const calls = new Set<Promise<unknown>>();

  const stopAll = (reason: unknown) => {
    stop.abort(reason);
    reading.abort(reason);
  };
  const failed = (stage: PipelineError["stage"], error: unknown) => {
    if (!signal.aborted) stopAll(new Failure(stage, error));
    return signal.reason;
  };
  const blame = async <R>(stage: PipelineError["stage"], call: () => R | Promise<R>): Promise<R> => {
    try {
      return await call();
    } catch (error) {
      throw failed(stage, error);
    }
  };

  const reject = (source: number, line: number, text: string, reason: string) => {
    counts.rejected += 1;
    try {
      options.onRejected({ source, line, text, reason });
    } catch (error) {
      throw failed("onRejected", error);
    }
  };
  const countRead = () => {
    signal.throwIfAborted();
    counts.read += 1;
  };

  async function* bytesOf(source: AsyncIterable<Uint8Array>) {
    try {
      yield* under(reading.signal, source);
    } catch (error) {
      if (!reading.signal.aborted) throw failed("source", error);
    }
  }

  const entries = new Channel<Entry>(buffer);
  const read = async (source: AsyncIterable<Uint8Array>, index: number) => {
    const onTooLong = ({ number, text }: Line) => {
      countRead();
      reject(index, number, text, `more than ${maxLineBytes} bytes`);
    };
    const cut = lines({ maxBytes: maxLineBytes, onTooLong });
    for await (const { number, text } of cut(bytesOf(source), { signal })) {
      countRead();
      let entry: Entry;
      try {
        entry = options.parse(text);
      } catch (error) {
        reject(index, number, text, (error as Error).message);
        continue;
      }
      if (await blame("keep", () => options.keep(entry))) await entries.send(entry, { signal });
      else counts.filtered += 1;
    }
  };

  const enrich: Work<Entry, Entry> = (entry, told) => {
    const call = blame("enrich", () => options.enrich(entry, told)).then((enriched) => {
      counts.enriched += 1;
      return enriched;
    });
    calls.add(call);
    call.finally(() => calls.delete(call)).catch(() => {});
    return call;
  };

  const enriched = parallel(enrich, { workers })(entries.values({ signal }), { signal });
  const parcels = each((entry: Entry) => ({ text: JSON.stringify(entry), missing: outputs.length }));
  const copies = fork(parcels(enriched, { signal }), { count: outputs.length, buffer, signal });
  const write = async (index: number) => {
    for await (const parcel of copies[index] ?? []) {
      signal.throwIfAborted();
      await blame("output", () => outputs[index]?.(parcel.text, { signal }));
      parcel.missing -= 1;
      if (parcel.missing === 0) counts.written += 1;
    }
  };

  const run = async (): Promise<Counters> => {
    const withdraw = onAbort(options.signal, () => stopAll(options.signal?.reason));
    const guarded = (work: Promise<void>) => work.catch(stopAll);
    const readers = signal.aborted ? [] : sources.map((source, index) => guarded(read(source, index)));
    const closing = Promise.all(readers).then(() => entries.close());
    const writers = outputs.map((_, index) => guarded(write(index)));
    await Promise.all([closing, ...writers]);
    await Promise.allSettled(calls);
    withdraw();
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
