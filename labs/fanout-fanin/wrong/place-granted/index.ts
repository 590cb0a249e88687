import type { Group, GroupOptions } from "../../contract.ts";

/** Everything but `createGroup` is the reference's. */
export { hashFiles, merge } from "../../solution/index.ts";

export function createGroup(options: GroupOptions = {}): Group {
  const { limit = Number.POSITIVE_INFINITY, signal: outer } = options;
  if (options.limit !== undefined) checkCount("limit", limit);

  const controller = new AbortController();
  const { signal } = controller;
  const waiting: PromiseWithResolvers<void>[] = []; // for a place; only while all places are taken
  const idle: (() => void)[] = [];
  let taken = 0; // places: of tasks that run, and of those that begin in a moment
  let told = false;

  signal.addEventListener("abort", () => {
    for (const { reject } of waiting.splice(0)) reject(signal.reason);
  });
  follow();

  /** While nothing is under way, after `wait`, there is no listener: then this is asked before each use. */
  function follow(): void {
    if (outer === undefined || signal.aborted) return;
    if (outer.aborted) onOuterAbort();
    else outer.addEventListener("abort", onOuterAbort, { once: true });
  }

  function onOuterAbort(): void {
    controller.abort(outer?.reason);
  }

  /** A place goes to the first who waits, without ever being free. */
  function release(): void {
    const next = waiting.shift();
    if (next !== undefined) {
      next.resolve();
      return;
    }
    taken -= 1;
    if (taken > 0) return;
    for (const wake of idle.splice(0)) wake();
  }

  async function run(task: (signal: AbortSignal) => Promise<void>): Promise<void> {
    try {
      await task(signal);
    } catch (error) {
      controller.abort(error); // Only the first counts.
    } finally {
      release();
    }
  }

  async function settled(): Promise<void> {
    while (taken > 0) await new Promise<void>((wake) => idle.push(wake));
    follow();
    outer?.removeEventListener("abort", onOuterAbort);
  }

  return {
    get signal() {
      if (outer?.aborted) follow();
      return signal;
    },

    async go(task) {
      follow();
      signal.throwIfAborted();
      if (taken < limit) taken += 1;
      else {
        const turn = Promise.withResolvers<void>();
        waiting.push(turn);
        await turn.promise;
        signal.throwIfAborted(); // It may have aborted in the moment between.
      }
      void run(task);
    },

    async wait() {
      await settled();
      if (!signal.aborted) return;
      told = true;
      throw signal.reason;
    },

    async [Symbol.asyncDispose]() {
      await settled();
      if (signal.aborted && !told) throw signal.reason;
    },
  };
}

function checkCount(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value > 0) return;
  throw new RangeError(`${name} must be a whole number from 1, got ${String(value)}`);
}
