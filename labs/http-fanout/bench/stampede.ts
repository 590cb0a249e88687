import type { Strategy, Workload } from "@pattern-labs/bench";
import type { Call, Lab } from "../contract.ts";

/** Who ask at the same moment, for a value that has just become too old. */
const CROWD = 1_000;
const TTL_MS = 5;
/** The service behind can do so many at a time; each takes a turn of the timers. */
const PLACES = 10;

type Wrap = (call: Call, lab: Lab) => Call;

const cacheOf: Wrap = (call, { cache }) => {
  if (cache === undefined) throw new Error("This answer has no cache: it has not attempted the challenge");
  return cache(call, { limit: 10, ttlMs: TTL_MS, refreshAfterMs: TTL_MS, staleIfErrorMs: TTL_MS });
};
const coalesceOf: Wrap = (call, { coalesce }) => {
  if (coalesce === undefined)
    throw new Error("This answer does not coalesce: it has not attempted the challenge");
  return coalesce(call, { callTimeoutMs: 60_000 });
};

const wraps: Readonly<Record<string, Wrap>> = {
  "naive: each calls": (call) => call,
  "coalescing only": coalesceOf,
  "cache only": cacheOf,
  "cache around coalescing": (call, lab) => cacheOf(coalesceOf(call, lab), lab),
};

/** How long it takes until all have the value: `in flight` tells how many calls reached the service at once. */
export const stampede: Workload = {
  title: `a stampede: ${CROWD.toLocaleString("en")} ask at once for a value that is too old, of a service with ${PLACES} places`,
  operations: CROWD,
  floor: "naive: each calls",
  strategies: Object.entries(wraps).map(([name, wrap]) => strategy(name, wrap)),
  check: (answered) => (answered === CROWD ? undefined : `${answered} have the value`),
};

function strategy(name: string, wrap: Wrap): Strategy {
  return {
    name,
    ...(name.startsWith("naive") ? { ours: false } : {}),
    async prepare({ inFlight }) {
      const lab: Lab = await import("#lab");
      const call = wrap(await serviceOf(inFlight), lab);
      const options = () => ({ signal: new AbortController().signal, deadline: performance.now() + 60_000 });
      return {
        /** A value is there, and too old. */
        async before() {
          await call("prices", options());
          await new Promise((resolve) => setTimeout(resolve, 2 * TTL_MS));
        },
        async run() {
          const values = await Promise.all(Array.from({ length: CROWD }, () => call("prices", options())));
          return values.filter((value) => value === "9.99").length;
        },
        async [Symbol.asyncDispose]() {},
      };
    },
  };
}

async function serviceOf(inFlight: { enter(): void; leave(): void }): Promise<Call> {
  const { Semaphore } = await import("@pattern-labs/primitives/semaphore");
  const places = new Semaphore(PLACES);
  return async () => {
    inFlight.enter();
    using _place = await places.acquire();
    await new Promise((resolve) => setTimeout(resolve, 1));
    inFlight.leave();
    return "9.99";
  };
}
