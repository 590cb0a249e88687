import { type Cancellable, onAbort, runUnder } from "./abort.ts";
import { checkMs, checkOptions, refusalOf } from "./arguments/check.ts";
import { checkResourcePoolOptions, type ResourcePoolOptions } from "./resource-pool/options.ts";
import { Semaphore } from "./semaphore.ts";
import { startTimer } from "./timer.ts";

export type { ResourcePoolOptions } from "./resource-pool/options.ts";

/** A resource that is yours until you dispose this. */
export interface Lease<T> extends Disposable {
  readonly resource: T;
  /** Gives the resource back as broken: it is destroyed, and never lent again. Harmless after disposal. */
  discard(): void;
}

/** The pool is closed, and lends no more. */
export class ResourcePoolClosedError extends Error {
  override readonly name = "ResourcePoolClosedError";

  constructor() {
    super("Cannot acquire from ResourcePool: it is closed");
  }
}

/**
 * Lends out what is dear to open and can be used by one at a time: connections. Opens them when they are needed, up
 * to a limit, and keeps them for the next; first come, first served.
 * If opening is cheap, prefer a `Semaphore` around it; if one resource can serve many at once, `Once`.
 *
 * - The one used last is lent first, so that those that are too many fall idle and are destroyed after `idleMs`.
 * - What fails its `check`, or was given back with `discard`, is destroyed and replaced by another.
 * - A place belongs to whoever opens, holds or destroys a resource, the idle timer included: so there are never more
 *   than `limit`, and what is just being lent is never destroyed. If `create` fails, the place goes to the next.
 * - Who stops waiting while a resource is opened does not stop the opening; the next gets it. Otherwise impatient
 *   callers of a slow server would begin again and again, and never succeed.
 * - A `create`, `check` or `destroy` that hangs keeps its place for ever: bound them, say by `timeout`.
 *
 * @example
 * ```ts
 * let opened = 0;
 * const pool = new ResourcePool({
 *   limit: 2,
 *   idleMs: 10_000,
 *   create: async () => ({ id: ++opened, isOpen: true }),
 *   check: (connection) => connection.isOpen,
 *   destroy: (connection) => { connection.isOpen = false; },
 * });
 *
 * async function query(): Promise<number> {
 *   using lease = await pool.acquire();
 *   await sleep(1);
 *   return lease.resource.id;
 * }
 *
 * assert.deepEqual(await Promise.all([query(), query(), query()]), [1, 2, 1]);
 * await pool.close();
 * ```
 */
export class ResourcePool<T> implements AsyncDisposable {
  readonly #options: ResourcePoolOptions<T>;
  readonly #places: Semaphore;
  readonly #idle: Idle<T>[] = []; // The one used last is the last. At most `limit`, so that O(n) to remove is fine.
  readonly #lent = new Set<Lease<T>>();
  readonly #closing = new AbortController();
  #closed: Promise<void> | undefined = undefined;
  #destroyFailure: { readonly error: unknown } | undefined = undefined;

  /**
   * @throws {RangeError} If `limit` is not a whole number from 1, or `idleMs` not a number of at least 0.
   * @throws {TypeError} If `create`, `destroy` or `check` is no function.
   */
  constructor(options: ResourcePoolOptions<T>) {
    checkResourcePoolOptions(options);
    this.#options = options;
    this.#places = new Semaphore(options.limit);
  }

  /** How many resources are lent out now. */
  get lent(): number {
    return this.#lent.size;
  }

  /** How many lie unused. */
  get idle(): number {
    return this.#idle.length;
  }

