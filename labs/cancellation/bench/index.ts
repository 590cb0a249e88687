import { getEventListeners } from "node:events";
import { defineBench, type Run, type Setting, type Strategy, type Target } from "@pattern-labs/bench";
import { type Way, ways } from "./ways.ts";

/** What is looked at after each run. */
interface Tally {
  readonly answered: number;
  /** What lies on the signal that outlives all requests: more than there was before them. */
  readonly listenersLeft: number;
}

interface Load {
  readonly deep: boolean;
  readonly atOnce: number;
}

const targets: readonly Target[] = [
  { strategy: "answer", against: "effect", atMost: 0.6 },
  { strategy: "answer", against: "AbortSignal.any, .timeout", atMost: 0.4 },
];

export default defineBench({
  title: "A scope for each request",
  workloads: [
    {
      title: "open under a long-lived signal with a deadline, pass on through three layers, leave",
      operations: 5_000,
      floor: "AbortController by hand",
      strategies: ways.map((way) => strategy(way, { deep: false, atOnce: 1 })),
      check,
      targets,
    },
    {
      title: "the same, and a deadline of its own for each of two layers below",
      operations: 2_000,
      floor: "AbortController by hand",
      strategies: ways.map((way) => strategy(way, { deep: true, atOnce: 1 })),
      check,
      targets,
    },
    {
      title: "100,000 requests on one long-lived signal, 100 at once",
      operations: 100_000,
      floor: "AbortController by hand",
      strategies: ways
        .filter(({ oneIn = 1 }) => oneIn === 1)
        .map((way) => strategy(way, { deep: false, atOnce: 100 })),
      check,
      targets,
    },
  ],
});

function strategy({ load, oneIn: _, ...way }: Way, { deep, atOnce }: Load): Strategy {
  return {
    ...way,
    prepare: async ({ operations, inFlight }: Setting): Promise<Run> => {
      const service = new AbortController();
      const query = async () => {
        inFlight.enter();
        await null;
        inFlight.leave();
        return 1;
      };
      const handle = await load(service.signal, { query, deep });
      const before = getEventListeners(service.signal, "abort").length;
      return async (): Promise<Tally> => {
        let answered = 0;
        let begun = 0;
        const client = async () => {
          for (; begun < operations; ) {
            begun += 1;
            const one = await handle();
            answered += one;
          }
        };
        await Promise.all(Array.from({ length: atOnce }, client));
        return { answered, listenersLeft: getEventListeners(service.signal, "abort").length - before };
      };
    },
  };
}

function check(result: unknown, { operations }: { readonly operations: number }): string | undefined {
  const { answered, listenersLeft } = result as Tally;
  if (answered !== operations) return `${answered} of ${operations} requests were answered`;
  return listenersLeft > 0 ? `${listenersLeft} listeners were left on the long-lived signal` : undefined;
}
