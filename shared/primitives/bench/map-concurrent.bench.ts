/** Every task takes one turn of the microtasks: what is measured is the cost of bounding, not of the work. */
import { defineBench, type InFlight } from "@pattern-labs/bench";

const limit = 10;
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);
const double = (inFlight: InFlight) => async (n: number) => {
  inFlight.enter();
  await null;
  inFlight.leave();
  return n * 2;
};
const check = (result: unknown, { operations }: { readonly operations: number }) => {
  const results = result as number[];
  return results.length === operations && results[operations - 1] === (operations - 1) * 2
    ? undefined
    : `${results.length} results, the last of them ${results.at(-1)}`;
};

const ours = (count: number) => ({
  name: `mapConcurrent, ${count.toLocaleString("en")} values`,
  async prepare({ operations, inFlight }: { readonly operations: number; readonly inFlight: InFlight }) {
    const { mapConcurrent } = await import("@pattern-labs/primitives/map-concurrent");
    const values = numbers(count);
    return async () => {
      let done = 0;
      while (done < operations) done += (await mapConcurrent(values, double(inFlight), { limit })).length;
      return done;
    };
  },
});

export default defineBench({
  title: "Bounded map",
  workloads: [
    {
      title: "a million tasks, ten at once, all results in an array",
      operations: 1_000_000,
      floor: "Promise.all",
      strategies: [
        {
          name: "Promise.all", // bounds nothing
          prepare: ({ operations, inFlight }) => {
            const values = numbers(operations);
            return () => Promise.all(values.map(double(inFlight)));
          },
        },
        {
          name: "mapConcurrent",
          async prepare({ operations, inFlight }) {
            const { mapConcurrent } = await import("@pattern-labs/primitives/map-concurrent");
            const values = numbers(operations);
            return () => mapConcurrent(values, double(inFlight), { limit });
          },
        },
        {
          name: "streamConcurrent",
          async prepare({ operations, inFlight }) {
            const { streamConcurrent } = await import("@pattern-labs/primitives/stream-concurrent");
            const values = numbers(operations);
            return () => Array.fromAsync(streamConcurrent(values, double(inFlight), { limit }));
          },
        },
        {
          name: "async.mapLimit",
          ours: false,
          async prepare({ operations, inFlight }) {
            const { mapLimit } = (await import("async")).default;
            const values = numbers(operations);
            return () => mapLimit(values, limit, double(inFlight));
          },
        },
        {
          name: "p-map",
          ours: false,
          async prepare({ operations, inFlight }) {
            const { default: pMap } = await import("p-map");
            const values = numbers(operations);
            return () => pMap(values, double(inFlight), { concurrency: limit });
          },
        },
        {
          name: "effect",
          ours: false,
          async prepare({ operations, inFlight }) {
            const { Effect } = await import("effect");
            const values = numbers(operations);
            const task = double(inFlight);
            const program = Effect.forEach(values, (n) => Effect.promise(() => task(n)), {
              concurrency: limit,
            });
            return () => Effect.runPromise(program);
          },
        },
      ],
      targets: [
        { strategy: "mapConcurrent", against: "Promise.all", atMost: 0.25 },
        { strategy: "mapConcurrent", against: "async.mapLimit", atMost: 1 / 1.2 },
        { strategy: "mapConcurrent", against: "p-map", atMost: 1 / 2.5 },
      ],
      check,
    },
    {
      title: "growth: a million tasks, in lists of different lengths",
      operations: 1_000_000,
      floor: "mapConcurrent, 10,000 values",
      strategies: [ours(10_000), ours(100_000), ours(1_000_000)],
      targets: [
        {
          strategy: "mapConcurrent, 1,000,000 values",
          against: "mapConcurrent, 10,000 values",
          atMost: 1.25,
          note: "All results stay in memory: a million of them outlive the young generation, and are moved.",
        },
      ],
      check: (done, { operations }) => (done === operations ? undefined : `${done} of ${operations} done`),
    },
  ],
});
