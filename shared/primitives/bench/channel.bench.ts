import { defineBench, type Strategy, type Workload } from "@pattern-labs/bench";

/** What a producer needs of a channel. */
interface Pipe {
  readonly send: (value: number) => unknown;
  readonly end: () => unknown;
}

const sumOf = (values: number) => (values * (values - 1)) / 2;

const checkSum: NonNullable<Workload["check"]> = (result, { operations }) =>
  result === sumOf(operations)
    ? undefined
    : `the values received add up to ${result}, not ${sumOf(operations)}`;

async function produce({ send, end }: Pipe, values: number): Promise<void> {
  for (let value = 0; value < values; value += 1) await send(value);
  await end();
}

const asyncGenerator: Strategy = {
  name: "async generator",
  async prepare({ operations }) {
    async function* numbers() {
      for (let value = 0; value < operations; value += 1) yield value;
    }
    return async () => {
      let sum = 0;
      for await (const value of numbers()) sum += value;
      return sum;
    };
  },
};

/** One producer and one consumer, each with its own loop and an `await` a value. */
function sendAndReceive(capacity: number, targets: Workload["targets"]): Workload {
  return {
    title: `awaited send and receive, buffer ${capacity}`,
    operations: 200_000,
    floor: asyncGenerator.name,
    targets,
    check: checkSum,
    strategies: [
      asyncGenerator,
      {
        name: "Channel",
        async prepare({ operations }) {
          const { Channel } = await import("@pattern-labs/primitives/channel");
          return async () => {
            const channel = new Channel<number>(capacity);
            const producing = produce(
              { send: (value) => channel.send(value), end: () => channel.close() },
              operations,
            );
            let sum = 0;
            for (;;) {
              const { done, value } = await channel.receive();
              if (done) break;
              sum += value;
            }
            await producing;
            return sum;
          };
        },
      },
      {
        name: "ts-chan",
        ours: false,
        async prepare({ operations }) {
          const { Chan } = await import("ts-chan");
          return async () => {
            const chan = new Chan<number>(capacity).setUnsafe(true); // Fast, at the price of starving timers.
            const producing = produce(
              { send: (value) => chan.send(value), end: () => chan.close() },
              operations,
            );
            let sum = 0;
            for (;;) {
              const { done, value } = await chan.recv();
              if (done) break;
              sum += value ?? 0;
            }
            await producing;
            return sum;
          };
        },
      },
      // These two buffer at least one value.
      ...(capacity === 0 ? [] : [corsa(capacity), thiNg(capacity)]),
      {
        name: "effect Queue",
        ours: false,
        async prepare({ operations }) {
          const { Effect, Fiber, Queue } = await import("effect");
          const program = Effect.gen(function* () {
            const queue = yield* Queue.bounded<number>(capacity);
            const producer = yield* Effect.forkChild(
              Effect.gen(function* () {
                for (let value = 0; value < operations; value += 1) yield* Queue.offer(queue, value);
              }),
            );
            let sum = 0;
            for (let count = 0; count < operations; count += 1) sum += yield* Queue.take(queue);
            yield* Fiber.join(producer);
            return sum;
          });
          return () => Effect.runPromise(program);
        },
      },
    ],
  };
}

function corsa(capacity: number): Strategy {
  return {
    name: "corsa",
    ours: false,
    async prepare({ operations }) {
      const { channel } = await import("corsa");
      return async () => {
        const { readable, writable } = channel<number>(capacity);
        const producing = produce(
          { send: (value) => writable.write(value), end: () => writable.end() },
          operations,
        );
        let sum = 0;
        for (;;) {
          const value = await readable.read();
          if (value === undefined) break;
          sum += value;
        }
        await producing;
        return sum;
      };
    },
  };
}

function thiNg(capacity: number): Strategy {
  return {
    name: "@thi.ng/csp",
    ours: false,
    async prepare({ operations }) {
      const { channel } = await import("@thi.ng/csp");
      return async () => {
        const numbers = channel<number>(capacity);
        const producing = produce(
          { send: (value) => numbers.write(value), end: () => numbers.close() },
          operations,
        );
        let sum = 0;
        for (let count = 0; count < operations; count += 1) sum += (await numbers.read()) ?? 0;
        await producing;
        return sum;
      };
    },
  };
}

