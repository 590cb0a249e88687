import { createHash } from "node:crypto";
import type { Hashed, HashOptions } from "../../contract.ts";

/** Everything but `hashFiles` is the reference's. */
export { createGroup, merge } from "../../solution/index.ts";

export function hashFiles(
  paths: Iterable<string> | AsyncIterable<string>,
  options: HashOptions,
): AsyncIterableIterator<Hashed> {
  const { concurrency, open, onError = "settle", signal: outer } = options;
  checkCount("concurrency", concurrency);

  const controller = new AbortController(); // the one way to end the workers
  const { signal } = controller;
  const source = new PathSource(paths);
  const drawers: ((path: string | undefined) => void)[] = [];
  const ready: { readonly result: Hashed; readonly release: () => void }[] = [];
  const closed = Promise.withResolvers<void>();
  let phase: "fresh" | "running" | "stopping" | "closed" = "fresh";
  let failure: { readonly error: unknown } | undefined;
  let consumer: PromiseWithResolvers<IteratorResult<Hashed>> | undefined;
  let workers = 0;
  let active = 0;
  let reading = false;

  function start(): void {
    phase = "running";
    outer?.addEventListener("abort", onOuterAbort, { once: true });
    launch();
  }

  function onOuterAbort(): void {
    stop({ error: outer?.reason });
  }

  /** Workers are made as there are paths for them, so that a generous `concurrency` costs nothing. */
  function launch(): void {
    workers += 1;
    active += 1;
    void work().then(() => {
      active -= 1;
      if (active === 0) settle();
    });
  }

  async function work(): Promise<void> {
    for (;;) {
      const path = await draw();
      if (path === undefined || signal.aborted) return;
      const result = await hash(path);
      if (signal.aborted) return;
      await handOver(result);
    }
  }

  function draw(): Promise<string | undefined> {
    if (signal.aborted || source.over) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      drawers.push(resolve);
      read();
    });
  }

  /** One read at a time, for the worker that has waited longest. */
  function read(): void {
    if (reading || drawers.length === 0) return;
    reading = true;
    source.next().then(
      (path) => {
        reading = false;
        if (signal.aborted) return; // It came too late.
        if (path === undefined) return dismissDrawers();
        drawers.shift()?.(path);
        if (drawers.length === 0 && workers < concurrency) launch();
        else read();
      },
      (error: unknown) => {
        reading = false;
        stop({ error });
      },
    );
  }

  function dismissDrawers(): void {
    for (const dismiss of drawers.splice(0)) dismiss(undefined);
  }

  async function hash(path: string): Promise<Hashed> {
    try {
      const digest = createHash("sha256");
      for await (const chunk of open(path, { signal })) {
        if (signal.aborted) break; // Leaving the loop closes the file.
        digest.update(chunk);
      }
      return { path, sha256: digest.digest("hex") };
    } catch (error) {
      if (onError === "fail-fast") stop({ error });
      return { path, error };
    }
  }

  function handOver(result: Hashed): Promise<void> {
    if (consumer === undefined) return new Promise((release) => ready.push({ result, release }));
    consumer.resolve({ done: false, value: result });
    consumer = undefined;
    return Promise.resolve();
  }

  /** Without a failure: because the consumer leaves. */
  function stop(why?: { readonly error: unknown }): void {
    if (phase !== "running") return;
    phase = "stopping";
    failure = why;
    controller.abort(why?.error);
    for (const { release } of ready.splice(0)) release();
    dismissDrawers();
    source.close();
  }

  /** The last worker has gone: no file is open any more, and no result waits. */
  function settle(): void {
    phase = "closed";
    outer?.removeEventListener("abort", onOuterAbort);
    closed.resolve();
    const waiting = consumer;
    consumer = undefined;
    if (waiting === undefined) return;
    if (failure === undefined) {
      waiting.resolve(end());
      return;
    }
    waiting.reject(failure.error);
    failure = undefined;
  }

  let delivered = false; // the end, or an error

  return {
    next() {
      if (phase === "fresh") {
        if (outer?.aborted) {
          phase = "closed";
          delivered = true;
          closed.resolve();
          return Promise.reject(outer.reason);
        }
        consumer = Promise.withResolvers();
        const { promise } = consumer;
        start();
        return promise;
      }
      if (phase === "closed") {
        const error =
          failure ?? (outer?.aborted && !delivered && !signal.aborted ? { error: outer.reason } : undefined);
        delivered = true;
        failure = undefined;
        return error === undefined ? Promise.resolve(end()) : Promise.reject(error.error);
      }
      const first = ready.shift();
      if (first !== undefined) {
        first.release();
        return Promise.resolve({ done: false, value: first.result });
      }
      consumer = Promise.withResolvers();
      return consumer.promise;
    },

    async return() {
      if (phase === "fresh") {
        phase = "closed";
        closed.resolve();
      }
      delivered = true;
      if (phase === "running") {
        stop();
        await closed.promise;
      }
      failure = undefined;
      return end();
    },

    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** The paths, whatever they come from: opened with the first `next`, closed once, and not if they have ended or thrown. */
class PathSource {
  readonly #paths: Iterable<string> | AsyncIterable<string>;
  #iterator: Iterator<string> | AsyncIterator<string> | undefined;
  #entered = false; // A generator that is running cannot be closed from within.
  #closing = false;
  over = false;

  constructor(paths: Iterable<string> | AsyncIterable<string>) {
    this.#paths = paths;
  }

  async next(): Promise<string | undefined> {
    try {
      const step = await this.#step();
      if (step.done !== true) return step.value;
      this.over = true;
      return undefined;
    } catch (error) {
      this.over = true;
      throw error;
    }
  }

  #step(): IteratorResult<string> | Promise<IteratorResult<string>> {
    this.#entered = true;
    try {
      this.#iterator ??= iteratorOf(this.#paths);
      return this.#iterator.next();
    } catch (error) {
      this.over = true;
      throw error;
    } finally {
      this.#entered = false;
      if (this.#closing) this.close();
    }
  }

  close(): void {
    this.#closing = true;
    if (this.#entered || this.over) return;
    this.over = true;
    if (this.#iterator !== undefined) void closeQuietly(this.#iterator);
  }
}

function iteratorOf(
  paths: Iterable<string> | AsyncIterable<string>,
): Iterator<string> | AsyncIterator<string> {
  return Symbol.asyncIterator in Object(paths)
    ? (paths as AsyncIterable<string>)[Symbol.asyncIterator]()
    : (paths as Iterable<string>)[Symbol.iterator]();
}

function checkCount(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value > 0) return;
  throw new RangeError(`${name} must be a whole number from 1, got ${String(value)}`);
}

/** What closing throws is dropped. */
async function closeQuietly(iterator: Iterator<unknown> | AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // Nobody could do anything about it.
  }
}

function end(): IteratorReturnResult<undefined> {
  return { done: true, value: undefined };
}
