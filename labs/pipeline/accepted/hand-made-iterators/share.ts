import { onAbort } from "@pattern-labs/primitives/abort";
import { RingBuffer } from "@pattern-labs/primitives/ring-buffer";
import type { ConnectOptions, TeeOptions } from "../../contract.ts";
import { end, Input, type Reader } from "./input.ts";
import { checkWhole } from "./options.ts";

export function connect<T>(input: AsyncIterable<T>, { buffer, signal }: ConnectOptions): AsyncIterable<T> {
  const [side] = share(input, { sides: 1, buffer, signal });
  return side as AsyncIterable<T>;
}

export function tee<T>(
  input: AsyncIterable<T>,
  { buffer }: TeeOptions,
): readonly [AsyncIterable<T>, AsyncIterable<T>] {
  const [one, other] = share(input, { sides: 2, buffer });
  return [one as AsyncIterable<T>, other as AsyncIterable<T>];
}

export interface ShareOptions {
  readonly sides: number;
  readonly buffer: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads `input` ahead, on behalf of several who each get every value. For each of them `buffer` values may lie ready, and
 * the one that comes next; when one of them has so many, nothing more is read.
 */
export function share<T>(
  input: AsyncIterable<T>,
  { sides, buffer, signal }: ShareOptions,
): AsyncIterable<T>[] {
  checkWhole("buffer", buffer, 0);
  const shared = new Shared(new Input(input, { signal }));
  return Array.from({ length: sides }, () => new Side(shared, buffer, signal));
}

/** How an input has ended: by itself, or by an error. */
type Ending = { readonly error: unknown } | "done";

class Shared<T> {
  readonly #input: Input<T>;
  readonly #sides = new Set<Side<T>>();
  #reading = false;
  ending: Ending | undefined = undefined;

  constructor(input: Input<T>) {
    this.#input = input;
  }

  join(side: Side<T>): void {
    this.#sides.add(side);
  }

  /** The last one closes the input. */
  async leave(side: Side<T>): Promise<void> {
    if (!this.#sides.delete(side)) return;
    if (this.#sides.size === 0) await this.#input.close();
    else this.readOn(); // Maybe it was the one for whom the others had to wait.
  }

  readOn(): void {
    if (this.#reading || this.ending !== undefined || this.#sides.size === 0) return;
    for (const side of this.#sides) if (!side.hasRoom) return;
    this.#reading = true;
    this.#input.next().then(
      (result) => {
        this.#reading = false;
        if (result.done) this.#end("done");
        else for (const side of this.#sides) side.give(result.value);
        this.readOn();
      },
      (error) => this.#end({ error }),
    );
  }

  #end(ending: Ending): void {
    this.ending = ending;
    for (const side of this.#sides) side.giveEnd(ending);
  }
}

class Side<T> implements AsyncIterableIterator<T, undefined> {
  readonly #shared: Shared<T>;
  readonly #signal: AbortSignal | undefined;
  readonly #ready: RingBuffer<T>; // Invariant: empty while there is a reader.
  #reader: Reader<T> | undefined = undefined;
  #finished = false;

  constructor(shared: Shared<T>, buffer: number, signal: AbortSignal | undefined) {
    this.#shared = shared;
    this.#signal = signal;
    this.#ready = new RingBuffer(Math.min(buffer + 1, Number.MAX_SAFE_INTEGER)); // And the one that is being handed over.
    shared.join(this);
  }

  get hasRoom(): boolean {
    return !this.#ready.isFull;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#finished) return Promise.resolve(end);
    if (this.#signal?.aborted) {
      this.#ready.clear();
      return Promise.reject(this.#signal.reason);
    }
    if (this.#ready.size > 0) {
      const value = this.#ready.shift() as T;
      this.#shared.readOn();
      return Promise.resolve({ done: false, value });
    }
    return new Promise((resolve, reject) => {
      // The input may not be asked just now, if another side is full: so each side listens for itself.
      const withdraw = onAbort(this.#signal, () => {
        this.#reader = undefined;
        reject(this.#signal?.reason);
      });
      this.#reader = {
        resolve: (result) => {
          withdraw();
          resolve(result);
        },
        reject: (error) => {
          withdraw();
          reject(error);
        },
      };
      if (this.#shared.ending !== undefined) this.giveEnd(this.#shared.ending);
      else this.#shared.readOn();
    });
  }

  give(value: T): void {
    if (this.#signal?.aborted) return;
    const reader = this.#reader;
    if (reader === undefined) {
      this.#ready.push(value);
      return;
    }
    this.#reader = undefined;
    reader.resolve({ done: false, value });
  }

  /** Only who waits is told now: the others have values left, and learn of it when they ask. */
  giveEnd(ending: Ending): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    this.#reader = undefined;
    if (this.#signal?.aborted) {
      reader.reject(this.#signal.reason);
      return;
    }
    this.#finished = true;
    if (ending === "done") reader.resolve(end);
    else reader.reject(ending.error);
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#finished = true;
    this.#ready.clear();
    this.#reader?.resolve(end);
    this.#reader = undefined;
    await this.#shared.leave(this);
    return end;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