/** The consumer is a `for await` loop. */
const forAwait: Workload = {
  title: "awaited send, for await, buffer 16",
  operations: 200_000,
  floor: asyncGenerator.name,
  targets: [
    { strategy: "Channel", against: "async generator", atMost: 1 },
    { strategy: "Channel", against: "@thi.ng/csp", atMost: 1 / 2.3 },
    { strategy: "Channel", against: "PassThrough", atMost: 1 / 1.5 },
  ],
  check: checkSum,
  strategies: [
    asyncGenerator,
    looping("Channel", true, async () => {
      const { Channel } = await import("@pattern-labs/primitives/channel");
      return () => {
        const channel = new Channel<number>(16);
        return { values: channel, send: (value) => channel.send(value), end: () => channel.close() };
      };
    }),
    looping("@thi.ng/csp", false, async () => {
      const { channel } = await import("@thi.ng/csp");
      return () => {
        const numbers = channel<number>(16);
        // Its closing waits until everything has been read.
        return { values: numbers, send: (value) => numbers.write(value), end: () => numbers.close() };
      };
    }),
    looping("ts-chan", false, async () => {
      const { Chan } = await import("ts-chan");
      return () => {
        const chan = new Chan<number>(16).setUnsafe(true);
        return { values: chan, send: (value) => chan.send(value), end: () => chan.close() };
      };
    }),
    looping("PassThrough", false, async () => {
      const { PassThrough } = await import("node:stream");
      return () => {
        const stream = new PassThrough({ objectMode: true, highWaterMark: 16 });
        return {
          values: stream,
          // Waits only when it is told to: faster than awaiting each write's callback.
          send: (value) =>
            stream.write(value) ? undefined : new Promise<void>((resolve) => stream.once("drain", resolve)),
          end: () => {
            stream.end();
          },
        };
      };
    }),
  ],
};

function looping(
  name: string,
  ours: boolean,
  load: () => Promise<() => Pipe & { readonly values: AsyncIterable<number | undefined> }>,
): Strategy {
  return {
    name,
    ours,
    async prepare({ operations }) {
      const open = await load();
      return async () => {
        const { values, ...pipe } = open();
        const producing = produce(pipe, operations);
        let sum = 0;
        for await (const value of values) sum += value ?? 0;
        await producing;
        return sum;
      };
    },
  };
}

/** The producer awaits only when the buffer is full; the consumer takes what is there, up to 64 at once. */
const batches: Workload = {
  title: "trySend and receiveMany(64), buffer 64",
  operations: 1_000_000,
  floor: asyncGenerator.name,
  targets: [
    { strategy: "Channel", against: "async generator", atMost: 0.35 },
    {
      strategy: "Channel",
      against: "effect Queue",
      atMost: 1 / 3,
      note: "effect is measured with `offerUnsafe`, which is as quick as a push to an array. Against the floor the target is reached.",
    },
  ],
  check: checkSum,
  strategies: [
    asyncGenerator,
    {
      name: "Channel",
      async prepare({ operations }) {
        const { Channel } = await import("@pattern-labs/primitives/channel");
        return async () => {
          const channel = new Channel<number>(64);
          const producing = (async () => {
            for (let value = 0; value < operations; value += 1) {
              if (!channel.trySend(value)) await channel.send(value);
            }
            channel.close();
          })();
          let sum = 0;
          for (;;) {
            const values = await channel.receiveMany(64);
            if (values.length === 0) break;
            for (const value of values) sum += value;
          }
          await producing;
          return sum;
        };
      },
    },
    {
      name: "effect Queue",
      ours: false,
      async prepare({ operations }) {
        const { Effect, Fiber, Queue } = await import("effect");
        const program = Effect.gen(function* () {
          const queue = yield* Queue.bounded<number>(64);
          const producer = yield* Effect.forkChild(
            Effect.gen(function* () {
              // Without an effect a value, as with `trySend`.
              for (let value = 0; value < operations; value += 1) {
                if (!Queue.offerUnsafe(queue, value)) yield* Queue.offer(queue, value);
              }
            }),
          );
          let sum = 0;
          for (let count = 0; count < operations; ) {
            const values = yield* Queue.takeAll(queue);
            count += values.length;
            for (const value of values) sum += value;
          }
          yield* Fiber.join(producer);
          return sum;
        });
        return () => Effect.runPromise(program);
      },
    },
  ],
};

