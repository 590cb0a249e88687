import type { Lab } from "../contract.ts";
import { type Entry, entries, fiveTimes, pass } from "./entry.ts";
import type { Way } from "./way.ts";

/** Five stages that never wait: parsing, filtering, counting. */
export const quickStages: readonly Way[] = [
  {
    name: "answer",
    answer: true,
    load: async (buffer) => {
      const { connect, each }: Lab = await import("#lab");
      return async (count, sink) => {
        const { signal } = new AbortController();
        const stage = each(pass);
        const joined = fiveTimes(stage).reduce<AsyncIterable<Entry>>(
          (input, next) => connect(next(input, { signal }), { buffer, signal }),
          entries(count),
        );
        // The sink is a stage that gives nothing on, as Node's Writable and RxJS's `tap` are.
        for await (const _ of each(sink)(joined, { signal }));
      };
    },
  },
  {
    // No stage works while another does, and nothing is buffered.
    name: "async generators",
    ours: false,
    load: () => async (count, sink) => {
      async function* stage(input: AsyncIterable<Entry>): AsyncGenerator<Entry, void, undefined> {
        for await (const entry of input) yield pass(entry);
      }
      const chained = fiveTimes(stage).reduce<AsyncIterable<Entry>>(
        (input, next) => next(input),
        entries(count),
      );
      for await (const entry of chained) sink(entry);
    },
  },
  {
    name: "node streams",
    ours: false,
    load: async (buffer) => {
      const { Readable, Transform, Writable } = await import("node:stream");
      const { pipeline } = await import("node:stream/promises");
      const options = { objectMode: true, highWaterMark: buffer };
      return (count, sink) =>
        pipeline([
          Readable.from(entries(count), options),
          ...fiveTimes(undefined).map(
            () =>
              new Transform({ ...options, transform: (entry: Entry, _, done) => done(null, pass(entry)) }),
          ),
          new Writable({
            ...options,
            write(entry: Entry, _, done) {
              sink(entry);
              done();
            },
          }),
        ]);
    },
  },
  {
    name: "web streams",
    ours: false,
    load: (buffer) => async (count, sink) => {
      // With nothing at all before a stage it would never be written to.
      const before = { highWaterMark: Math.max(1, buffer) };
      const behind = { highWaterMark: buffer };
      const transform = () =>
        new TransformStream<Entry, Entry>(
          { transform: (entry, controller) => controller.enqueue(pass(entry)) },
          before,
          behind,
        );
      const piped = fiveTimes(transform).reduce<ReadableStream<Entry>>(
        (readable, make) => readable.pipeThrough(make()),
        ReadableStream.from(entries(count)) as ReadableStream<Entry>,
      );
      await piped.pipeTo(new WritableStream({ write: sink }, before));
    },
  },
  {
    name: "streaming-iterables",
    ours: false,
    load: async (buffer) => {
      const { buffer: ahead, map } = await import("streaming-iterables");
      return async (count, sink) => {
        const joined = fiveTimes(pass).reduce<AsyncIterable<Entry>>(
          (input, each) => ahead(buffer, map(each, input)),
          entries(count),
        );
        for await (const entry of joined) sink(entry);
      };
    },
  },
];

/** Those that have no buffers: one size is like the other. */
export const withoutBuffers: readonly Way[] = [
  {
    // Five functions called one within the other: no stage works while another does, and there is nothing to buffer.
    name: "RxJS, no buffer",
    ours: false,
    load: async () => {
      const { from, lastValueFrom, map, tap } = await import("rxjs");
      const each = map(pass);
      return (count, sink) =>
        lastValueFrom(from(entries(count)).pipe(each, each, each, each, each, tap(sink)));
    },
  },
  {
    // Stages that are joined asynchronously, as all others are here. Nobody ever makes the source wait.
    name: "RxJS, no bound",
    ours: false,
    load: async () => {
      const { asapScheduler, from, lastValueFrom, map, observeOn, pipe, tap } = await import("rxjs");
      const each = pipe(map(pass), observeOn(asapScheduler));
      return (count, sink) =>
        lastValueFrom(from(entries(count)).pipe(each, each, each, each, each, tap(sink)));
    },
  },
];
