import type { MergeOptions } from "../../contract.ts";

/** Everything but `merge` is the reference's. */
export { createGroup, hashFiles } from "../../solution/index.ts";

interface Source<T> {
  readonly iterator: AsyncIterator<T>;
  state: "idle" | "asked" | "ready" | "over";
}

export function merge<T>(
  sources: readonly AsyncIterable<T>[],
  options: MergeOptions = {},
): AsyncIterableIterator<T> {
  const outer = options.signal;
  const opened: Source<T>[] = [];
  const ready: { readonly source: Source<T>; readonly step: IteratorResult<T> }[] = []; // in order of arrival: none is starved
  let live = 0;
  let phase: "fresh" | "running" | "closing" | "closed" = "fresh";
  let failure: { readonly error: unknown } | undefined;
  let closing: Promise<void> | undefined;
  let consumer: PromiseWithResolvers<IteratorResult<T>> | undefined;

  function start(): void {
    phase = "running";
    outer?.addEventListener("abort", onOuterAbort, { once: true });
    for (const source of sources) {
      try {
        opened.push({ iterator: source[Symbol.asyncIterator](), state: "idle" });
        live += 1;
      } catch (error) {
        fail(error);
      }
      if (!isRunning()) {
        void closeAll(); // what was opened while it ended
        return;
      }
    }
  }

  function isRunning(): boolean {
    return phase === "running";
  }

  function ask(source: Source<T>): void {
    source.state = "asked";
    answerOf(source.iterator).then(
      (step) => {
        if (source.state !== "asked") return; // It was closed meanwhile.
        source.state = "ready";
        ready.push({ source, step });
        deliver();
      },
      (error: unknown) => {
        if (source.state !== "asked") return;
        source.state = "over";
        fail(error);
      },
    );
  }

  /** Gives the consumer, if it waits, what there is for it. */
  function deliver(): void {
    if (consumer === undefined || phase === "closing") return;
    if (phase === "running") {
      for (let first = ready.shift(); first !== undefined; first = ready.shift()) {
        const { source, step } = first;
        if (step.done !== true) {
          source.state = "idle"; // Asked again with the next `next`: then this value has been taken.
          answer().resolve({ done: false, value: step.value });
          return;
        }
        source.state = "over";
        live -= 1;
      }
      if (live > 0) return;
      finish();
    }
    if (failure === undefined) {
      answer().resolve(end());
      return;
    }
    const { error } = failure;
    failure = undefined;
    answer().reject(error);
  }

  function answer(): PromiseWithResolvers<IteratorResult<T>> {
    const waiting = consumer as PromiseWithResolvers<IteratorResult<T>>;
    consumer = undefined;
    return waiting;
  }

  function finish(): void {
    phase = "closed";
    outer?.removeEventListener("abort", onOuterAbort);
  }

  function fail(error: unknown): void {
    if (phase !== "running") return;
    failure = { error };
    close();
  }

  function close(): void {
    phase = "closing";
    ready.length = 0;
    closing = closeAll().then(() => {
      if (phase !== "closing") return; // An abort did not wait.
      finish();
      deliver();
    });
  }

  function onOuterAbort(): void {
    if (phase === "closed") return;
    failure = { error: outer?.reason };
    closing = undefined;
    ready.length = 0;
    finish();
    void closeAll();
    deliver();
  }

  async function closeAll(): Promise<void> {
    const open = opened.filter(({ state }) => state !== "over");
    for (const source of open) source.state = "over";
    await Promise.all(open.map(({ iterator }) => closeQuietly(iterator)));
  }

  return {
    next() {
      if (phase === "fresh") {
        if (outer?.aborted) {
          phase = "closed";
          return Promise.reject(outer.reason);
        }
        consumer = Promise.withResolvers();
        const { promise } = consumer;
        start();
        askAll();
        return promise;
      }
      consumer = Promise.withResolvers();
      const { promise } = consumer;
      askAll();
      return promise;
    },

    async return() {
      if (phase === "fresh") phase = "closed";
      if (phase === "running") close();
      if (consumer === undefined) failure = undefined;
      await closing;
      return end();
    },

    [Symbol.asyncIterator]() {
      return this;
    },
  };

  function askAll(): void {
    for (const source of opened) {
      if (phase !== "running") break;
      if (source.state === "idle") ask(source);
    }
    deliver();
  }
}

async function answerOf<T>(iterator: AsyncIterator<T>): Promise<IteratorResult<T>> {
  return await iterator.next();
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