/** Sends and receives that never really wait, while a timer wants to fire. The result tells how often it could. */
const fairness: Workload = {
  title: "awaited send and receive, buffer 16, beside a timer of 1 ms",
  operations: 1_000_000,
  floor: "Channel, no timer",
  targets: [{ strategy: "Channel", against: "Channel, no timer", atMost: 1.35 }],
  check: (result, { operations }) => {
    const { sum, meanGapMs } = result as { sum: number; meanGapMs: number };
    if (sum !== sumOf(operations)) return `the values received add up to ${sum}`;
    return meanGapMs <= 10
      ? undefined
      : `the timer fired every ${meanGapMs.toFixed(1)} ms on average, not within 10`;
  },
  strategies: [
    besideTimer("Channel, no timer", true, false, async () => {
      const { Channel } = await import("@pattern-labs/primitives/channel");
      return () => {
        const channel = new Channel<number>(16);
        return { values: channel, send: (value) => channel.send(value), end: () => channel.close() };
      };
    }),
    besideTimer("Channel", true, true, async () => {
      const { Channel } = await import("@pattern-labs/primitives/channel");
      return () => {
        const channel = new Channel<number>(16);
        return { values: channel, send: (value) => channel.send(value), end: () => channel.close() };
      };
    }),
    besideTimer("ts-chan, fair", false, true, async () => {
      const { Chan } = await import("ts-chan");
      return () => {
        const chan = new Chan<number>(16);
        return { values: chan, send: (value) => chan.send(value), end: () => chan.close() };
      };
    }),
    besideTimer("@thi.ng/csp", false, true, async () => {
      const { channel } = await import("@thi.ng/csp");
      return () => {
        const numbers = channel<number>(16);
        return { values: numbers, send: (value) => numbers.write(value), end: () => numbers.close() };
      };
    }),
  ],
};

function besideTimer(
  name: string,
  ours: boolean,
  ticks: boolean,
  load: () => Promise<() => Pipe & { readonly values: AsyncIterable<number | undefined> }>,
): Strategy {
  return {
    name,
    ours,
    async prepare({ operations }) {
      const open = await load();
      return async () => {
        let fired = 0;
        const timer = ticks ? setInterval(() => ++fired, 1) : undefined;
        const startedAt = performance.now();
        const { values, ...pipe } = open();
        const producing = produce(pipe, operations);
        let sum = 0;
        for await (const value of values) sum += value ?? 0;
        await producing;
        clearInterval(timer);
        return { sum, meanGapMs: ticks ? (performance.now() - startedAt) / (fired + 1) : 0 };
      };
    },
  };
}

type Crowd = (crowd: number) => Promise<() => Promise<number>>;

const noteOnWaiting =
  "A send that has to wait costs a promise, its two functions and a place in the line, some 25 ns. Tried without gain: a waiter that is its own place in the line, executors without `reject`, waking later, an inlined ring.";

/**
 * The same million of them, waiting together or in crowds of 10,000, each beside the least that JavaScript needs for it.
 * A heap a hundred times as large costs that more, too; a queue that grows with the square would take a hundred times as
 * long.
 */
function growth(title: string, atMost: number, least: Crowd, ours: Crowd): Workload[] {
  const strategy = (name: string, crowd: number, load: Crowd): Strategy => ({
    name,
    async prepare({ operations }) {
      const serve = await load(crowd);
      return async () => {
        let served = 0;
        while (served < operations) served += await serve();
        return served;
      };
    },
  });
  return [10_000, 1_000_000].map((crowd) => ({
    title: `${title}, ${crowd.toLocaleString("en")} at once`,
    operations: 1_000_000,
    floor: "at least",
    targets: [{ strategy: "Channel", against: "at least", atMost }],
    check: (result, { operations }) =>
      result === operations ? undefined : `${result} of ${operations} were served`,
    strategies: [strategy("at least", crowd, least), strategy("Channel", crowd, ours)],
  }));
}

