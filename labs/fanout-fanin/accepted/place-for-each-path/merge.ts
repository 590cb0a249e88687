import { onAbort } from "@pattern-labs/primitives/abort";
import { LinkedList } from "@pattern-labs/primitives/linked-list";
import type { MergeOptions } from "../../contract.ts";

export function merge<T>(
  sources: readonly AsyncIterable<T>[],
  options: MergeOptions = {},
): AsyncIterableIterator<T> {
  return new Merge(sources, options.signal);
}

interface Waiting<T> {
  readonly resolve: (result: IteratorResult<T>) => void;
  readonly reject: (error: unknown) => void;
}

/** Why no more values come, before every source has ended. */
type Stop = { readonly is: "left" } | { readonly is: "failed" | "aborted"; readonly error: unknown };

/**
 * A source is one of: asked (its `next` is under way), ready (its value is in `#ready`), given (its value was the last
 * to be taken, so it is the one to be asked when the consumer comes back), or over: ended, thrown or closed.
 * All but those that are over are in `#open`.
 */
class Merge<T> implements AsyncIterableIterator<T> {
  readonly #sources: readonly AsyncIterable<T>[];
  readonly #signal: AbortSignal | undefined;
  readonly #open = new Set<AsyncIterator<T>>();
  readonly #ready = new LinkedList<{ readonly source: AsyncIterator<T>; readonly value: T }>();
  readonly #closed = Promise.withResolvers<void>();
  #given: AsyncIterator<T> | undefined;
  #waiting: Waiting<T> | undefined;
  #stop: Stop | undefined;
  #isClosed = false;
  #phase: "new" | "running" | "over" = "new";
  #withdraw: () => void = () => {};

  constructor(sources: readonly AsyncIterable<T>[], signal: AbortSignal | undefined) {
    this.#sources = sources;
    this.#signal = signal;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#waiting !== undefined)
      return Promise.reject(new Error("next was called while another one waits"));
    if (this.#phase === "over") return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      if (this.#phase === "new") this.#start();
      else this.#askGiven();
      this.#serve();
    });
  }

  async return(value?: unknown): Promise<IteratorResult<T>> {
    if (this.#phase === "new") this.#phase = "over";
    if (this.#phase === "running") {
      this.#end({ is: "left" });
      this.#stop = { is: "left" }; // A failure that nobody has seen is dropped.
      await this.#closed.promise;
      this.#serve();
      this.#finish();
    }
    return { done: true, value };
  }

  #start(): void {
    this.#phase = "running";
    this.#withdraw = onAbort(this.#signal, () => this.#abort(this.#signal?.reason));
    if (this.#stop !== undefined) return;
    try {
      for (const each of this.#sources) {
        const source = each[Symbol.asyncIterator]();
        this.#open.add(source);
        if (this.#stop !== undefined) return void this.#close();
      }
    } catch (error) {
      this.#end({ is: "failed", error });
      return;
    }
    for (const source of [...this.#open]) {
      this.#ask(source);
      if (this.#stop !== undefined) return;
    }
  }

  /** Not until the consumer is back: only then has the value that it was given surely been taken. */
  #askGiven(): void {
    const source = this.#given;
    this.#given = undefined;
    if (source !== undefined && this.#stop === undefined) this.#ask(source);
  }

  #ask(source: AsyncIterator<T>): void {
    const failed = (error: unknown): void => {
      this.#open.delete(source);
      this.#end({ is: "failed", error });
      this.#serve();
    };
    try {
      Promise.resolve(source.next()).then((result) => {
        if (result.done === true) this.#open.delete(source);
        else if (this.#stop === undefined) this.#ready.push({ source, value: result.value });
        this.#serve();
      }, failed);
    } catch (error) {
      failed(error);
    }
  }

  /** Closes what is open. The first reason counts. */
  #end(stop: Stop): void {
    if (this.#stop !== undefined) return;
    this.#stop = stop;
    while (this.#ready.size > 0) this.#ready.shift();
    void this.#close();
  }

  async #close(): Promise<void> {
    // Others may have failed or ended at the same moment, and have yet to be heard: they need no closing.
    if (this.#stop?.is === "failed") await undefined;
    const closing = [...this.#open].map(close);
    this.#open.clear();
    await Promise.all(closing);
    this.#setClosed();
  }

  /** As `#end`, but nobody waits for the closing any more, whoever began it. */
  #abort(reason: unknown): void {
    this.#end({ is: "aborted", error: reason });
    if (this.#stop?.is !== "left") this.#stop = { is: "aborted", error: reason };
    this.#setClosed();
  }

  #setClosed(): void {
    this.#isClosed = true;
    this.#closed.resolve();
    this.#serve();
  }

  /** Answers the consumer that waits, if there is an answer by now. */
  #serve(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    if (this.#stop !== undefined) {
      if (!this.#isClosed) return;
      this.#finish();
      if (this.#stop.is === "left") waiting.resolve({ done: true, value: undefined });
      else waiting.reject(this.#stop.error);
      return;
    }
    const first = this.#ready.shift();
    if (first !== undefined) {
      const { source, value } = first;
      this.#given = source;
      this.#waiting = undefined;
      waiting.resolve({ done: false, value });
      return;
    }
    if (this.#open.size > 0) return;
    this.#finish();
    waiting.resolve({ done: true, value: undefined });
  }

  #finish(): void {
    this.#phase = "over";
    this.#waiting = undefined;
    this.#given = undefined;
    this.#withdraw();
  }
}

/** What closing throws is dropped. */
async function close(source: AsyncIterator<unknown>): Promise<void> {
  try {
    await source.return?.();
  } catch {
    // Something went wrong before, or nobody is interested any more.
  }
}
