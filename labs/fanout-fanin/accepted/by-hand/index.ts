/**
 * Nothing but promises: each stream is a small state machine, and whatever happens looks whether the one who asks can
 * be answered now. No primitive, no generator, no worker.
 */
import { createHash } from "node:crypto";
import type { Group, GroupOptions, Hashed, HashOptions, MergeOptions } from "../../contract.ts";

type Asking<T> = PromiseWithResolvers<IteratorResult<T, undefined>>;
const END = { done: true, value: undefined } as const;

export function hashFiles(
  paths: Iterable<string> | AsyncIterable<string>,
  { concurrency, open, onError = "settle", signal }: HashOptions,
): AsyncIterableIterator<Hashed> {
  positive("concurrency", concurrency);
  const controller = new AbortController();
  const results: Hashed[] = [];
  const leaving: (() => void)[] = [];
  let iterator: Iterator<string> | AsyncIterator<string> | undefined;
  let asking: Asking<Hashed> | undefined;
  let stopped: { readonly error: unknown } | "left" | undefined;
  let reading = false;
  let exhausted = false;
  let active = 0;
  let over = false;

  const onAbort = () => stop({ error: signal?.reason });

  const stop = (how: { readonly error: unknown } | "left") => {
    if (stopped !== undefined || over) return;
    stopped = how;
    results.length = 0;
    controller.abort(how === "left" ? undefined : how.error);
    closePaths();
    look();
  };

  const closePaths = () => {
    if (exhausted || iterator === undefined) return;
    exhausted = true;
    Promise.resolve(iterator.return?.()).catch(() => {});
  };

  /** Reads and opens what there is room for, and answers if there is an answer. */
  const look = () => {
    if (stopped !== undefined) return void finish();
    readPath();
    if (asking === undefined) return;
    const result = results.shift();
    if (result !== undefined) {
      answer({ done: false, value: result });
      readPath();
    } else if (exhausted && active === 0 && !reading) {
      end();
      answer(END);
    }
  };

  const finish = () => {
    if (active > 0) return;
    end();
    for (const leave of leaving.splice(0)) leave();
    if (asking === undefined || stopped === undefined) return;
    if (stopped === "left") return answer(END);
    asking.reject(stopped.error);
    asking = undefined;
    stopped = "left";
  };

  const end = () => {
    over = true;
    signal?.removeEventListener("abort", onAbort);
  };

  const answer = (result: IteratorResult<Hashed, undefined>) => {
    asking?.resolve(result);
    asking = undefined;
  };

  const readPath = () => {
    if (reading || exhausted || active + results.length >= concurrency) return;
    reading = true;
    void ask().then(
      ({ done, value }) => {
        reading = false;
        if (stopped !== undefined) return;
        if (done) exhausted = true;
        else void hash(value);
        look();
      },
      (error: unknown) => {
        reading = false;
        exhausted = true;
        stop({ error });
      },
    );
  };

  const ask = async () => {
    iterator ??= Symbol.asyncIterator in paths ? paths[Symbol.asyncIterator]() : paths[Symbol.iterator]();
    return await iterator.next();
  };

  const hash = async (path: string) => {
    active += 1;
    try {
      const sha256 = await digest(path);
      if (stopped === undefined) results.push({ path, sha256 });
    } catch (error) {
      if (stopped === undefined && onError === "settle") results.push({ path, error });
      else stop({ error });
    }
    active -= 1;
    look();
  };

  const digest = async (path: string) => {
    const hashing = createHash("sha256");
    for await (const chunk of open(path, { signal: controller.signal })) {
      controller.signal.throwIfAborted();
      hashing.update(chunk);
    }
    return hashing.digest("hex");
  };

  let begun = false;
  return {
    next() {
      asking = Promise.withResolvers();
      const { promise } = asking;
      if (!begun && signal?.aborted) {
        over = true;
        asking.reject(signal.reason);
        asking = undefined;
      } else if (over && (stopped === undefined || stopped === "left")) {
        answer(END);
      } else {
        if (!begun) signal?.addEventListener("abort", onAbort);
        look();
      }
      begun = true;
      return promise;
    },
    async return() {
      if (!begun) over = true;
      begun = true;
      if (over) {
        stopped = "left";
        return END;
      }
      const left = new Promise<void>((resolve) => leaving.push(resolve));
      stop("left");
      if (!over) await left;
      return END;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

interface Slot<T> {
  readonly source: AsyncIterable<T>;
  iterator?: AsyncIterator<T>;
  state: "idle" | "asked" | "ready" | "ended";
}

export function merge<T>(
  sources: readonly AsyncIterable<T>[],
  { signal }: MergeOptions = {},
): AsyncIterableIterator<T> {
  const slots: Slot<T>[] = sources.map((source) => ({ source, state: "idle" }));
  const ready: { readonly slot: Slot<T>; readonly value: T }[] = [];
  let asking: Asking<T> | undefined;
  let failure: { readonly error: unknown } | undefined;
  let over = false;
  let begun = false;

  const onAbort = () => {
    if (over) return;
    void end();
    failure = { error: signal?.reason };
    fail();
  };

  /** Ends the merging and closes what is open. Whoever ends it again waits for the same. */
  let closing: Promise<unknown> | undefined;
  const end = (): Promise<unknown> => {
    over = true;
    ready.length = 0;
    signal?.removeEventListener("abort", onAbort);
    closing ??= Promise.all(slots.map(close));
    return closing;
  };

  const close = async (slot: Slot<T>) => {
    const isOpen = slot.iterator !== undefined && slot.state !== "ended";
    slot.state = "ended";
    if (isOpen) await Promise.resolve(slot.iterator?.return?.()).catch(() => {});
  };

  const fail = () => {
    if (asking === undefined || failure === undefined) return;
    asking.reject(failure.error);
    asking = undefined;
    failure = undefined;
  };

  const look = () => {
    if (over || asking === undefined) return;
    const next = ready.shift();
    if (next !== undefined) {
      next.slot.state = "idle";
      asking.resolve({ done: false, value: next.value });
    } else if (slots.every(({ state }) => state === "ended")) {
      void end();
      asking.resolve(END);
    } else return;
    asking = undefined;
  };

  const read = async (slot: Slot<T>) => {
    slot.state = "asked";
    try {
      slot.iterator ??= slot.source[Symbol.asyncIterator]();
      const { done, value } = await slot.iterator.next();
      if (over) return;
      slot.state = done ? "ended" : "ready";
      if (!done) ready.push({ slot, value });
    } catch (error) {
      slot.state = "ended";
      if (over) return;
      await end();
      failure = { error };
      fail();
    }
    look();
  };

  return {
    next() {
      asking = Promise.withResolvers();
      const { promise } = asking;
      if (!begun && signal?.aborted) onAbort();
      else if (!begun) signal?.addEventListener("abort", onAbort);
      begun = true;
      if (over && failure !== undefined) fail();
      else if (over) {
        asking?.resolve(END);
        asking = undefined;
      } else {
        for (const slot of slots) if (slot.state === "idle") void read(slot);
        look();
      }
      return promise;
    },
    async return() {
      begun = true;
      const waiting = asking;
      asking = undefined;
      await end();
      waiting?.resolve(END);
      return END;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

export function createGroup({ limit, signal: parent }: GroupOptions = {}): Group {
  if (limit !== undefined) positive("limit", limit);
  const controller = new AbortController();
  const signal = parent === undefined ? controller.signal : AbortSignal.any([parent, controller.signal]);
  const line: { readonly begin: () => void; readonly refuse: () => void }[] = [];
  const waiting: (() => void)[] = [];
  let running = 0;
  let told = false;

  const run = async (task: (signal: AbortSignal) => Promise<void>) => {
    running += 1;
    try {
      await task(signal);
    } catch (error) {
      controller.abort(error);
    }
    running -= 1;
    beginNext();
    if (running === 0) for (const resolve of waiting.splice(0)) resolve();
  };

  /** There is a listener only while somebody is in line: a composed signal that is listened to outlives its group. */
  const refuseAll = () => {
    for (const { refuse } of line.splice(0)) refuse();
  };

  const beginNext = () => {
    line.shift()?.begin();
    if (line.length === 0) signal.removeEventListener("abort", refuseAll);
  };

  const ended = () =>
    running === 0 ? Promise.resolve() : new Promise<void>((resolve) => waiting.push(resolve));

  const wait = async () => {
    await ended();
    told = true;
    signal.throwIfAborted();
  };

  return {
    signal,
    go: (task) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const begin = () => {
          resolve();
          void run(task);
        };
        if (running < (limit ?? Number.POSITIVE_INFINITY)) return begin();
        line.push({ begin, refuse: () => reject(signal.reason) });
        if (line.length === 1) signal.addEventListener("abort", refuseAll, { once: true });
      }),
    wait,
    async [Symbol.asyncDispose]() {
      await ended();
      if (!told) await wait();
    },
  };
}

export async function firstOf<T>(
  tasks: readonly ((signal: AbortSignal) => Promise<T>)[],
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<T> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const forward = () => controller.abort(signal?.reason);
  signal?.addEventListener("abort", forward);
  const errors: unknown[] = [];
  let winner: { readonly value: T } | undefined;
  const runs = tasks.map(async (task, index) => {
    try {
      const value = await task(controller.signal);
      if (controller.signal.aborted) return;
      winner = { value };
      controller.abort();
    } catch (error) {
      errors[index] = error;
    }
  });
  await Promise.all(runs);
  signal?.removeEventListener("abort", forward);
  if (winner !== undefined) return winner.value;
  signal?.throwIfAborted();
  throw new AggregateError(errors, "all tasks failed");
}

function positive(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new RangeError(`${name} must be a whole number from 1, got ${value}`);
  }
}
