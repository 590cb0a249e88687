import type { Lab } from "../contract.ts";
import { type Entry, entries, fiveTimes, passLater } from "./entry.ts";
import type { Way } from "./way.ts";

/** Five stages that wait for a promise, each for one entry at a time. */
export const waitingStages: readonly Way[] = [
  {
    name: "answer",
    answer: true,
    load: async (buffer) => {
      const { connect, parallel }: Lab = await import("#lab");
      return async (count, sink) => {
        const { signal } = new AbortController();
        const stage = parallel(passLater, { workers: 1 });
        const joined = fiveTimes(stage).reduce<AsyncIterable<Entry>>(
          (input, next) => connect(next(input, { signal }), { buffer, signal }),
          entries(count),
        );
        for await (const entry of joined) sink(entry);
      };
    },
  },
  {
    // No stage works while another does, and nothing is buffered.
    name: "async generators",
    ours: false,
    load: () => async (count, sink) => {
      async function* stage(input: AsyncIterable<Entry>): AsyncGenerator<Entry, void, undefined> {
        for await (const entry of input) yield await passLater(entry);
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
      const transform = () =>
        new Transform({
          ...options,
          transform(entry: Entry, _, done) {
            passLater(entry).then((passed) => done(null, passed), done);
          },
        });
      return (count, sink) =>
        pipeline([
          Readable.from(entries(count), options),
          ...fiveTimes(transform).map((make) => make()),
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
          {
            async transform(entry, controller) {
              controller.enqueue(await passLater(entry));
            },
          },
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
        const joined = fiveTimes(passLater).reduce<AsyncIterable<Entry>>(
          (input, each) => ahead(buffer, map(each, input)),
          entries(count),
        );
        for await (const entry of joined) sink(entry);
      };
    },
  },
  {
    // It has no way to make a source wait: what a stage cannot take yet piles up before it.
    name: "RxJS, no bound",
    ours: false,
    load: async () => {
      const { concatMap, from, lastValueFrom, tap } = await import("rxjs");
      const each = concatMap(passLater);
      return (count, sink) =>
        lastValueFrom(from(entries(count)).pipe(each, each, each, each, each, tap(sink)));
    },
  },
];
