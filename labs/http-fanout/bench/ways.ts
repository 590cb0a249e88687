import type { Agent } from "undici";
import type { Lab } from "../contract.ts";

export const CALL_LIMIT = 100;

/** Asks so many services, and resolves to how many have answered. */
export type FanOut = (origins: readonly string[]) => Promise<number>;

export interface WayOptions {
  readonly origins: readonly string[];
  /** Left out: nobody has a deadline. The answer has one in any case, and it is far away then. */
  readonly callTimeoutMs?: number | undefined;
  readonly clients: number;
  /** Told of each call. */
  readonly inFlight: { enter(): void; leave(): void };
}

/** Somebody's way to ask many services at once. */
export interface Way {
  readonly name: string;
  readonly answer?: true;
  /** Imports what only it needs. */
  readonly open: (options: WayOptions) => Promise<FanOut & Partial<AsyncDisposable>>;
}

type Get = (origin: string, signal?: AbortSignal) => Promise<unknown>;

const FAR_MS = 600_000;

const settledOf = async (calls: readonly Promise<unknown>[]) =>
  (await Promise.allSettled(calls)).filter(({ status }) => status === "fulfilled").length;

const answeredOf = async (calls: readonly Promise<unknown>[]) => (await Promise.all(calls)).length;

/** Without deadlines one failure fails all; with them it must be told who has answered. */
const gather = ({ callTimeoutMs }: WayOptions) => (callTimeoutMs === undefined ? answeredOf : settledOf);

const limitOf = ({ callTimeoutMs }: WayOptions) =>
  callTimeoutMs === undefined ? undefined : AbortSignal.timeout(callTimeoutMs);

async function openUndici({ inFlight }: WayOptions): Promise<{ readonly get: Get; readonly agent: Agent }> {
  const { Agent } = await import("undici");
  const agent = new Agent({ connections: null, pipelining: 1 });
  const get: Get = async (origin, signal) => {
    inFlight.enter();
    try {
      const { body } = await agent.request({ origin, path: "/", method: "GET", signal: signal ?? null });
      return await body.json();
    } finally {
      inFlight.leave();
    }
  };
  return { get, agent };
}

/** What `await using` puts away, and what can be called. */
const closing = (fanOut: FanOut, agent: Agent) =>
  Object.assign(fanOut, { [Symbol.asyncDispose]: () => agent.destroy() });

export const BARE = "undici, no limit";
export const LIMITED = "p-limit around undici";
export const LIMITED_WITH_DEADLINES = "p-limit, AbortSignal.timeout";

export const WAYS: readonly Way[] = [
  {
    name: BARE,
    async open(options) {
      const { get, agent } = await openUndici(options);
      const all = gather(options);
      return closing((origins) => all(origins.map((origin) => get(origin, limitOf(options)))), agent);
    },
  },
  {
    // What telling undici when to stop costs, before anybody limits anything.
    name: "undici, AbortSignal.timeout",
    async open(options) {
      const { get, agent } = await openUndici(options);
      const all = gather(options);
      const signal = () => limitOf(options) ?? AbortSignal.timeout(FAR_MS);
      return closing((origins) => all(origins.map((origin) => get(origin, signal()))), agent);
    },
  },
  {
    name: "answer",
    answer: true,
    async open(options) {
      const { origins, callTimeoutMs = FAR_MS, clients } = options;
      const { get, agent } = await openUndici(options);
      const { createGateway }: Lab = await import("#lab");
      const gateway = createGateway({
        services: origins,
        call: (origin, { signal }) => get(origin, signal),
        ...{ callLimit: CALL_LIMIT, waitLimit: clients, requestTimeoutMs: FAR_MS, callTimeoutMs },
      });
      return closing(async (asked) => {
        // Each request has a client of its own, as in a server.
        const answer = await gateway.handle(asked, { signal: new AbortController().signal });
        return answer.status === 200 ? Object.keys(answer.data).length : 0;
      }, agent);
    },
  },
  {
    name: "Promise.all(fetch)",
    async open(options) {
      const all = gather(options);
      const get: Get = async (origin) => {
        options.inFlight.enter();
        try {
          const response = await fetch(origin, { signal: limitOf(options) ?? null });
          return await response.json();
        } finally {
          options.inFlight.leave();
        }
      };
      return (origins) => all(origins.map((origin) => get(origin)));
    },
  },
  {
    name: LIMITED,
    async open(options) {
      const { default: pLimit } = await import("p-limit");
      const { get, agent } = await openUndici(options);
      const limit = pLimit(CALL_LIMIT);
      const all = gather(options);
      // Its deadline begins with the call: whoever waits has none.
      const ask = (origin: string) => get(origin, limitOf(options));
      return closing((origins) => all(origins.map((origin) => limit(ask, origin))), agent);
    },
  },
  {
    // A limit, and a deadline for each call, put together from parts: the nearest to what the answer does.
    name: LIMITED_WITH_DEADLINES,
    async open(options) {
      const { default: pLimit } = await import("p-limit");
      const { get, agent } = await openUndici(options);
      const limit = pLimit(CALL_LIMIT);
      const all = gather(options);
      const ask = (origin: string) => get(origin, limitOf(options) ?? AbortSignal.timeout(FAR_MS));
      return closing((origins) => all(origins.map((origin) => limit(ask, origin))), agent);
    },
  },
];
