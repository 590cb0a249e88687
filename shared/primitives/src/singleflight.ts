import { type Cancellable, onAbort, type Task } from "./abort.ts";
import { refusalToRun } from "./arguments/check.ts";
import { LinkedList } from "./linked-list.ts";

/**
 * Makes one call of all that ask for the same thing at the same time: when a popular entry leaves the cache, one query
 * goes to the database and not a thousand. Go's `singleflight`, with cancelling.
 * It remembers nothing: once the call has ended, the next one is made anew. To keep the result, prefer `once`.
 *
 * - All get the identical value, or the identical error. Do not modify what you share.
 * - A caller that aborts leaves alone; the call goes on for the others. When the last one leaves, the call is told to
 *   stop, with that one's reason, and is forgotten at once: a newcomer starts anew and never joins a dying call.
 *   A caller without a signal cannot leave.
 * - The task runs for all who share it, so it must not use the signal, the deadline or the rights of the first caller.
 * - The first caller's task is the one that runs. It begins within `run`.
 *
 * O(1) for each caller, however many keys and callers there are, and no entry is left of what has ended.
 *
 * @example
 * ```ts
 * const loads = new Singleflight<string, string>();
 * let queries = 0;
 * const loadUser = (id: string, options?: Cancellable) =>
 *   loads.run(
 *     id,
 *     async ({ signal }) => {
 *       queries += 1;
 *       await sleep(5, { signal });
 *       return `user ${id}`;
 *     },
 *     options,
 *   );
 *
 * const impatient = new AbortController();
 * const first = loadUser("ada", { signal: impatient.signal });
 * const second = loadUser("ada");
 * impatient.abort("closed the page");
 * await assert.rejects(first, (reason) => reason === "closed the page");
 * assert.equal(await second, "user ada");
 * assert.equal(queries, 1);
 * ```
 */
export class Singleflight<K, R> {
  readonly #flights = new Map<K, Flight<K, R>>();

  /** How many calls are under way that a newcomer would join. */
  get size(): number {
    return this.#flights.size;
  }

  /**
   * Joins the call that is under way for `key`, or else begins it with `task`.
   *
   * @param task Gets a signal that aborts when nobody waits for it any more.
   * @throws What the task throws, be it before its first `await`.
   * @throws The signal's `reason` as soon as that aborts.
   * @throws {TypeError} If `task` is no function.
   */
  run(key: K, task: Task<R>, options?: Cancellable): Promise<Awaited<R>> {
    const refusal = refusalToRun("run in Singleflight", task, options);
    if (refusal !== undefined) return Promise.reject(refusal.reason);
    let flight = this.#flights.get(key);
    if (flight === undefined) {
      flight = new Flight(this.#flights, key, task);
      this.#flights.set(key, flight); // Now, not before: a task that runs its own key at once overflows the stack, loudly.
    }
    return flight.join(options?.signal);
  }

  /** Lets the next caller of `key` begin anew, say because what is being read has changed. Who waits goes on waiting. */
  forget(key: K): void {
    this.#flights.delete(key);
  }
}

/** One who waits and may leave. */
interface Caller<R> {
  readonly resolve: (value: Awaited<R>) => void;
  readonly reject: (error: unknown) => void;
  withdraw: () => void;
}

/** One call and all who wait for it. Those who cannot leave share one promise; who can leave has one of its own. */
class Flight<K, R> {
  readonly #flights: Map<K, Flight<K, R>>;
  readonly #key: K;
  readonly #controller = new AbortController();
  readonly #result: Promise<Awaited<R>>;
  #fleeting: LinkedList<Caller<R>> | undefined; // Made when it is needed: most calls are nobody else's.
  #hasStaying = false;

  constructor(flights: Map<K, Flight<K, R>>, key: K, task: Task<R>) {
    this.#flights = flights;
    this.#key = key;
    this.#result = begin(task, this.#controller.signal).then(
      (value) => {
        for (const caller of this.#end()) caller.resolve(value);
        return value;
      },
      (error: unknown) => {
        for (const caller of this.#end()) caller.reject(error);
        if (!this.#hasStaying) this.#result.catch(nothing); // Whoever waited has been told, or has left.
        throw error;
      },
    );
  }

  join(signal: AbortSignal | undefined): Promise<Awaited<R>> {
    if (signal === undefined) {
      this.#hasStaying = true;
      return this.#result;
    }
    return new Promise((resolve, reject) => {
      this.#fleeting ??= new LinkedList();
      const fleeting = this.#fleeting;
      const caller: Caller<R> = { resolve, reject, withdraw: nothing };
      const place = fleeting.push(caller);
      caller.withdraw = onAbort(signal, () => {
        fleeting.remove(place);
        reject(signal.reason);
        if (fleeting.size === 0 && !this.#hasStaying) this.#abandon(signal.reason);
      });
    });
  }

  /** From now on nobody can leave either; gives back who is to be told. */
  #end(): Iterable<Caller<R>> {
    this.#close();
    if (this.#fleeting === undefined) return [];
    for (const caller of this.#fleeting) caller.withdraw();
    return this.#fleeting;
  }

  #abandon(reason: unknown): void {
    this.#close(); // First: who asks again within the abort begins anew.
    this.#controller.abort(reason);
  }

  /** Nobody may join any more. The key may be another's by now, if it was forgotten. */
  #close(): void {
    if (this.#flights.get(this.#key) === this) this.#flights.delete(this.#key);
  }
}

function begin<R>(task: Task<R>, signal: AbortSignal): Promise<Awaited<R>> {
  try {
    return Promise.resolve(task({ signal }));
  } catch (error) {
    return Promise.reject(error);
  }
}

function nothing(): void {}
