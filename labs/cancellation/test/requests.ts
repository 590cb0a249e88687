import { setImmediate as turn } from "node:timers/promises";
import type { LongLived } from "@pattern-labs/testkit";
import type { Scope } from "../contract.ts";
import { lab } from "./subject.ts";

const SOAK = process.env["SOAK"] === "1";
export const REQUESTS = SOAK ? 1_000_000 : 3_000;
/** Of the last 1,000 scopes. A garbage collector may leave one or two lying; whoever keeps any keeps a hundred. */
export const MOST_ALIVE = 10;
/** Far above what a garbage collector leaves lying, far below what a hundred bytes a request come to in the soak. */
export const MOST_HELD_MB = 30;
/** Only ends what hangs: a million requests take a quarter of a minute on an idle machine. */
export const PATIENCE_MS = 1_800_000;
const AT_ONCE = 1_000;

interface Host {
  readonly service: LongLived;
  readonly server: Scope;
}

/** Clients that have left while they stood in line. */
const GONE = AbortSignal.abort("the client left before its turn came");

/**
 * One request, in real time: a scope, one below, a task that waits under its signal. Every other is below `server`, and
 * of these a fifth come with a signal that has aborted already.
 */
export async function serve({ service, server }: Host, id: number): Promise<WeakRef<object>> {
  const signal = id % 10 === 5 ? GONE : service.signal;
  const options = { signal, timeoutMs: 60_000, values: { requestId: `r-${id}` } };
  const scope = id % 2 === 0 ? lab.openScope(options) : server.child(options);
  try {
    await scope.start(async (handler) => {
      const below = handler.child({ timeoutMs: 30_000 });
      try {
        await below.start((own) => lab.underSignal(turn(), own.signal));
        if (id % 10 === 0) below.cancel("not needed");
      } finally {
        await below[Symbol.asyncDispose]();
      }
    });
  } catch (error) {
    if (error !== signal.reason) throw error;
  } finally {
    await scope[Symbol.asyncDispose]();
  }
  return new WeakRef(scope);
}

/** Serves so many requests, and tells what of them is still held afterwards. */
export async function heldAfter(
  requests: number,
  serveOne: (id: number) => Promise<WeakRef<object>>,
): Promise<{ alive: number; grownMb: number }> {
  let last: readonly WeakRef<object>[] = [];
  let before = 0;
  for (let id = 0; id < requests; id += AT_ONCE) {
    last = await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => serveOne(id + n)));
    if (id === AT_ONCE) before = await collect(); // By then everything is warm.
  }
  const after = await collect();
  const alive = last.filter((scope) => scope.deref() !== undefined).length;
  return { alive, grownMb: (after - before) / 2 ** 20 };
}

/** Collects the garbage, and gives the bytes that are left. What is weakly held goes a turn later. */
async function collect(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    await turn();
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed;
}
