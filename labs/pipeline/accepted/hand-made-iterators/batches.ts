import type { BatchesOptions, Stage } from "../../contract.ts";
import { end, Input, type Reader } from "./input.ts";
import { checkWhole } from "./options.ts";

const longestTimerMs = 2 ** 31 - 1;

export function batches<T>({ size, maxAgeMs }: BatchesOptions): Stage<T, readonly T[]> {
  checkWhole("size", size, 1);
  if (typeof maxAgeMs !== "number" || !(maxAgeMs >= 0 && maxAgeMs <= longestTimerMs))
    throw new RangeError(`maxAgeMs must be a number from 0 to ${longestTimerMs}, got ${String(maxAgeMs)}`);
  return (input, { signal }) => new Batches(new Input(input, { signal }), signal, size, maxAgeMs);
}

/** Reads only while somebody waits for a batch. So only one read can outlast the batch that it was meant for. */
class Batches<T> implements AsyncIterableIterator<readonly T[], undefined> {
  readonly #input: Input<T>;
  readonly #signal: AbortSignal;
  readonly #size: number;
  readonly #maxAgeMs: number;
  #batch: T[] = [];
  #begunAt = 0;
  #timer: NodeJS.Timeout | undefined = undefined; // Runs while somebody waits and an item is there.
  #reading = false;
  #inputEnding: { readonly error: unknown } | "done" | undefined = undefined;
  #reader: Reader<readonly T[]> | undefined = undefined;
  #finished = false;

  constructor(input: Input<T>, signal: AbortSignal, size: number, maxAgeMs: number) {
    this.#input = input;
    this.#signal = signal;
    this.#size = size;
    this.#maxAgeMs = maxAgeMs;
  }

  next(): Promise<IteratorResult<readonly T[], undefined>> {
    if (this.#finished) return Promise.resolve(end);
    if (this.#signal.aborted) {
      this.#batch = [];
      return Promise.reject(this.#signal.reason);
    }
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
      this.#goOn();
    });
  }

  async return(): Promise<IteratorResult<readonly T[], undefined>> {
    this.#finished = true;
    this.#batch = [];
    this.#takeReader()?.resolve(end);
    await this.#input.close();
    return end;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #goOn(): void {
    if (this.#reader === undefined) return;
    const leftMs = this.#begunAt + this.#maxAgeMs - performance.now();
    if (this.#batch.length === 0) {
      if (this.#inputEnding !== undefined) {
        this.#tellEnding(this.#inputEnding);
        return;
      }
    } else if (this.#batch.length === this.#size || this.#inputEnding !== undefined || leftMs <= 0) {
      this.#give();
      return;
    } else this.#timer ??= setTimeout(() => this.#give(), Math.ceil(leftMs));
    if (!this.#reading) this.#read();
  }

  #give(): void {
    const batch = this.#batch;
    this.#batch = [];
    this.#takeReader()?.resolve({ done: false, value: batch });
  }

  #read(): void {
    this.#reading = true;
    this.#input.next().then(
      ({ done, value }) => {
        this.#reading = false;
        if (this.#finished) return;
        if (done) this.#inputEnding = "done";
        else if (this.#batch.push(value) === 1) this.#begunAt = performance.now();
        this.#goOn();
      },
      (error) => {
        this.#reading = false;
        if (this.#finished) return;
        if (this.#signal.aborted) {
          this.#batch = [];
          this.#takeReader()?.reject(error);
        } else this.#inputEnding = { error };
        this.#goOn();
      },
    );
  }

  #tellEnding(ending: { readonly error: unknown } | "done"): void {
    this.#finished = true;
    const reader = this.#takeReader();
    if (ending === "done") reader?.resolve(end);
    else reader?.reject(ending.error);
  }

  #takeReader(): Reader<readonly T[]> | undefined {
    const reader = this.#reader;
    this.#reader = undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return reader;
  }
}
