import type { Cancellable, Task } from "./abort.ts";
import { checkFunction, refusalToRun } from "./arguments/check.ts";
import { Singleflight } from "./singleflight.ts";
import { WaitGroup } from "./wait-group.ts";

/** Given to a load: besides the signal, whether its value is still wanted when it has come. */
export interface LoadContext {
  readonly signal: AbortSignal;
  /** `false` once all who waited have left, or the value has been overtaken by a change: then do not keep it. */
  readonly isCurrent: () => boolean;
}

/**
 * Loads values on behalf of a cache: once for all who ask for a key, and so that a load which a change has overtaken
 * keeps nothing. To call something once for all who ask, and no more, prefer `Singleflight`.
 *
 * - `overtake` is for the moment at which the value changes: who waits for the load under way still gets its value,
 *   but that is current no more, and who asks next begins anew.
 * - `renew` begins a load that nobody waits for. It belongs to this object: leaving the scope (`await using`) tells it
 *   to stop, and waits until no load runs.
 *
 * @example
 * ```ts
 * const cache = new Map<string, number>();
 * await using loads = new FreshLoads<string, number>();
 * const fetch = (key: string, load: () => Promise<number>) =>
 *   loads.run(key, async ({ isCurrent }) => {
 *     const value = await load();
 *     if (isCurrent()) cache.set(key, value);
 *     return value;
 *   });
 *
 * const old = fetch("price", () => sleep(1).then(() => 10));
 * loads.overtake("price");
 * cache.set("price", 20);
 * assert.equal(await old, 10);
 * assert.equal(cache.get("price"), 20);
 * ```
 */
export class FreshLoads<K, V> implements AsyncDisposable {
  readonly #flights = new Singleflight<K, V>();
  readonly #current = new Map<K, AbortSignal>(); // A load is known by its signal.
  readonly #running = new WaitGroup();
  readonly #scope = new AbortController();

  /** Whether its scope has been left. */
  get left(): boolean {
    return this.#scope.signal.aborted;
  }

  /** Joins the load of `key` that is under way, or else begins it with `task`. Rejects as `Singleflight.run` does. */
  run(key: K, task: (context: LoadContext) => Promise<V>, options?: Cancellable): Promise<Awaited<V>> {
    const refusal = refusalToRun("load in FreshLoads", task, options);
    if (refusal !== undefined) return Promise.reject(refusal.reason);
    const load: Task<V> = ({ signal }) => this.#running.go(() => this.#track(key, task, signal));
    return this.#flights.run(key, load, options);
  }

  /** Begins a load that nobody waits for, unless one is under way. Its error goes nowhere. @throws {TypeError} If `task` is no function. */
  renew(key: K, task: (context: LoadContext) => Promise<V>): void {
    checkFunction("load in FreshLoads", "task", task);
    if (this.#current.get(key)?.aborted === false) return;
    this.run(key, task, this.#scope).catch(nothing);
  }

  /** What is being loaded for `key` is out of date: it is current no more, and nobody joins it. */
  overtake(key: K): void {
    if (this.#current.size > 0 && this.#current.delete(key)) this.#flights.forget(key);
  }

  overtakeAll(): void {
    for (const key of this.#current.keys()) this.overtake(key);
  }

  /** Tells the loads that `renew` began to stop, and waits until no load runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#scope.abort();
    await this.#running.wait();
  }

  async #track(key: K, task: (context: LoadContext) => Promise<V>, signal: AbortSignal): Promise<V> {
    this.#current.set(key, signal);
    const isCurrent = () => this.#current.get(key) === signal && !signal.aborted;
    try {
      return await task({ signal, isCurrent });
    } finally {
      if (this.#current.get(key) === signal) this.#current.delete(key);
    }
  }
}

function nothing(): void {}
