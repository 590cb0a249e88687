import type { Run, Setting, Strategy, Workload } from "@pattern-labs/bench";
import type { Lab } from "../contract.ts";
import { CALL_LIMIT } from "./ways.ts";

/** Requests that are under way at a time. */
const CLIENTS = 20;

type Ask = (service: string) => Promise<string>;
/** Answers one request: how many of its services have answered. */
type FanOut = (services: readonly string[]) => Promise<number>;

const namesOf = (size: number) => Array.from({ length: size }, (_, n) => `service-${n}`);

/**
 * What the bookkeeping costs alone: what the calls wait for is there at once. The peers here have no deadline, no abort
 * and no line; each call of the answer has a signal and a timer of its own.
 */
export function inMemory(size: number, line: string): Workload {
  return {
    title: `requests for ${size} without a network, ${CLIENTS} at a time: ${line}`,
    operations: 2_000,
    floor: "Promise.all, no limit",
    strategies: strategiesFor(size),
    check: (answered, { operations }) =>
      answered === size * operations
        ? undefined
        : `${answered} calls were answered, not ${size * operations}`,
  };
}

/** Each client asks for all services again when it has its answer. */
function runOf(size: number, load: (ask: Ask) => Promise<FanOut> | FanOut) {
  return async ({ operations, inFlight }: Setting): Promise<Run> => {
    const services = namesOf(size);
    const fanOut = await load(async (service) => {
      inFlight.enter();
      await undefined;
      inFlight.leave();
      return service;
    });
    return async () => {
      let begun = 0;
      let answered = 0;
      const clients = Array.from({ length: CLIENTS }, async () => {
        while (begun < operations) {
          begun += 1;
          const calls = await fanOut(services); // Not in one with the sum, which others change meanwhile.
          answered += calls;
        }
      });
      await Promise.all(clients);
      return answered;
    };
  };
}

const answeredOf = async (calls: readonly Promise<unknown>[]) => (await Promise.all(calls)).length;

function strategiesFor(size: number): readonly Strategy[] {
  return [
    {
      name: "Promise.all, no limit",
      ours: false,
      prepare: runOf(size, (ask) => (services) => answeredOf(services.map(ask))),
    },
    {
      name: "answer",
      answer: true,
      prepare: runOf(size, async (ask) => {
        const { createGateway }: Lab = await import("#lab");
        const gateway = createGateway({
          services: namesOf(size),
          call: ask,
          callLimit: CALL_LIMIT,
          waitLimit: CLIENTS,
          requestTimeoutMs: 60_000,
          callTimeoutMs: 60_000,
        });
        return async (services) => {
          const answer = await gateway.handle(services, { signal: new AbortController().signal });
          return answer.status === 200 ? Object.keys(answer.data).length : 0;
        };
      }),
    },
    {
      name: "p-limit",
      ours: false,
      prepare: runOf(size, async (ask) => {
        const { default: pLimit } = await import("p-limit");
        const limit = pLimit(CALL_LIMIT);
        return (services) => answeredOf(services.map((service) => limit(ask, service)));
      }),
    },
    {
      name: "p-queue",
      ours: false,
      prepare: runOf(size, async (ask) => {
        const { default: PQueue } = await import("p-queue");
        const queue = new PQueue({ concurrency: CALL_LIMIT });
        return (services) => answeredOf(services.map((service) => queue.add(() => ask(service))));
      }),
    },
  ];
}
