import type { Operation } from "effection";
import type { Lab, Scope } from "../contract.ts";

/** What the repository does at the end: it is called with a signal, and answers soon. */
export type Query = (options: { readonly signal: AbortSignal }) => Promise<number>;

/** Handles one request, from opening what can be cancelled to leaving it. */
export type Handle = () => Promise<number>;

export interface Way {
  readonly name: string;
  readonly ours?: boolean;
  readonly answer?: boolean;
  /** So slow that it gets only one of so many requests where there are many. */
  readonly oneIn?: number;
  /** Hands out a handler for requests under `service`, a signal that outlives them all. */
  readonly load: (
    service: AbortSignal,
    options: { readonly query: Query; readonly deep: boolean },
  ) => Promise<Handle>;
}

/** Longer than any run takes: no deadline comes. */
const DEADLINE_MS = 3_600_000;
const BELOW_MS = 1_800_000;

/** Runs a task under something that ends with `above` or when its time is up, and takes that back afterwards. */
type Within<C> = <R>(above: C, ms: number, task: (own: C) => Promise<R>) => Promise<R>;

/**
 * A request passes three functions, each of which hands on what it was given. With `deep`, the two below the handler
 * have a deadline of their own.
 */
function layered<C>(within: Within<C>, signalOf: (own: C) => AbortSignal, query: Query, deep: boolean) {
  const repository = async (own: C) => await query({ signal: signalOf(own) });
  const service = deep
    ? (own: C) => within(own, BELOW_MS, repository)
    : async (own: C) => await repository(own);
  const handler = deep ? (own: C) => within(own, BELOW_MS, service) : async (own: C) => await service(own);
  return (above: C) => within(above, DEADLINE_MS, handler);
}

const bySignal =
  (within: Within<AbortSignal>): Way["load"] =>
  async (service, { query, deep }) => {
    const handle = layered(within, (signal) => signal, query, deep);
    return () => handle(service);
  };

export const byHand: Within<AbortSignal> = async (above, ms, task) => {
  const controller = new AbortController();
  const pass = () => controller.abort(above.reason);
  above.addEventListener("abort", pass, { once: true });
  const timer = setTimeout(() => controller.abort(new DOMException("too late", "TimeoutError")), ms);
  try {
    return await task(controller.signal);
  } finally {
    clearTimeout(timer);
    above.removeEventListener("abort", pass);
  }
};

export const ways: readonly Way[] = [
  {
    name: "answer",
    answer: true,
    load: async (service, { query, deep }) => {
      const { openScope }: Lab = await import("#lab");
      const within: Within<Scope | undefined> = async (above, timeoutMs, task) => {
        await using scope = above?.child({ timeoutMs }) ?? openScope({ signal: service, timeoutMs });
        return await scope.start(task);
      };
      const handle = layered(within, (scope) => scope?.signal ?? service, query, deep);
      return () => handle(undefined);
    },
  },
  // No scope: it has one task, carries no values, and waits for nothing else.
  { name: "AbortController by hand", ours: false, load: bySignal(byHand) },
  {
    name: "AbortSignal.any, .timeout",
    ours: false,
    load: bySignal((above, ms, task) => task(AbortSignal.any([above, AbortSignal.timeout(ms)]))),
  },
  // It does not hear of the service's end: what a deadline alone costs.
  {
    name: "AbortSignal.timeout alone",
    ours: false,
    load: bySignal((_, ms, task) => task(AbortSignal.timeout(ms))),
  },
  {
    name: "primitive timeout",
    load: async (service, options) => {
      const { timeout } = await import("@pattern-labs/primitives/timeout");
      const within: Within<AbortSignal> = (above, ms, task) =>
        timeout(({ signal }) => task(signal), { ms, signal: above }) as ReturnType<typeof task>;
      return await bySignal(within)(service, options);
    },
  },
  {
    name: "effect",
    ours: false,
    load: async (service, { query, deep }) => {
      const { Effect } = await import("effect");
      const repository = Effect.promise((signal) => query({ signal }));
      const layer = (below: typeof repository) => Effect.map(below, (rows) => rows);
      const below = (effect: typeof repository) =>
        deep ? Effect.orDie(Effect.timeout(effect, BELOW_MS)) : effect;
      const request = Effect.timeout(below(layer(below(layer(repository)))), DEADLINE_MS);
      return () => Effect.runPromise(request, { signal: service });
    },
  },
  {
    name: "effection",
    ours: false,
    oneIn: 10,
    load: async (service, { query, deep }) => {
      const { createScope, scoped, sleep, spawn, until, useAbortSignal } = await import("effection");
      // A third quicker than `race` with the two.
      const within = (ms: number, work: Work): Work =>
        function* () {
          return yield* scoped(function* () {
            yield* spawn(() => failAfter(ms));
            return yield* work();
          });
        };
      function* failAfter(ms: number): Operation<never> {
        yield* sleep(ms);
        throw new DOMException("too late", "TimeoutError");
      }
      const repository: Work = function* () {
        const signal = yield* useAbortSignal();
        return yield* until(query({ signal }));
      };
      const layer = (below: Work): Work =>
        function* () {
          return yield* below();
        };
      const below = (work: Work) => (deep ? within(BELOW_MS, work) : work);
      const request = within(DEADLINE_MS, below(layer(below(layer(repository)))));
      const [scope, destroy] = createScope();
      service.addEventListener("abort", () => void destroy(), { once: true });
      return async () => await scope.run(request);
    },
  },
];

type Work = () => Operation<number>;
