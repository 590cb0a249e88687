import { RingBuffer } from "@pattern-labs/primitives/ring-buffer";
import { WaitQueue } from "@pattern-labs/primitives/wait-queue";
import type { LatestBuffer, LatestCounts, LatestOptions } from "../../contract.ts";
import { BufferClosedError, BufferFullError } from "../errors.ts";
import { checkCount } from "../options.ts";

/** What waits is a key, not a value: the value is looked up when the key's turn has come. */
export class LatestPerKey<K, V> implements LatestBuffer<K, V> {
  readonly #line: RingBuffer<K>;
  readonly #values = new Map<K, V>(); // Invariant: it has the keys of the line and no others.
  readonly #news = new WaitQueue();
  readonly #tally = { put: 0, delivered: 0, replaced: 0, refused: 0 };
  #closed = false;

  constructor({ limit }: LatestOptions) {
    this.#line = new RingBuffer(checkCount("create a latest buffer", "limit", limit, 1));
  }

  put(key: K, value: V): void {
    this.#tally.put += 1;
    if (this.#closed) throw this.#refusal(new BufferClosedError());
    if (this.#values.has(key)) this.#tally.replaced += 1;
    else if (this.#line.isFull) throw this.#refusal(new BufferFullError(this.#line.capacity));
    else this.#line.push(key);
    this.#values.set(key, value);
    this.#news.wake();
  }

  #refusal(error: Error): Error {
    this.#tally.refused += 1;
    return error;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly [K, V], void, undefined> {
    for (;;) {
      while (this.#line.size > 0) yield this.#take();
      if (this.#closed) return;
      await this.#news.wait();
    }
  }

  #take(): readonly [K, V] {
    const key = this.#line.shift() as K;
    const value = this.#values.get(key) as V;
    this.#values.delete(key);
    this.#tally.delivered += 1;
    return [key, value];
  }

  close(): void {
    this.#closed = true;
    this.#news.wakeAll();
  }

  counts(): LatestCounts {
    return { ...this.#tally, waiting: this.#line.size };
  }
}
