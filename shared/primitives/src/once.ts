import type { Cancellable, Task } from "./abort.ts";
import { checkFunction, refusalOf } from "./arguments/check.ts";
import { Mutex } from "./mutex.ts";
import { Singleflight } from "./singleflight.ts";

/**
 * Makes a function that runs `task` once, however many ask at the same time, and gives all of them its value: for what
 * is opened on first use. Go's `sync.OnceValue`, which is retried after a failure and can be cancelled.
 * For what you open anyway, prefer a plain `await` at the start; for many keys, `Singleflight` and a cache.
 *
 * - A success is kept for good. Who asks later gets the identical value, at the price of one resolved promise.
 * - A failure is told to those who wait for it, and not kept: the next one who asks tries again.
 * - One who aborts leaves alone. When the last one has left, the task is told to stop. Who asks after that waits until
 *   it has ended, so that never two run at once; if it has succeeded after all, its value is taken.
 * - A caller without a signal cannot leave. A task that asks for its own value waits for itself, for ever.
 *
 * @returns The function to ask. It begins the task within the call if nobody has yet. It throws what the task throws,
 * or the `reason` of its own signal as soon as that aborts, even when the value is there.
 * @throws {TypeError} If `task` is no function.
 *
 * @example
 * ```ts
 * let connections = 0;
 * const database = once(async ({ signal }) => {
 *   await sleep(5, { signal });
 *   connections += 1;
 *   return { query: (sql: string) => `rows of ${sql}` };
 * });
 *
 * const [one, other] = await Promise.all([database(), database()]);
 * assert.equal(one, other);
 * assert.equal(connections, 1);
 * ```
 */
export function once<R>(task: Task<R>): (options?: Cancellable) => Promise<Awaited<R>> {
  checkFunction("make a once", "task", task);
  const callers = new Singleflight<undefined, Awaited<R>>();
  const mutex = new Mutex();
  let kept: Promise<Awaited<R>> | undefined;

  /** The mutex is held, if at all, by a task that was told to stop and has not ended yet. */
  const runAlone = async ({ signal }: { readonly signal: AbortSignal }): Promise<Awaited<R>> => {
    using _turn = mutex.tryLock() ?? (await mutex.lock({ signal }));
    if (kept !== undefined) return await kept;
    const value = await task({ signal });
    kept = Promise.resolve(value);
    return value;
  };

  return (options) => {
    const refusal = refusalOf("ask a once", options);
    if (refusal !== undefined) return Promise.reject(refusal.reason);
    return kept ?? callers.run(undefined, runAlone, options);
  };
}
