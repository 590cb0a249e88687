import { defineBench, type Workload } from "@pattern-labs/bench";

interface Entry {
  readonly value: number;
  readonly priority: number;
}

const noteOnEquals =
  "A heap that is not stable stops at the first equal, a stable one must go on: compare tinyqueue made stable. Tried: priority and arrival side by side, no positions for `remove`; neither gained in the class.";

/** All carry a value besides the priority. Only PriorityQueue gives equals back in order; the peers do less. */
function fillAndDrain(size: number, differentPriorities: number): Workload {
  const distinct = differentPriorities === Infinity ? "all different" : `${differentPriorities} priorities`;
  return {
    title: `push and pop ${size.toLocaleString("en")} entries, ${distinct}`,
    operations: size,
    floor: "tinyqueue (not stable)",
    strategies: [
      {
        name: "tinyqueue (not stable)",
        ours: false,
        async prepare() {
          const { default: TinyQueue } = await import("tinyqueue");
          const entries = entriesFor(size, differentPriorities);
          return () => {
            const queue = new TinyQueue<Entry>([], (a, b) => a.priority - b.priority);
            for (const { value, priority } of entries) queue.push({ value, priority });
            let sum = 0;
            for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) sum += entry.value;
            return sum;
          };
        },
      },
      {
        name: "tinyqueue, stable by a number",
        ours: false,
        async prepare() {
          const { default: TinyQueue } = await import("tinyqueue");
          const entries = entriesFor(size, differentPriorities);
          return () => {
            const queue = new TinyQueue<Entry & { arrival: number }>(
              [],
              (a, b) => a.priority - b.priority || a.arrival - b.arrival,
            );
            let arrival = 0;
            for (const { value, priority } of entries) queue.push({ value, priority, arrival: arrival++ });
            let sum = 0;
            for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) sum += entry.value;
            return sum;
          };
        },
      },
      {
        name: "PriorityQueue",
        async prepare() {
          const { PriorityQueue } = await import("@pattern-labs/primitives/priority-queue");
          const entries = entriesFor(size, differentPriorities);
          return () => {
            const queue = new PriorityQueue<number>();
            for (const { value, priority } of entries) queue.push(value, priority);
            let sum = 0;
            for (let value = queue.pop(); value !== undefined; value = queue.pop()) sum += value;
            return sum;
          };
        },
      },
      {
        name: "PriorityQueue, compare",
        async prepare() {
          const { PriorityQueue } = await import("@pattern-labs/primitives/priority-queue");
          const entries = entriesFor(size, differentPriorities);
          return () => {
            const queue = new PriorityQueue<number, number>({ compare: (a, b) => a - b });
            for (const { value, priority } of entries) queue.push(value, priority);
            let sum = 0;
            for (let value = queue.pop(); value !== undefined; value = queue.pop()) sum += value;
            return sum;
          };
        },
      },
      {
        name: "heap-js (not stable)",
        ours: false,
        async prepare() {
          const { Heap } = await import("heap-js");
          const entries = entriesFor(size, differentPriorities);
          return () => {
            const queue = new Heap<Entry>((a, b) => a.priority - b.priority);
            for (const { value, priority } of entries) queue.push({ value, priority });
            let sum = 0;
            for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) sum += entry.value;
            return sum;
          };
        },
      },
    ],
    targets: [
      { strategy: "PriorityQueue", against: "tinyqueue (not stable)", atMost: 1.1, note: noteOnEquals },
      { strategy: "PriorityQueue", against: "heap-js (not stable)", atMost: 1 / 1.2, note: noteOnEquals },
    ],
    check: (sum) => (sum === (size * (size + 1)) / 2 ? undefined : `the values add up to ${sum}`),
  };
}

/** The same for every strategy: a fixed sequence that looks random. */
function entriesFor(size: number, differentPriorities: number): Entry[] {
  let state = 1;
  return Array.from({ length: size }, (_, index) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    const priority = state / 0x8000_0000;
    const rounded = Number.isFinite(differentPriorities)
      ? Math.floor(priority * differentPriorities)
      : priority;
    return { value: index + 1, priority: rounded };
  });
}

export default defineBench({
  title: "PriorityQueue",
  workloads: [
    fillAndDrain(10_000, Infinity),
    fillAndDrain(100_000, Infinity),
    fillAndDrain(1_000_000, Infinity),
    fillAndDrain(100_000, 10),
  ],
});
