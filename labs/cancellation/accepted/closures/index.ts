import { addAbortListener } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
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
 * Nothing but functions: a scope listens to the signal of the one above, its tasks are a set of promises, and each of
 * the other functions has a controller of its own.
 */

const LONGEST_MS = 2_147_483_647;

function requireDuration(name: string, value: number): void {
  if (!(value >= 0 && value <= LONGEST_MS)) {
    throw new RangeError(`${name} must be from 0 to ${LONGEST_MS}, got ${value}`);
  }
}

const timeUp = (ms: number) => new DOMException(`not done within ${ms} ms`, "TimeoutError");

// Waiting

export async function sleep(ms: number, options: SleepOptions = {}): Promise<void> {
  requireDuration("ms", ms);
  const { signal } = options;
  signal?.throwIfAborted();
  try {
    await wait(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    throw signal?.aborted ? signal.reason : error; // Node wraps the reason.
  }
}

export async function underSignal<R>(work: Promise<R>, signal: AbortSignal): Promise<R> {
  work.catch(() => {});
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  using _listening = addAbortListener(signal, () => aborted.reject(signal.reason));
  return await Promise.race([work, aborted.promise]);
}

export function orDone<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      let iterator: AsyncIterator<T> | undefined;
      let over = false;

      const close = async () => {
        if (over) return;
        over = true;
        await iterator?.return?.();
      };
      const read = async () => {
        try {
          iterator ??= source[Symbol.asyncIterator]();
          const result = await iterator.next();
          if (result.done) over = true;
          return result;
        } catch (error) {
          over = true;
          throw error;
        }
      };

      return {
        async next(): Promise<IteratorResult<T>> {
          if (over) return { done: true, value: undefined };
          try {
            signal.throwIfAborted();
            return await underSignal(read(), signal);
          } catch (error) {
            if (signal.aborted) close().catch(() => {});
            throw error;
          }
        },
        async return(): Promise<IteratorResult<T>> {
          await close();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

// Scope

interface Above {
  readonly scope: Scope;
  track(task: Promise<unknown>): void;
  adopt(child: Leavable): () => void;
}

type Leavable = () => Promise<readonly unknown[]>;

export function openScope(options: ScopeOptions = {}): Scope {
  return makeScope(options, undefined);
}

function makeScope(options: ScopeOptions, above: Above | undefined): Scope {
  if (options.timeoutMs !== undefined) requireDuration("timeoutMs", options.timeoutMs);

  const controller = new AbortController();
  const { signal } = controller;
  const deadline = Math.min(
    performance.now() + (options.timeoutMs ?? Number.POSITIVE_INFINITY),
    above?.scope.deadline ?? Number.POSITIVE_INFINITY,
  );
  const running = new Set<Promise<unknown>>();
  const children: Leavable[] = [];
  const cleanUps: (() => Promise<void>)[] = [];
  let left = false;
  let leaving: Promise<readonly unknown[]> | undefined;

  const refuseIfLeft = () => {
    if (left) throw Object.assign(new Error("The scope has been left"), { name: "ScopeLeftError" });
  };
  const track = (task: Promise<unknown>) => {
    running.add(task);
    const forget = () => void running.delete(task);
    task.then(forget, forget);
    above?.track(task);
  };
  const adopt = (child: Leavable) => {
    refuseIfLeft();
    children.push(child);
    return () => void children.splice(children.indexOf(child), 1);
  };
  const leave = async () => {
    const failures: unknown[] = [];
    while (running.size + children.length > 0) {
      if (running.size > 0) await Promise.allSettled(running);
      else failures.push(...((await children.at(-1)?.()) ?? []));
    }
    left = true;
    letGo();
    for (const run of cleanUps.reverse()) {
      try {
        await run();
      } catch (error) {
        failures.push(error);
      }
    }
    disown?.();
    return failures;
  };
  const leaveOnce = () => {
    leaving ??= leave();
    return leaving;
  };
  const scope: Scope = {
    signal,
    deadline,
    values: { ...above?.scope.values, ...options.values },
    cancel(reason) {
      if (left || signal.aborted) return;
      letGo();
      controller.abort(reason);
    },
    start(task) {
      const begin = async () => {
        refuseIfLeft();
        signal.throwIfAborted();
        return await task(scope);
      };
      if (left || signal.aborted) return quietly(begin());
      // It counts before it is called: it may leave a scope, or ask who runs.
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      track(promise);
      begin().then(resolve, reject);
      return quietly(promise as ReturnType<typeof task>);
    },
    child: (own = {}) => makeScope(own, { scope, track, adopt }),
    defer(task, { deadlineMs }) {
      requireDuration("deadlineMs", deadlineMs);
      refuseIfLeft();
      cleanUps.push(() => cleanUp(task, { deadlineMs }));
    },
    async [Symbol.asyncDispose]() {
      const failures = await leaveOnce();
      if (failures.length === 1) throw failures[0];
      if (failures.length > 0) throw new AggregateError(failures);
    },
  };

  const disown = above?.adopt(leaveOnce);
  const undo: (() => void)[] = [];
  const letGo = () => {
    for (const each of undo.splice(0)) each();
  };
  for (const upper of [above?.scope.signal, options.signal]) {
    if (upper === undefined || signal.aborted) continue;
    const pass = () => scope.cancel(upper.reason);
    if (upper.aborted) pass();
    else {
      upper.addEventListener("abort", pass);
      undo.push(() => upper.removeEventListener("abort", pass));
    }
  }
  const { timeoutMs } = options;
  if (timeoutMs !== undefined && !signal.aborted) {
    const timer = setTimeout(() => scope.cancel(timeUp(timeoutMs)), timeoutMs);
    undo.push(() => clearTimeout(timer));
  }
  return scope;
}

function quietly<R>(promise: Promise<R>): Promise<R> {
  promise.catch(() => {});
  return promise;
}

// Race

export async function withTimeout<R>(task: Task<R>, { ms, signal }: TimeoutOptions): Promise<R> {
  requireDuration("ms", ms);
  signal?.throwIfAborted();
  const controller = new AbortController();
  const pass = () => controller.abort(signal?.reason);
  signal?.addEventListener("abort", pass);
  const timer = setTimeout(() => controller.abort(timeUp(ms)), ms);
  const [outcome] = await Promise.allSettled([Promise.try(task, { signal: controller.signal })]);
  clearTimeout(timer);
  signal?.removeEventListener("abort", pass);
  controller.signal.throwIfAborted();
  if (outcome.status === "rejected") throw outcome.reason;
  return outcome.value;
}

export async function firstOf<R>(tasks: readonly Task<R>[], { signal }: CancelOptions = {}): Promise<R> {
  signal?.throwIfAborted();
  const race = new AbortController();
  let ending: { readonly value: R } | { readonly reason: unknown } | undefined;
  const decide = (how: NonNullable<typeof ending>) => {
    if (ending !== undefined) return;
    ending = how;
    race.abort("reason" in how ? how.reason : new Error("somebody else was first"));
  };
  const pass = () => decide({ reason: signal?.reason });
  signal?.addEventListener("abort", pass);
  const settled = await Promise.allSettled(
    tasks.map(async (task) => {
      race.signal.throwIfAborted();
      decide({ value: await task({ signal: race.signal }) });
    }),
  );
  signal?.removeEventListener("abort", pass);
  if (ending === undefined) {
    throw new AggregateError(settled.map((each) => (each.status === "rejected" ? each.reason : undefined)));
  }
  if ("reason" in ending) throw ending.reason;
  return ending.value;
}

// Clean up

export async function cleanUp(task: Task<void>, { deadlineMs }: CleanUpOptions): Promise<void> {
  requireDuration("deadlineMs", deadlineMs);
  const controller = new AbortController();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const error = timeUp(deadlineMs);
    late.reject(error); // First: what the task does because of the abort comes second.
    controller.abort(error);
  }, deadlineMs);
  try {
    await Promise.race([late.promise, Promise.try(task, { signal: controller.signal })]);
  } finally {
    clearTimeout(timer);
  }
}
