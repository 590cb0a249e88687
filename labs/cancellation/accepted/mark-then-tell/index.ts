import { Worker } from "node:worker_threads";
import type {
  Budget,
  BudgetOptions,
  CancelOptions,
  CleanUpOptions,
  HedgeOptions,
  Lab,
  LayerReport,
  Scope,
  ScopeOptions,
  SleepOptions,
  SpendOptions,
  Task,
  ThreadOptions,
  TimeoutOptions,
  TurnOptions,
} from "../../contract.ts";

/*
 * A scope first marks the whole tree below it as cancelled, and only then tells anybody; and it looks at the signals that
 * it was given whenever it is asked for something. `orDone` is an iterator written by hand; each runner of a race has a
 * scope of its own.
 */

const longestMs = 2 ** 31 - 1;

class TimeoutError extends Error {
  override readonly name = "TimeoutError";
}

class ScopeLeftError extends Error {
  override readonly name = "ScopeLeftError";
}

function nothing(): void {}

function checkMs(option: string, value: unknown): void {
  if (typeof value === "number" && value >= 0 && value <= longestMs) return;
  throw new RangeError(`${option} must be a number from 0 to ${longestMs}, got ${String(value)}`);
}

/** `setTimeout` cuts off fractions, which would be too early. */
function startTimer(ms: number, callback: () => void): ReturnType<typeof setTimeout> {
  return setTimeout(callback, Math.ceil(ms));
}

// Step 1: waiting

export async function sleep(ms: number, options?: SleepOptions): Promise<void> {
  checkMs("ms", ms);
  const signal = options?.signal;
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const timer = startTimer(ms, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

export function underSignal<R>(work: Promise<R>, signal: AbortSignal): Promise<R> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    // Also after an abort, so that a late failure has somebody who looks at it.
    work.then(
      (value) => {
        signal.removeEventListener("abort", onAbort);
        resolve(value);
      },
      (error: unknown) => {
        signal.removeEventListener("abort", onAbort);
        reject(error);
      },
    );
  });
}

export function orDone<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncIterable<T> {
  let iterator: AsyncIterator<T> | undefined; // There while the source is open.
  let over = false;

  /** Takes the source, so that it is closed by one only. */
  const take = () => {
    const open = iterator;
    iterator = undefined;
    over = true;
    return open;
  };
  const closeUnwatched = async () => {
    try {
      await take()?.return?.();
    } catch {
      // Nobody waits for it any more.
    }
  };

  const values: AsyncIterableIterator<T, unknown, undefined> = {
    async next() {
      if (over) return { done: true, value: undefined };
      if (signal.aborted) {
        void closeUnwatched();
        throw signal.reason;
      }
      try {
        iterator ??= source[Symbol.asyncIterator]();
      } catch (error) {
        over = true;
        throw error;
      }
      if (signal.aborted) {
        // Opening it has aborted the signal.
        void closeUnwatched();
        throw signal.reason;
      }
      const from = iterator;
      return await new Promise<IteratorResult<T, unknown>>((resolve, reject) => {
        const onAbort = () => {
          void closeUnwatched();
          reject(signal.reason);
        };
        signal.addEventListener("abort", onAbort, { once: true });
        const failed = (error: unknown) => {
          signal.removeEventListener("abort", onAbort);
          take();
          reject(error);
        };
        try {
          Promise.resolve(from.next()).then((result) => {
            signal.removeEventListener("abort", onAbort);
            if (result.done === true) take();
            resolve(result);
          }, failed);
        } catch (error) {
          failed(error);
        }
      });
    },
    async return(value) {
      await take()?.return?.();
      return { done: true, value };
    },
    [Symbol.asyncIterator]() {
      return values;
    },
  };
  return values as AsyncIterable<T>;
}

// Step 2: scope

interface Deferred {
  readonly task: Task<void>;
  readonly options: CleanUpOptions;
}

class RequestScope implements Scope {
  readonly deadline: number;
  readonly values: Readonly<Record<string, string>>;
  readonly #parent: RequestScope | undefined;
  readonly #children = new Set<RequestScope>(); // Until they have been left and have cleaned up.
  readonly #controller = new AbortController();
  readonly #deferred: Deferred[] = [];
  #given: AbortSignal | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Set on the whole tree before the first signal aborts: a listener may do anything. */
  #cancelled: { readonly reason: unknown } | undefined;
  #running = 0; // Tasks on this scope and on those below.
  #onIdle: (() => void) | undefined;
  #left = false;
  #leaving: Promise<unknown[]> | undefined; // The errors of the clean-ups.
  #leavingAsAsked: Promise<void> | undefined;

