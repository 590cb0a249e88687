import type { Strategy, Workload } from "@pattern-labs/bench";
import { startDownstreams } from "./downstreams.ts";
import { BARE, LIMITED, LIMITED_WITH_DEADLINES, WAYS, type Way } from "./ways.ts";

/** Requests that are under way at a time. */
const CLIENTS = 10;

/** Nine tenths of the requests a second. */
const MOST = 1 / 0.9;

const TARGETS: NonNullable<Workload["targets"]> = [
  {
    ...{ strategy: "answer", against: BARE, atMost: MOST },
    note: "a signal and a timer for each call; undici alone with AbortSignal.timeout shows how much of it they are",
  },
  {
    ...{ strategy: "answer", against: LIMITED_WITH_DEADLINES, atMost: MOST },
    note: "undici that does the same: a limit, and a deadline for each call",
  },
];

/** Real calls to real services in another process, which answer at once. */
export function overHttp(size: number, operations: number): Workload {
  return {
    title: `requests for ${size} over HTTP, ${CLIENTS} at a time`,
    operations,
    floor: BARE,
    strategies: WAYS.map((way) => strategyOf(way, { size, stalled: 0 })),
    check: answers(size),
    targets: size === 20 ? TARGETS : [],
  };
}

/**
 * Services that take what a quick one takes in use. What the limit allows is then less than what the processor can do, so
 * whoever has the same limit is as quick, if it gives its permits on without delay; who has none is quicker.
 */
export function quick(answerMs: number, operations: number): Workload {
  return {
    title: `requests for 20, ${CLIENTS} at a time, of services that take ${answerMs} ms`,
    operations,
    floor: LIMITED,
    strategies: WAYS.map((way) => strategyOf(way, { size: 20, stalled: 0, answerMs })),
    check: answers(20),
    targets: [{ strategy: "answer", against: LIMITED, atMost: MOST }],
  };
}

/** So long that a slow machine makes nobody late who is well. */
const CALL_TIMEOUT_MS = 200;

/** Ten of twenty never answer, and each call has a deadline. Who has no limit is quicker, at the price of its sockets. */
export function halfStalled(operations: number): Workload {
  return {
    title: `requests for 20, ${CLIENTS} at a time, of which ten stall; a call may take ${CALL_TIMEOUT_MS} ms`,
    operations,
    floor: BARE,
    strategies: WAYS.map((way) => strategyOf(way, { size: 20, stalled: 10, callTimeoutMs: CALL_TIMEOUT_MS })),
    // On a busy machine one that is well may be late, too.
    check: (answered, { operations }) =>
      Number(answered) > 5 * operations ? undefined : `${answered} calls were answered of ${10 * operations}`,
  };
}

interface Conditions {
  readonly size: number;
  readonly stalled: number;
  readonly answerMs?: number;
  readonly callTimeoutMs?: number;
}

function strategyOf(way: Way, { size, stalled, answerMs, callTimeoutMs }: Conditions): Strategy {
  return {
    name: way.name,
    ...(way.answer === true ? { answer: true } : { ours: false }),
    async prepare({ operations, inFlight }) {
      const downstreams = await startDownstreams({ stalled, answerMs });
      const origins = downstreams.urls.slice(0, size);
      const fanOut = await way.open({ origins, callTimeoutMs, clients: CLIENTS, inFlight });
      return {
        async run() {
          let begun = 0;
          let answered = 0;
          const clients = Array.from({ length: CLIENTS }, async () => {
            while (begun < operations) {
              begun += 1;
              const calls = await fanOut(origins); // Not in one with the sum, which others change meanwhile.
              answered += calls;
            }
          });
          await Promise.all(clients);
          return answered;
        },
        async [Symbol.asyncDispose]() {
          await fanOut[Symbol.asyncDispose]?.();
          await downstreams[Symbol.asyncDispose]();
        },
      };
    },
  };
}

function answers(size: number): NonNullable<Workload["check"]> {
  return (answered, { operations }) =>
    answered === size * operations ? undefined : `${answered} calls were answered, not ${size * operations}`;
}
