import { LinkedList, type LinkedListNode } from "@pattern-labs/primitives/linked-list";
import { startTimer } from "@pattern-labs/primitives/timer";
import type {
  CancelOptions,
  CleanUpOptions,
  Scope,
  ScopeOptions,
  SleepOptions,
  Task,
  TimeoutOptions,
} from "../../contract.ts";

/*
 * One class for everything that has an end. Whoever waits listens for a bell, which heeds signals by itself.
 * `withTimeout`, `firstOf` and `cleanUp` are branches with different ideas of when they are over.
 */

function validDuration(name: string, ms: number): number {
  const isValid = typeof ms === "number" && ms >= 0 && ms < 2 ** 31;
  if (!isValid) throw new RangeError(`Cannot use ${name}: it must be from 0 to 2147483647, got ${ms}`);
  return ms;
}

class TimeUp extends Error {
  override readonly name = "TimeoutError";
}

class Left extends Error {
  override readonly name = "ScopeLeftError";
}

/** Wakes all who wait for it, once and for all. */
class Bell {
  readonly #listening = new LinkedList<() => void>();
  #rung = false;

  ring(): void {
    this.#rung = true;
    for (let hear = this.#listening.shift(); hear !== undefined; hear = this.#listening.shift()) hear();
  }

  async wait(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#rung) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const place = this.#listening.push(resolve);
    const leave = () => {
      this.#listening.remove(place);
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", leave);
    await promise.finally(() => signal?.removeEventListener("abort", leave));
  }
}

export async function sleep(ms: number, { signal }: SleepOptions = {}): Promise<void> {
  validDuration("ms", ms);
  signal?.throwIfAborted();
  const bell = new Bell();
  const stop = startTimer(ms, () => bell.ring());
  try {
    await bell.wait(signal);
  } finally {
    stop();
  }
}

export async function underSignal<R>(work: Promise<R>, signal: AbortSignal): Promise<R> {
  const bell = new Bell();
  const ring = () => bell.ring();
  work.then(ring, ring);
  await bell.wait(signal);
  return await work;
}

export function orDone<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncIterable<T> {
  return read(source, signal);
}

async function* read<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  signal.throwIfAborted();
  const iterator = source[Symbol.asyncIterator]();
  let mustClose = true;
  try {
    do {
      signal.throwIfAborted();
      const answer = Promise.try(() => iterator.next());
      // What the source says counts from the moment it says it, whether anybody still waits for it or not.
      const noted = answer.then(
        ({ done }) => {
          if (done) mustClose = false;
        },
        () => {
          mustClose = false;
        },
      );
      await underSignal(noted, signal);
      const { done, value } = await answer;
      if (done) return;
      yield value;
    } while (mustClose);
  } finally {
    if (mustClose) {
      const closed = Promise.try(() => iterator.return?.());
      closed.catch(() => {});
      if (!signal.aborted) await closed;
    }
  }
}

class Branch implements Scope {
  readonly signal: AbortSignal;
  readonly deadline: number;
  readonly values: Readonly<Record<string, string>>;
  readonly #stem: Branch | undefined;
  readonly #place: LinkedListNode<Branch> | undefined;
  readonly #twigs = new LinkedList<Branch>();
  readonly #controller = new AbortController();
  #quiet = new Bell();
  readonly #chores: { readonly task: Task<void>; readonly deadlineMs: number }[] = [];
  #state: "open" | "left" = "open";
  #running = 0;
  #stopTimer = () => {};
  #stopListening = () => {};
  #end: Promise<unknown[]> | undefined;

  constructor(stem: Branch | undefined, { signal, timeoutMs, values }: ScopeOptions) {
    if (timeoutMs !== undefined) validDuration("timeoutMs", timeoutMs);
    if (stem?.isLeft) throw new Left("Cannot open a scope: the one above has been left");
    this.signal = this.#controller.signal;
    this.values = Object.freeze(Object.assign({}, stem?.values, values));
    this.deadline = Math.min(stem?.deadline ?? Infinity, performance.now() + (timeoutMs ?? Infinity));
    this.#stem = stem;
    this.#place = stem?.sprout(this);
    if (stem?.signal.aborted) this.cancel(stem.signal.reason);
    else if (signal?.aborted) this.cancel(signal.reason);
    else this.#attach(signal, timeoutMs);
  }

  #attach(signal: AbortSignal | undefined, timeoutMs: number | undefined): void {
    const heed = () => this.cancel(signal?.reason);
    signal?.addEventListener("abort", heed);
    this.#stopListening = () => signal?.removeEventListener("abort", heed);
    if (timeoutMs === undefined) return;
    this.#stopTimer = startTimer(timeoutMs, () => this.cancel(new TimeUp(`after ${timeoutMs} ms`)));
  }

