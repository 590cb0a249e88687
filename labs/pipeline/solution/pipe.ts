import { RingBuffer } from "@pattern-labs/primitives/ring-buffer";
import {
  Bell,
  type End,
  type ended,
  nothingMore,
  notReady,
  over,
  type Polled,
  ReadyIterator,
} from "./ready.ts";

/** What a pipe tells the one who fills it. */
export interface Supplier {
  /** Somebody reads: values are wanted from now on. */
  readonly begin: () => void;
  /** Nobody reads any more. Resolves when what the values came from is closed. */
  readonly left: () => Promise<void>;
}

/**
 * A bounded buffer between one who fills it and one who reads it. It may hold `buffer` values and the one that is being
 * handed over: whoever has put that in waits until there is room.
 *
 * A reader who waits is woken when the burst that brought the first value is over, or the pipe is full: so it finds
 * many at once, and does not wait for each of them.
 */
export class Pipe<T> extends ReadyIterator<T> {
  readonly #buffer: number;
  readonly #values: RingBuffer<T>;
  readonly #supplier: Supplier;
  readonly #reader = new Bell();
  readonly #filler = new Bell();
  #end: End | undefined = undefined;
  #begun = false;
  #waking = false;

  constructor(buffer: number, supplier: Supplier) {
    super();
    this.#buffer = buffer;
    this.#values = new RingBuffer(buffer + 1);
    this.#supplier = supplier;
  }

  // For the one who reads

  poll(wake: () => void): Polled<T> {
    if (!this.#begun) this.#begin();
    if (this.#values.size === 0) return this.#end === undefined ? this.#wait(wake) : this.#tellEnd(this.#end);
    const value = this.#values.shift() as T;
    if (this.#filler.awaited) this.#makeRoom();
    return value;
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.cut(nothingMore);
    await this.#supplier.left();
    return over;
  }

  #begin(): void {
    this.#begun = true;
    this.#supplier.begin();
  }

  #wait(wake: () => void): typeof notReady {
    this.#reader.wait(wake);
    return notReady;
  }

  #tellEnd(end: End): typeof ended {
    this.#end = nothingMore; // An error is told once.
    return end();
  }

  // For the one who fills it

  get isFull(): boolean {
    return this.#values.size > this.#buffer;
  }

  /** To be called only while it is not full. */
  put(value: T): void {
    this.#values.push(value);
    if (!this.#reader.awaited) return;
    if (this.isFull) this.#wake();
    else if (!this.#waking) {
      this.#waking = true; // Until then: a busy chain may go on for long before it is over.
      whenBurstIsOver(this.#wakeLate);
    }
  }

  /** To be called only while it is full: calls `goOn` when it is not. */
  whenRoom(goOn: () => void): void {
    this.#filler.wait(goOn);
  }

  /** No more values come. What is in it can still be read, and `end` after that. */
  close(end: End = nothingMore): void {
    this.#end ??= end;
    this.#wake();
  }

  /** The same, but what is in it is dropped. */
  cut(end: End): void {
    this.#values.clear();
    this.#makeRoom();
    this.#end = end;
    this.#wake();
  }

  readonly #wakeLate = (): void => {
    this.#waking = false;
    this.#wake();
  };

  #wake(): void {
    if (this.#values.size > 0 || this.#end !== undefined) this.#reader.ring();
  }

  /** Not at once: the one who reads is still about to take what else there is. */
  #makeRoom(): void {
    queueMicrotask(() => this.#filler.ring());
  }
}

/** When no microtask is left to do. A browser cannot tell: there the reader is woken as anywhere else. */
function whenBurstIsOver(wake: () => void): void {
  if (typeof process === "object") process.nextTick(wake);
  else queueMicrotask(wake);
}