  constructor(options: ScopeOptions = {}, parent?: RequestScope) {
    const { signal, timeoutMs, values } = options;
    if (timeoutMs !== undefined) checkMs("timeoutMs", timeoutMs);
    if (parent !== undefined) parent.#checkOpen();
    this.#parent = parent;
    this.values = Object.freeze({ ...parent?.values, ...values });
    const above = parent?.deadline ?? Infinity;
    const own = timeoutMs === undefined ? Infinity : performance.now() + timeoutMs;
    this.deadline = Math.min(own, above);

    let cancelled: { readonly reason: unknown } | undefined;
    if (parent !== undefined) {
      parent.#look();
      parent.#children.add(this);
      cancelled = parent.#cancelled;
    }
    if (signal?.aborted === true) cancelled ??= { reason: signal.reason };
    if (cancelled !== undefined) {
      this.#cancelled = cancelled;
      this.#controller.abort(cancelled.reason);
      return;
    }
    this.#given = signal;
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (timeoutMs !== undefined && own < above)
      this.#timer = startTimer(timeoutMs, () => {
        this.cancel(new TimeoutError(`The scope was open for its ${timeoutMs} ms`));
      });
  }

  get signal(): AbortSignal {
    this.#look();
    return this.#controller.signal;
  }

  start<R>(task: (scope: Scope) => Promise<R>): Promise<R> {
    const result = this.#run(task);
    result.catch(nothing); // Whoever wants to know looks at it.
    return result;
  }

  child(options?: ScopeOptions): Scope {
    return new RequestScope(options, this);
  }

  cancel(reason: unknown): void {
    this.#look();
    this.#cancel(reason === undefined ? AbortSignal.abort().reason : reason);
  }

  defer(task: Task<void>, options: CleanUpOptions): void {
    const { deadlineMs } = options;
    checkMs("deadlineMs", deadlineMs);
    if (this.#left) throw new ScopeLeftError("Cannot defer on a scope that has been left");
    this.#deferred.push({ task, options: { deadlineMs } });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#leavingAsAsked ??= this.#leaveAndThrow();
    return this.#leavingAsAsked;
  }

  #checkOpen(): void {
    if (this.#left) throw new ScopeLeftError("Cannot open a scope below one that has been left");
  }

  readonly #onAbort = () => this.#cancel(this.#given?.reason);

  /** The signal that was given here, or above, may have aborted without our listener having been called yet. */
  #look(): void {
    if (this.#parent !== undefined) this.#parent.#look();
    if (this.#given?.aborted === true) this.#cancel(this.#given.reason);
  }

  #cancel(reason: unknown): void {
    if (this.#left || this.#cancelled !== undefined) return;
    const told: RequestScope[] = [this];
    for (const scope of told) {
      scope.#cancelled = { reason };
      scope.#letGo();
      for (const below of scope.#children)
        if (!below.#left && below.#cancelled === undefined) told.push(below);
    }
    for (const scope of told) scope.#controller.abort(reason);
  }

  #letGo(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#given?.removeEventListener("abort", this.#onAbort);
    this.#given = undefined;
  }

  async #run<R>(task: (scope: Scope) => Promise<R>): Promise<R> {
    if (this.#left) throw new ScopeLeftError("Cannot start a task on a scope that has been left");
    this.#look();
    if (this.#cancelled !== undefined) throw this.#cancelled.reason;
    this.#count(1);
    try {
      return await task(this);
    } finally {
      this.#count(-1);
    }
  }

  #count(change: 1 | -1): void {
    this.#running += change;
    if (this.#running === 0) this.#onIdle?.();
    if (this.#parent !== undefined) this.#parent.#count(change);
  }

  async #leaveAndThrow(): Promise<void> {
    const errors = await this.#leaveOnce();
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, `${errors.length} clean-ups have failed`);
  }

  #leaveOnce(): Promise<unknown[]> {
    this.#leaving ??= this.#leave();
    return this.#leaving;
  }

  async #leave(): Promise<unknown[]> {
    const errors: unknown[] = [];
    // A clean-up of a scope below may start something here: look again after each.
    for (;;) {
      while (this.#running > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
      if (this.#children.size === 0) break;
      for (const below of [...this.#children].reverse()) {
        const isOurs = below.#leaving === undefined; // Otherwise somebody else is told of its errors.
        const theirs = await below.#leaveOnce();
        if (isOurs) errors.push(...theirs);
      }
    }
    this.#look();
    this.#left = true;
    this.#letGo();
    for (let next = this.#deferred.pop(); next !== undefined; next = this.#deferred.pop()) {
      try {
        await cleanUp(next.task, next.options);
      } catch (error) {
        errors.push(error);
      }
    }
    if (this.#parent !== undefined) this.#parent.#children.delete(this);
    return errors;
  }
}

export function openScope(options?: ScopeOptions): Scope {
  return new RequestScope(options);
}

// Step 3: race

export async function withTimeout<R>(task: Task<R>, options: TimeoutOptions): Promise<R> {
  const { ms, signal } = options;
  checkMs("ms", ms);
  await using scope = openScope({ signal, timeoutMs: ms });
  return await scope.start(async () => {
    try {
      return await task({ signal: scope.signal });
    } finally {
      scope.signal.throwIfAborted(); // Then it was too late, whatever it returned or threw.
    }
  });
}

export async function firstOf<R>(tasks: readonly Task<R>[], options?: CancelOptions): Promise<R> {
  await using race = openScope({ signal: options?.signal });
  const lanes: Scope[] = [];
  const successes: R[] = [];
  const run = (task: Task<R>) => {
    const lane = race.child();
    lanes.push(lane);
    const end = lane.start(async () => {
      const value = await task({ signal: lane.signal });
      // A success that comes after the abort, or after another, does not count.
      if (race.signal.aborted || successes.length > 0) return;
      successes.push(value);
      const reason = new DOMException("Another task was first", "AbortError");
      for (const other of lanes) if (other !== lane) other.cancel(reason);
    });
    void lane[Symbol.asyncDispose](); // What the winner's signal still holds, a response's body say, lives on.
    return end;
  };
  const ends = await Promise.allSettled([...tasks].map(run));
  for (const value of successes) return value;
  race.signal.throwIfAborted();
  const errors = ends.map((end) => (end.status === "rejected" ? (end.reason as unknown) : undefined));
  throw new AggregateError(errors, `None of ${errors.length} tasks has succeeded`);
}

// Step 4: clean up

export async function cleanUp(task: Task<void>, options: CleanUpOptions): Promise<void> {
  const { deadlineMs } = options;
  checkMs("deadlineMs", deadlineMs);
  const controller = new AbortController();
  const { signal } = controller;
  const timer = startTimer(deadlineMs, () => {
    controller.abort(new TimeoutError(`The clean-up took longer than ${deadlineMs} ms`));
  });
  const run = async () => await task({ signal });
  try {
    await underSignal(run(), signal);
  } finally {
    clearTimeout(timer);
  }
}

// Challenges

export async function hedge<R>(first: Task<R>, second: Task<R>, options: HedgeOptions): Promise<R> {
  const { afterMs, signal } = options;
  checkMs("afterMs", afterMs);
  let endWait = nothing;
  const asFirst: Task<R> = async (given) => {
    try {
      return await first(given);
    } catch (error) {
      endWait();
      throw error;
    }
  };
  const asSecond: Task<R> = async (given) => {
    {
      await using wait = openScope(given);
      endWait = () => wait.cancel(undefined);
      await sleep(afterMs, { signal: wait.signal }).catch(nothing);
    }
    given.signal.throwIfAborted();
    return await second(given);
  };
  return await firstOf([asFirst, asSecond], { signal });
}

export async function runInTurns<R>(work: Generator<unknown, R, unknown>, options: TurnOptions): Promise<R> {
  const { stepsPerTurn, signal } = options;
  if (!Number.isInteger(stepsPerTurn) || stepsPerTurn < 1)
    throw new RangeError(`stepsPerTurn must be a whole number from 1, got ${String(stepsPerTurn)}`);
  for (let steps = 1; ; steps += 1) {
    if (signal.aborted) {
      try {
        work.return(undefined as R);
      } catch {
        // The reason is what counts.
      }
      throw signal.reason;
    }
    const step = work.next();
    if (step.done === true) return step.value;
    if (steps % stepsPerTurn === 0) await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

const threadCode = `
const { parentPort, workerData } = require("node:worker_threads");
const { module, input, cancelled } = workerData;
import(module)
  .then((loaded) => loaded.default(input, () => Atomics.load(cancelled, 0) === 1))
  .then((value) => parentPort.postMessage({ value }))
  .catch((error) => {
    try {
      parentPort.postMessage({ error });
    } catch {
      parentPort.postMessage({ error: new Error(String(error?.message ?? error)) });
    }
  });
`;

export async function runInThread<R>(module: URL, options: ThreadOptions): Promise<R> {
  const { input, signal, graceMs } = options;
  checkMs("graceMs", graceMs);
  signal.throwIfAborted();
  const cancelled = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(threadCode, {
    eval: true,
    workerData: { module: module.href, input, cancelled },
  });
  let answer: { value: R } | { error: unknown } | undefined;
  let grace: ReturnType<typeof setTimeout> | undefined;
  const onAbort = () => {
    answer ??= { error: signal.reason };
    Atomics.store(cancelled, 0, 1);
    grace = startTimer(graceMs, () => void worker.terminate());
  };
  signal.addEventListener("abort", onAbort, { once: true });
  worker.on("message", (message) => {
    answer ??= message;
    void worker.terminate(); // Whatever else the module has begun.
  });
  worker.on("error", (error) => (answer ??= { error }));
  worker.on("messageerror", (error) => (answer ??= { error }));
  await new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  signal.removeEventListener("abort", onAbort);
  clearTimeout(grace);
  if (answer === undefined) throw new Error("The thread has ended without an answer");
  if ("error" in answer) throw answer.error;
  return answer.value;
}

class Layer {
  readonly name: string;
  readonly depth: number;
  readonly parent: Layer | undefined;
  state: LayerReport["state"] = "running";
  #below = 0;
  #ownMs = 0;
  #since = performance.now(); // Since when it has run with no layer below; counts only while that is so.

  constructor(name: string, parent: Layer | undefined) {
    this.name = name;
    this.parent = parent;
    this.depth = parent === undefined ? 0 : parent.depth + 1;
    if (parent !== undefined) parent.#enter();
  }

  get ownMs(): number {
    const counts = this.state === "running" && this.#below === 0;
    return counts ? this.#ownMs + performance.now() - this.#since : this.#ownMs;
  }

  end(state: LayerReport["state"]): void {
    this.#ownMs = this.ownMs;
    this.state = state;
    if (this.parent !== undefined) this.parent.#exit();
  }

  isBelow(other: Layer): boolean {
    return this.parent === other || this.parent?.isBelow(other) === true;
  }

  #enter(): void {
    this.#ownMs = this.ownMs;
    this.#below += 1;
  }

  #exit(): void {
    this.#below -= 1;
    if (this.#below === 0) this.#since = performance.now();
  }
}

class TimeBudget implements Budget {
  readonly #scope: Scope;
  readonly #layer: Layer;
  readonly #all: Layer[]; // One list for the whole tree, in order of beginning.

  constructor(scope: Scope, layer: Layer, all: Layer[]) {
    this.#scope = scope;
    this.#layer = layer;
    this.#all = all;
  }

  get signal(): AbortSignal {
    return this.#scope.signal;
  }

  get remainingMs(): number {
    return Math.max(0, this.#scope.deadline - performance.now());
  }

  async spend<R>(name: string, task: (budget: Budget) => Promise<R>, options?: SpendOptions): Promise<R> {
    const atMostMs = options?.atMostMs;
    if (atMostMs !== undefined) checkMs("atMostMs", atMostMs);
    await using scope = this.#scope.child({ timeoutMs: atMostMs });
    return await scope.start(async () => {
      const layer = new Layer(name, this.#layer);
      this.#all.push(layer);
      try {
        const result = await task(new TimeBudget(scope, layer, this.#all));
        layer.end("done");
        return result;
      } catch (error) {
        layer.end(scope.signal.aborted ? "cancelled" : "failed");
        throw error;
      }
    });
  }

  report(): readonly LayerReport[] {
    return this.#all
      .filter((layer) => layer.isBelow(this.#layer))
      .map(({ name, depth, ownMs, state }) => ({
        layer: name,
        depth: depth - this.#layer.depth,
        ownMs,
        state,
      }));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#scope[Symbol.asyncDispose]();
  }
}

export function openBudget(options: BudgetOptions): Budget {
  const { totalMs, signal } = options;
  checkMs("totalMs", totalMs);
  return new TimeBudget(openScope({ signal, timeoutMs: totalMs }), new Layer("", undefined), []);
}

export const attempted: Lab["attempted"] = ["hedging", "turns", "thread", "budget"];