  /**
   * Waits for a resource; dispose the lease to give it back (twice is harmless).
   *
   * @throws The signal's `reason` if it aborts first, even when a resource is idle.
   * @throws {ResourcePoolClosedError} If the pool closes first.
   * @throws What `create` throws. The pool is as before, and the next call tries again.
   */
  acquire(options?: Cancellable): Promise<Lease<T>> {
    const refusal = refusalOf("acquire from ResourcePool", options);
    if (refusal !== undefined) return Promise.reject(refusal.reason);
    return runUnder([options?.signal, this.#closing.signal], async (either) => {
      const place = await this.#places.acquire(either);
      return unlessAborted(this.#lend(place), either.signal);
    });
  }

  /**
   * Lends no more, and destroys every resource, those that are lent out as soon as they are given back. Resolves when
   * none is left.
   *
   * @param options.graceMs How long borrowers have. Then what is lent out is destroyed under their hands.
   *   `Infinity`, the default: until they give it back. Only the first call counts.
   * @throws The first error of a `destroy`, at any time. The resource counts as gone.
   * @throws {RangeError} If `graceMs` is not a number of at least 0. The pool stays open.
   */
  async close(options: { readonly graceMs?: number | undefined } = {}): Promise<void> {
    checkOptions("close ResourcePool", options);
    const { graceMs = Infinity } = options;
    checkMs("close ResourcePool", "graceMs", graceMs);
    this.#closed ??= this.#close(graceMs);
    await this.#closed;
  }

  /** Leaving its scope (`await using`) closes it, with all the time that borrowers need. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(graceMs: number): Promise<void> {
    const stopGrace = startTimer(graceMs, () => {
      for (const lease of this.#lent) lease.discard();
    });
    this.#closing.abort(new ResourcePoolClosedError());
    for (const idle of [...this.#idle]) this.#retire(idle);
    await this.#places.acquire({ weight: this.#places.limit }); // Whoever has one must be done with it.
    stopGrace();
    if (this.#destroyFailure !== undefined) throw this.#destroyFailure.error;
  }

  /** Turns a place into a lease, or gives it back. Not cancelled by whoever asked: what it opens serves the next. */
  async #lend(place: Disposable): Promise<Lease<T>> {
    try {
      const resource = await this.#takeIdleOrOpen();
      const end = (isBroken: boolean) => {
        if (this.#lent.delete(lease)) void this.#takeBack(resource, isBroken, place);
      };
      const lease = { resource, discard: () => end(true), [Symbol.dispose]: () => end(false) };
      this.#lent.add(lease);
      return lease;
    } catch (error) {
      place[Symbol.dispose]();
      throw error;
    }
  }

  async #takeIdleOrOpen(): Promise<T> {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      idle.stopTimer();
      if (await this.#isGood(idle.resource)) return idle.resource;
      await this.#destroy(idle.resource);
    }
    this.#closing.signal.throwIfAborted();
    return await this.#options.create({ signal: this.#closing.signal });
  }

  #isGood(resource: T): Promise<boolean> {
    const told = { signal: this.#closing.signal };
    return Promise.try(() => this.#options.check?.(resource, told) ?? true).catch(() => false);
  }

  async #takeBack(resource: T, isBroken: boolean, place: Disposable): Promise<void> {
    if (isBroken || this.#closing.signal.aborted) await this.#destroy(resource);
    else this.#keep(resource);
    place[Symbol.dispose]();
  }

  #keep(resource: T): void {
    const stopTimer = startTimer(this.#options.idleMs ?? Infinity, () => this.#retire(idle));
    const idle = { resource, stopTimer };
    this.#idle.push(idle);
  }

  #retire(idle: Idle<T>): void {
    const place = this.#places.tryAcquire();
    if (place === undefined) return; // Somebody was given the place that this lies on, and is about to take it.
    this.#idle.splice(this.#idle.indexOf(idle), 1);
    idle.stopTimer();
    void this.#takeBack(idle.resource, true, place);
  }

  async #destroy(resource: T): Promise<void> {
    try {
      await this.#options.destroy(resource);
    } catch (error) {
      this.#destroyFailure ??= { error };
    }
  }
}

/** Invariant: places that are taken by those who have not yet looked here, and places that are free, are at least as many. */
interface Idle<T> {
  readonly resource: T;
  readonly stopTimer: () => void;
}

/** The lease, or as soon as `signal` aborts its reason; a lease that comes later goes back. */
function unlessAborted<L extends Disposable>(coming: Promise<L>, signal: AbortSignal): Promise<L> {
  return new Promise((resolve, reject) => {
    const withdraw = onAbort(signal, () => {
      reject(signal.reason);
      coming.then((lease) => lease[Symbol.dispose]()).catch(() => {});
    });
    coming.finally(withdraw).then(resolve, reject);
  });
}
