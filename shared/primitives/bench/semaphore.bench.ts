/** Tasks that hold one of ten permits for one turn of the microtasks. */
import { defineBench } from "@pattern-labs/bench";

const limit = 10;

/** `waiting` tasks at once, until `operations` have been inside. */
async function rounds(operations: number, waiting: number, enter: () => Promise<void>): Promise<number> {
  let done = 0;
  while (done < operations) {
    await Promise.all(Array.from({ length: waiting }, enter));
    done += waiting;
  }
  return done;
}

const ours = (waiting: number) => ({
  name: `Semaphore, ${waiting.toLocaleString("en")} waiters`,
  async prepare({ operations }: { readonly operations: number }) {
    const { Semaphore } = await import("@pattern-labs/primitives/semaphore");
    const semaphore = new Semaphore(limit);
    return () =>
      rounds(operations, waiting, async () => {
        const permit = await semaphore.acquire();
        await null;
        permit[Symbol.dispose]();
      });
  },
});

/** What that many who wait cost at the least, whatever they wait for: a promise each, resolved one by one. */
const bare = (waiting: number) => ({
  name: `bare promises, ${waiting.toLocaleString("en")}`,
  ours: false,
  prepare:
    ({ operations }: { readonly operations: number }) =>
    () => {
      const resolvers: (() => void)[] = [];
      const resume = async () => {
        for (const resolve of resolvers.splice(0)) {
          resolve();
          await null;
        }
      };
      return rounds(operations, waiting, async () => {
        await new Promise<void>((resolve) => {
          if (resolvers.push(resolve) === waiting) void resume();
        });
        await null;
      });
    },
});

const check = (done: unknown, { operations }: { readonly operations: number }) =>
  done === operations ? undefined : `${done} of ${operations} were inside`;

const noteOnCrowds =
  "A waiter is a promise, its function and a place in the line, against a bare promise and its function; when they outlive the young generation, each is moved. It does not rise with their number beyond that: a queue that grew with the square would stand at a hundred.";

export default defineBench({
  title: "Semaphore",
  workloads: [
    {
      title: "10,000 waiters for ten permits",
      operations: 300_000,
      floor: "no limit",
      strategies: [
        {
          name: "no limit",
          prepare:
            ({ operations }) =>
            () =>
              rounds(operations, 10_000, async () => {
                await null;
                await null;
              }),
        },
        { ...ours(10_000), name: "Semaphore" },
        {
          name: "async-sema", // hands out no permit that could be given back once only
          ours: false,
          async prepare({ operations }) {
            const semaphore = new (await import("async-sema")).Sema(limit, { capacity: 10_000 });
            return () =>
              rounds(operations, 10_000, async () => {
                await semaphore.acquire();
                await null;
                semaphore.release();
              });
          },
        },
        {
          name: "effect",
          ours: false,
          async prepare({ operations }) {
            const { Effect, Semaphore } = await import("effect");
            const semaphore = Semaphore.makeUnsafe(limit);
            const enter = semaphore.withPermits(1)(Effect.promise(() => Promise.resolve()));
            return () => rounds(operations, 10_000, () => Effect.runPromise(enter));
          },
        },
      ],
      targets: [
        {
          strategy: "Semaphore",
          against: "async-sema",
          atMost: 1.05,
          note: "A permit that cannot be given back twice is an object, and the line is a list from whose middle one can leave; async-sema has a ring, no abort, and a second `release` makes a second permit. Tried: waiter and place in one object (kept: 1.48 before), permits without a prototype.",
        },
      ],
      check,
    },
    {
      title: "growth: a million acquisitions, with ever more waiters",
      operations: 1_000_000,
      floor: "bare promises, 10,000",
      // Memory makes a million promises dearer than ten thousand. What must not grow is what the semaphore adds.
      strategies: [10_000, 100_000, 1_000_000].flatMap((waiting) => [bare(waiting), ours(waiting)]),
      targets: ["10,000", "100,000", "1,000,000"].map((waiting) => ({
        strategy: `Semaphore, ${waiting} waiters`,
        against: `bare promises, ${waiting}`,
        atMost: 2,
        note: noteOnCrowds,
      })),
      check,
    },
  ],
});