  get isLeft(): boolean {
    return this.#state === "left";
  }

  sprout(twig: Branch): LinkedListNode<Branch> {
    return this.#twigs.push(twig);
  }

  child(options: ScopeOptions = {}): Scope {
    return new Branch(this, options);
  }

  cancel(reason: unknown): void {
    if (this.isLeft || this.signal.aborted) return;
    this.#detach();
    this.#controller.abort(reason);
    for (const twig of [...this.#twigs]) twig.cancel(this.signal.reason);
  }

  start<R>(task: (scope: Scope) => Promise<R>): Promise<R> {
    const outcome = this.#begin(task);
    outcome.then(undefined, () => {});
    return outcome;
  }

  async #begin<R>(task: (scope: Scope) => Promise<R>): Promise<R> {
    if (this.isLeft) throw new Left("Cannot start a task: the scope has been left");
    if (this.signal.aborted) throw this.signal.reason;
    this.#count(+1);
    try {
      return await task(this);
    } finally {
      this.#count(-1);
    }
  }

  #count(change: number): void {
    this.#running += change;
    if (this.#running === 0) {
      this.#quiet.ring();
      this.#quiet = new Bell();
    }
    this.#stem?.count(change);
  }

  count(change: number): void {
    this.#count(change);
  }

  defer(task: Task<void>, { deadlineMs }: CleanUpOptions): void {
    validDuration("deadlineMs", deadlineMs);
    if (this.isLeft) throw new Left("Cannot defer a clean-up: the scope has been left");
    this.#chores.unshift({ task, deadlineMs });
  }

  leave(): Promise<unknown[]> {
    this.#end ??= this.#finish();
    return this.#end;
  }

  async #finish(): Promise<unknown[]> {
    const faults: unknown[] = [];
    for (;;) {
      const [twig] = this.#twigs;
      if (this.#running > 0) await this.#quiet.wait();
      else if (twig !== undefined) faults.push(...(await twig.leave()));
      else break;
    }
    this.#state = "left";
    this.#detach();
    for (const { task, deadlineMs } of this.#chores) {
      await cleanUp(task, { deadlineMs }).then(undefined, (fault) => faults.push(fault));
    }
    this.#stem?.drop(this.#place);
    return faults;
  }

  drop(place: LinkedListNode<Branch> | undefined): void {
    if (place !== undefined) this.#twigs.remove(place);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const faults = await this.leave();
    if (faults.length > 1) throw new AggregateError(faults, "Several clean-ups failed");
    for (const fault of faults) throw fault;
  }

  #detach(): void {
    this.#stopTimer();
    this.#stopListening();
  }
}

export function openScope(options: ScopeOptions = {}): Scope {
  return new Branch(undefined, options);
}

export async function withTimeout<R>(task: Task<R>, { ms, signal }: TimeoutOptions): Promise<R> {
  const scope = openScope({ signal, timeoutMs: validDuration("ms", ms) });
  const outcome = await scope
    .start(({ signal: told }) => task({ signal: told }))
    .then(
      (value) => () => value,
      (error: unknown) => () => {
        throw error;
      },
    );
  const { aborted, reason } = scope.signal;
  await scope[Symbol.asyncDispose]();
  if (aborted) throw reason;
  return outcome();
}

export function firstOf<R>(tasks: readonly Task<R>[], { signal }: CancelOptions = {}): Promise<R> {
  const scope = openScope({ signal });
  const errors: unknown[] = new Array(tasks.length);
  let winner: { readonly value: R } | undefined;
  const run = async (task: Task<R>, lane: number) => {
    try {
      const value = await task({ signal: scope.signal });
      if (scope.signal.aborted) return;
      winner = { value };
      scope.cancel("lost");
    } catch (error) {
      errors[lane] = error;
    }
  };
  for (const [lane, task] of tasks.entries()) void scope.start(() => run(task, lane));
  const finish = async () => {
    const wasRefused = scope.signal.aborted && winner === undefined;
    await scope[Symbol.asyncDispose]();
    if (winner !== undefined) return winner.value;
    if (wasRefused || scope.signal.aborted) throw scope.signal.reason;
    throw new AggregateError(errors, "No task succeeded");
  };
  return finish();
}

export async function cleanUp(task: Task<void>, { deadlineMs }: CleanUpOptions): Promise<void> {
  const scope = openScope({ timeoutMs: validDuration("deadlineMs", deadlineMs) });
  const chore = scope.start(({ signal }) => task({ signal }));
  try {
    await underSignal(chore, scope.signal);
  } finally {
    void scope[Symbol.asyncDispose]();
  }
}