async function barePromises(crowd: number): Promise<() => Promise<number>> {
  return async () => {
    const resolves: ((value: { done: boolean; value: number }) => void)[] = [];
    const waiting = Array.from({ length: crowd }, () => new Promise((resolve) => resolves.push(resolve)));
    for (const [value, resolve] of resolves.entries()) resolve({ done: false, value });
    return (await Promise.all(waiting)).length;
  };
}

async function bareControllers(crowd: number): Promise<() => Promise<number>> {
  return async () => {
    const controllers = Array.from({ length: crowd }, () => new AbortController());
    const waiting = controllers.map(({ signal }) => {
      const aborted = new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
      return aborted.catch(() => 0);
    });
    for (let index = crowd - 1; index >= 0; index -= 1) controllers[index]?.abort();
    return (await Promise.all(waiting)).length;
  };
}

async function bareArray(crowd: number): Promise<() => Promise<number>> {
  return async () => {
    const values: number[] = [];
    for (let value = 0; value < crowd; value += 1) values.push(value);
    let received = 0;
    for (const _value of values) received += 1;
    return received;
  };
}

export default defineBench({
  title: "Channel",
  workloads: [
    sendAndReceive(16, [
      { strategy: "Channel", against: "async generator", atMost: 0.9 },
      { strategy: "Channel", against: "corsa", atMost: 1 / 1.3 },
      { strategy: "Channel", against: "@thi.ng/csp", atMost: 1 / 1.3 },
    ]),
    sendAndReceive(1, [
      { strategy: "Channel", against: "async generator", atMost: 0.9, note: noteOnWaiting },
    ]),
    sendAndReceive(0, [
      { strategy: "Channel", against: "async generator", atMost: 1.3, note: noteOnWaiting },
      { strategy: "Channel", against: "ts-chan", atMost: 1 / 2 },
    ]),
    forAwait,
    batches,
    fairness,
    ...growth("receivers that wait, then are served", 1.25, barePromises, async (crowd) => {
      const { Channel } = await import("@pattern-labs/primitives/channel");
      return async () => {
        const channel = new Channel<number>();
        const waiting = Array.from({ length: crowd }, () => channel.receive());
        for (let value = 0; value < crowd; value += 1) channel.trySend(value);
        return (await Promise.all(waiting)).length;
      };
    }),
    ...growth("selects that wait at two channels, then are served", 5, barePromises, async (crowd) => {
      const { Channel } = await import("@pattern-labs/primitives/channel");
      const { receiveFrom, select } = await import("@pattern-labs/primitives/select");
      return async () => {
        const a = new Channel<number>();
        const b = new Channel<number>();
        const cases = { a: receiveFrom(a), b: receiveFrom(b) };
        const waiting = Array.from({ length: crowd }, () => select(cases));
        for (let value = 0; value < crowd; value += 1) (value % 2 === 0 ? a : b).trySend(value);
        return (await Promise.all(waiting)).length;
      };
    }),
    ...growth("receivers that wait, then leave, the last one first", 1.5, bareControllers, async (crowd) => {
      const { Channel } = await import("@pattern-labs/primitives/channel");
      return async () => {
        const channel = new Channel<number>();
        const controllers = Array.from({ length: crowd }, () => new AbortController());
        const waiting = controllers.map(({ signal }) => channel.receive({ signal }).catch(() => 0));
        for (let index = crowd - 1; index >= 0; index -= 1) controllers[index]?.abort();
        return (await Promise.all(waiting)).length;
      };
    }),
    ...growth("values that are buffered, then received", 10, bareArray, async (crowd) => {
      const { Channel } = await import("@pattern-labs/primitives/channel");
      return async () => {
        const channel = new Channel<number>(crowd);
        for (let value = 0; value < crowd; value += 1) channel.trySend(value);
        let received = 0;
        while (channel.tryReceive() !== undefined) received += 1;
        return received;
      };
    }),
  ],
});
