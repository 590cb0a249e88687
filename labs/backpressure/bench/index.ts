import { defineBench, type Run, type Setting, type Strategy, type Workload } from "@pattern-labs/bench";
import type { Lab, Policy } from "../contract.ts";
import { type Clock, openConnection, realClock } from "../given/sink.ts";
import { type BareBuffer, createBare, stores } from "./bare-buffer.ts";
import { CONNECTIONS, type Front, fronts, type Overload, overload, WORK_MS } from "./overload.ts";

const limit = 1_000;
/** Offered for each event that is taken, where the buffer is overrun. */
const overrun = 10;

interface Event {
  readonly id: number;
}

type Open = () => BareBuffer<Event>;

/** What is looked at after each run. */
interface Tally {
  delivered: number;
  refused: number;
  /** Whether the events came in the order in which they were offered. */
  inOrder: boolean;
}

/** One producer, one consumer, and each goes as fast as the other lets it. */
async function inStep(open: Open, events: number): Promise<Tally> {
  const buffer = open();
  const tally: Tally = { delivered: 0, refused: 0, inOrder: true };
  const consumer = (async () => {
    let last = -1;
    for await (const { id } of buffer) {
      if (id <= last) tally.inOrder = false;
      last = id;
      tally.delivered += 1;
    }
  })();
  for (let id = 0; id < events; id += 1) await buffer.offer({ id });
  buffer.close();
  await consumer;
  return tally;
}

/** Ten events are offered for each that is taken. */
async function overrunIt(open: Open, events: number): Promise<Tally> {
  const buffer = open();
  const consumer = buffer[Symbol.asyncIterator]();
  const tally: Tally = { delivered: 0, refused: 0, inOrder: true };
  let last = -1;
  for (let id = 0; id < events; ) {
    for (let n = 0; n < overrun; n += 1, id += 1) {
      try {
        await buffer.offer({ id });
      } catch {
        tally.refused += 1;
      }
    }
    const { value } = await consumer.next();
    if (value.id <= last) tally.inOrder = false;
    last = value.id;
    tally.delivered += 1;
  }
  return tally;
}

type Drive = (open: Open, events: number) => Promise<Tally>;

function strategiesFor(policy: Policy, drive: Drive): readonly Strategy[] {
  const run =
    (load: () => Promise<Open> | Open) =>
    async ({ operations }: Setting): Promise<Run> => {
      const open = await load();
      return () => drive(open, operations);
    };
  const answer: Strategy = {
    name: "answer",
    answer: true,
    prepare: run(async () => {
      const { createBuffer }: Lab = await import("#lab");
      return () => createBuffer<Event>({ limit, policy });
    }),
  };
  const bare = Object.entries(stores).map(([name, open]) => ({
    name,
    ours: false,
    prepare: run(() => () => createBare(open<Event>(limit), limit, policy)),
  }));
  return [answer, ...bare];
}

/** It takes whatever comes: what that costs in memory, and a queue that is long. */
function noBound(name: "array with shift" | "linked list"): Strategy {
  return {
    name: `no bound, ${name}`,
    ours: false,
    prepare: ({ operations }) => {
      const open = stores[name];
      if (open === undefined) throw new RangeError(`Cannot bench: there is no store "${name}"`);
      return () => overrunIt(() => createBare(open<Event>(limit), limit, "no bound"), operations);
    },
  };
}

function throughput(policy: Policy, title: string): Workload {
  const isOverrun = policy !== "block";
  return {
    title: `${policy}: ${title}`,
    operations: 100_000,
    floor: "ring",
    strategies: [
      ...strategiesFor(policy, isOverrun ? overrunIt : inStep),
      ...(isOverrun ? [noBound("array with shift"), noBound("linked list")] : []),
    ],
    check: (result, { operations }) => {
      const { delivered, inOrder } = result as Tally;
      const expected = isOverrun ? operations / overrun : operations;
      if (delivered !== expected) return `${delivered} events were delivered, not ${expected}`;
      return inOrder ? undefined : "the events came out of order";
    },
  };
}

/** So many answers in time are to be had. */
const WANTED = 200;
/** Where as many were offered, the rest will not come. */
const OFFERS_AT_MOST = 50;

function answersInTime(load: number): Workload {
  const front = (name: string): Pick<Strategy, "prepare"> => ({
    prepare: async ({ operations }) => {
      const lab: Lab = await import("#lab");
      const open = fronts[name] as (lab: Lab, clock: Clock) => Front;
      return () =>
        overload(open(lab, realClock), { load, offers: OFFERS_AT_MOST * operations, enough: operations });
    },
  });
  return {
    title: `answers in time, at ${load}× the capacity: per second is the goodput`,
    operations: WANTED,
    floor: "no crowd at all",
    strategies: [
      {
        name: "no crowd at all",
        ours: false,
        prepare:
          ({ operations }) =>
          () =>
            noCrowd(operations),
      },
      { name: "answer", answer: true, ...front("shed") },
      { name: "no limit", ours: false, ...front("no limit") },
    ],
    check: (result) => {
      const { inTime, offered, p99Ms } = result as Overload;
      if (inTime >= WANTED) return undefined;
      return `${inTime} answers in time to ${offered.toLocaleString("en")} requests; p99 ${Math.round(p99Ms)} ms`;
    },
  };
}

/** As many connections as there are, and each has its next request when it is done: no more can be had. */
async function noCrowd(requests: number): Promise<Overload> {
  const began = performance.now();
  let answered = 0;
  const loops = Array.from({ length: CONNECTIONS }, async () => {
    const write = openConnection(WORK_MS);
    for (; answered < requests; answered += 1) await write(undefined);
  });
  await Promise.all(loops);
  const ms = performance.now() - began;
  return { offered: answered, answered, inTime: answered, p50Ms: WORK_MS, p99Ms: WORK_MS, ms };
}

export default defineBench({
  title: "Backpressure",
  workloads: [
    throughput("block", "one producer, one consumer, room for 1,000"),
    throughput("drop-newest", "ten offered for each one taken, room for 1,000"),
    throughput("drop-oldest", "ten offered for each one taken, room for 1,000"),
    throughput("refuse", "ten offered for each one taken, room for 1,000"),
    answersInTime(2),
    answersInTime(10),
  ],
});
