import { defineBench, type Strategy, type Workload } from "@pattern-labs/bench";

const noteOnWaiting =
  "Two producers against one consumer: nearly every send waits, which costs as much again as the select. Tried: no lookup of the chosen case by name (kept), cases made once, another generator of random numbers. A bare select without abort, closing and names took 1.55 times the floor.";

/** Two producers send awaited, each to a channel of its own; one consumer takes from whichever has a value. */
function twoLiveChannels(capacity: number): Workload {
  return {
    title: `receive from two live channels, buffer ${capacity}`,
    operations: 200_000,
    floor: "async generator",
    targets: [
      { strategy: "select", against: "async generator", atMost: 1.4, note: noteOnWaiting },
      { strategy: "select", against: "ts-chan", atMost: 1 / 6, note: noteOnWaiting },
    ],
    check: (result, { operations }) => {
      const expected = (operations / 2) * (operations / 2 - 1);
      return result === expected ? undefined : `the values received add up to ${result}, not ${expected}`;
    },
    strategies: [
      {
        name: "async generator",
        async prepare({ operations }) {
          async function* numbers() {
            for (let value = 0; value < operations; value += 1) yield value % (operations / 2);
          }
          return async () => {
            let sum = 0;
            for await (const value of numbers()) sum += value;
            return sum;
          };
        },
      },
      ours("select", capacity, false),
      ours("select, cases made once", capacity, true),
      {
        name: "ts-chan",
        ours: false,
        async prepare({ operations }) {
          const { Chan, Select, recv } = await import("ts-chan");
          return async () => {
            // Unsafe: without waiting for the event loop. One Select for all rounds, as its documentation advises.
            const channels = [0, 1].map(() => new Chan<number>(capacity).setUnsafe(true));
            const producing = channels.map((chan) => produce((value) => chan.send(value), operations / 2));
            const select = new Select(channels.map((chan) => recv(chan))).setUnsafe(true);
            let sum = 0;
            for (let count = 0; count < operations; count += 1) {
              const index = await select.wait();
              const chosen = select.cases[index];
              if (chosen !== undefined) sum += select.recv(chosen).value ?? 0;
            }
            await Promise.all(producing);
            return sum;
          };
        },
      },
      // It buffers at least one value.
      ...(capacity === 0 ? [] : [thiNg(capacity)]),
    ],
  };
}

function ours(name: string, capacity: number, madeOnce: boolean): Strategy {
  return {
    name,
    async prepare({ operations }) {
      const { Channel } = await import("@pattern-labs/primitives/channel");
      const { receiveFrom, select } = await import("@pattern-labs/primitives/select");
      return async () => {
        const a = new Channel<number>(capacity);
        const b = new Channel<number>(capacity);
        const producing = [a, b].map((channel) => produce((value) => channel.send(value), operations / 2));
        const cases = { a: receiveFrom(a), b: receiveFrom(b) };
        let sum = 0;
        for (let count = 0; count < operations; count += 1) {
          const { value } = await select(madeOnce ? cases : { a: receiveFrom(a), b: receiveFrom(b) });
          sum += value ?? 0;
        }
        await Promise.all(producing);
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
      const { channel, select } = await import("@thi.ng/csp");
      return async () => {
        const a = channel<number>(capacity);
        const b = channel<number>(capacity);
        const producing = [a, b].map((each) => produce((value) => each.write(value), operations / 2));
        let sum = 0;
        for (let count = 0; count < operations; count += 1) {
          const [value] = await select(a, b);
          sum += value ?? 0;
        }
        await Promise.all(producing);
        return sum;
      };
    },
  };
}

async function produce(send: (value: number) => Promise<unknown>, values: number): Promise<void> {
  for (let value = 0; value < values; value += 1) await send(value);
}

export default defineBench({ title: "select", workloads: [twoLiveChannels(16), twoLiveChannels(0)] });
