/** What a lock costs: alone, where `await` itself is the floor, and with a thousand who want it. */
import { defineBench } from "@pattern-labs/bench";

type Enter = () => Promise<void>;

async function contend(operations: number, contenders: number, enter: Enter): Promise<number> {
  const each = operations / contenders;
  let done = 0;
  const contender = async () => {
    for (let round = 0; round < each; round += 1) {
      await enter();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: contenders }, contender));
  return done;
}

const check = (done: unknown, { operations }: { readonly operations: number }) =>
  done === operations ? undefined : `${done} of ${operations} were inside`;

const ours = (contenders: number) => ({
  name: `Mutex, ${contenders.toLocaleString("en")} contenders`,
  async prepare({ operations }: { readonly operations: number }) {
    const { Mutex } = await import("@pattern-labs/primitives/mutex");
    const mutex = new Mutex();
    return () =>
      contend(operations, contenders, async () => {
        const lock = await mutex.lock();
        lock[Symbol.dispose]();
      });
  },
});

/** What that many contenders cost at the least: each waits for a promise of its own, and all take turns. */
const bare = (contenders: number) => ({
  name: `bare promises, ${contenders.toLocaleString("en")}`,
  ours: false,
  prepare:
    ({ operations }: { readonly operations: number }) =>
    () => {
      let resolvers: (() => void)[] = [];
      const resume = async () => {
        while (resolvers.length > 0) {
          const turn = resolvers;
          resolvers = [];
          for (const resolve of turn) {
            resolve();
            await null;
          }
        }
      };
      return contend(operations, contenders, async () => {
        if (resolvers.length === 0) queueMicrotask(resume);
        await new Promise<void>((resolve) => resolvers.push(resolve));
      });
    },
});

const noteOnCrowds =
  "A waiter is a promise, its function and a place in the line, against a bare promise and its function; when they outlive the young generation, each is moved. It does not rise with their number beyond that: a queue that grew with the square would stand at a hundred.";

export default defineBench({
  title: "Mutex",
  workloads: [
    {
      title: "uncontended",
      operations: 1_000_000,
      floor: "await",
      strategies: [
        {
          name: "await",
          prepare: ({ operations }) => {
            const done = Promise.resolve();
            return async () => {
              let count = 0;
              for (; count < operations; count += 1) await done;
              return count;
            };
          },
        },
        {
          name: "Mutex.lock",
          async prepare({ operations }) {
            const { Mutex } = await import("@pattern-labs/primitives/mutex");
            const mutex = new Mutex();
            return async () => {
              let count = 0;
              for (; count < operations; count += 1) (await mutex.lock())[Symbol.dispose]();
              return count;
            };
          },
        },
        {
          name: "Mutex.tryLock() ?? await lock()",
          async prepare({ operations }) {
            const { Mutex } = await import("@pattern-labs/primitives/mutex");
            const mutex = new Mutex();
            return async () => {
              let count = 0;
              for (; count < operations; count += 1) {
                (mutex.tryLock() ?? (await mutex.lock()))[Symbol.dispose]();
              }
              return count;
            };
          },
        },
        {
          name: "async-sema", // hands out no lock that could be given back once only
          ours: false,
          async prepare({ operations }) {
            const semaphore = new (await import("async-sema")).Sema(1);
            return async () => {
              let count = 0;
              for (; count < operations; count += 1) {
                await semaphore.acquire();
                semaphore.release();
              }
              return count;
            };
          },
        },
        {
          name: "async-mutex",
          ours: false,
          async prepare({ operations }) {
            const mutex = new (await import("async-mutex")).Mutex();
            return async () => {
              let count = 0;
              for (; count < operations; count += 1) (await mutex.acquire())();
              return count;
            };
          },
        },
      ],
      targets: [
        {
          strategy: "Mutex.lock",
          against: "await",
          atMost: 1.3,
          note: "A promise that resolves with an object looks for its `then`, and a lock that can be given back only once must be an object: no form of it came below 1.86. `tryLock() ?? await lock()` is the quick one.",
        },
        { strategy: "Mutex.tryLock() ?? await lock()", against: "await", atMost: 1.3 },
      ],
      check,
    },
    {
      title: "1,000 contenders",
      operations: 300_000,
      floor: "Mutex",
      strategies: [
        { ...ours(1_000), name: "Mutex" },
        {
          name: "async-sema",
          ours: false,
          async prepare({ operations }) {
            const semaphore = new (await import("async-sema")).Sema(1, { capacity: 1_000 });
            return () =>
              contend(operations, 1_000, async () => {
                await semaphore.acquire();
                semaphore.release();
              });
          },
        },
        {
          name: "async-mutex",
          ours: false,
          async prepare({ operations }) {
            const mutex = new (await import("async-mutex")).Mutex();
            return () => contend(operations, 1_000, async () => (await mutex.acquire())());
          },
        },
      ],
      targets: [
        {
          strategy: "Mutex",
          against: "async-sema",
          atMost: 1 / 1.1,
          note: "It moved between 0.83 and 1.05 from one measurement to the next. Tried: waiter and place in the line in one object (kept).",
        },
        { strategy: "Mutex", against: "async-mutex", atMost: 1 / 5 },
      ],
      check,
    },
    {
      title: "growth: a million locks, with ever more contenders",
      operations: 1_000_000,
      floor: "bare promises, 10,000",
      // Memory makes a million promises dearer than ten thousand. What must not grow is what the mutex adds.
      strategies: [10_000, 100_000, 1_000_000].flatMap((contenders) => [bare(contenders), ours(contenders)]),
      targets: ["10,000", "100,000", "1,000,000"].map((contenders) => ({
        strategy: `Mutex, ${contenders} contenders`,
        against: `bare promises, ${contenders}`,
        atMost: 2,
        note: noteOnCrowds,
      })),
      check,
    },
  ],
});
