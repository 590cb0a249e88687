import { onAbort } from "@pattern-labs/primitives/abort";
import { LinkedList } from "@pattern-labs/primitives/linked-list";
import { RingBuffer } from "@pattern-labs/primitives/ring-buffer";
import type { BufferOptions, Counts, EventBuffer, OfferOptions, Policy } from "../contract.ts";
import { BufferClosedError, BufferFullError } from "./errors.ts";
import { checkCount, checkOneOf } from "./options.ts";

type Consumer<T> = (result: IteratorResult<T, undefined>) => void;

interface Producer<T> {
  readonly event: T;
  readonly signal: AbortSignal | undefined;
  readonly accept: () => void;
  readonly reject: (reason: unknown) => void;
  /** Takes the listener off the signal. */
  readonly withdraw: () => void;
}

const POLICIES: readonly Policy[] = ["block", "drop-newest", "drop-oldest", "refuse"];

/** One promise for all offers that need not wait: to make one for each costs as much as all the rest. */
const DONE = Promise.resolve();

/**
 * Three queues, of which at most two are in use: consumers wait only while nothing is buffered, producers only while
 * there is no room. An event moves from one to the next in one synchronous step, so whoever looks finds it once.
 */
export class BoundedBuffer<T> implements EventBuffer<T> {
  readonly #limit: number;
  readonly #policy: Policy;
  readonly #onDrop: (event: T) => void;
  readonly #consumers = new LinkedList<Consumer<T>>(); // Invariant: empty unless #events is.
  readonly #events: RingBuffer<T>;
  readonly #producers = new LinkedList<Producer<T>>(); // Invariant: empty unless #events is full.
  readonly #tally = { offered: 0, delivered: 0, dropped: 0, refused: 0, cancelled: 0 };
  #closed = false;

  constructor({ limit, policy = "block", onDrop = () => {} }: BufferOptions<T>) {
    this.#limit = checkCount("create a buffer", "limit", limit, 1);
    this.#policy = checkOneOf("create a buffer", "policy", policy, POLICIES);
    this.#onDrop = onDrop;
    this.#events = new RingBuffer(limit);
  }

  offer(event: T, { signal }: OfferOptions = {}): Promise<void> {
    this.#tally.offered += 1;
    if (signal?.aborted) {
      this.#tally.cancelled += 1;
      return Promise.reject(signal.reason);
    }
    if (this.#closed) return this.#refuse(new BufferClosedError());
    const consumer = this.#consumers.shift();
    if (consumer !== undefined) consumer(this.#deliver(event));
    else if (!this.#events.isFull) this.#events.push(event);
    else return this.#overflow(event, signal);
    return DONE;
  }

  #overflow(event: T, signal: AbortSignal | undefined): Promise<void> {
    switch (this.#policy) {
      case "block":
        return this.#wait(event, signal);
      case "drop-newest":
        return this.#drop(event);
      case "drop-oldest": {
        const oldest = this.#events.shift() as T;
        this.#events.push(event);
        return this.#drop(oldest);
      }
      case "refuse":
        return this.#refuse(new BufferFullError(this.#limit));
    }
  }

  #wait(event: T, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((accept, reject) => {
      const withdraw = onAbort(signal, () => {
        this.#producers.remove(place);
        this.#leave(place.value);
      });
      const place = this.#producers.push({ event, signal, accept, reject, withdraw });
    });
  }

  #leave({ signal, reject }: Producer<T>): void {
    this.#tally.cancelled += 1;
    reject(signal?.reason);
  }

  #drop(event: T): Promise<void> {
    this.#tally.dropped += 1;
    try {
      this.#onDrop(event); // Last: it may look at the counts, offer again, and throw.
      return DONE;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #refuse(error: Error): Promise<never> {
    this.#tally.refused += 1;
    return Promise.reject(error);
  }

  /** No `return`: to leave a loop takes nothing along, so there is nothing to put back. */
  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return { next: () => this.#next() };
  }

  #next(): Promise<IteratorResult<T, undefined>> {
    if (this.#events.size > 0) {
      const result = this.#deliver(this.#events.shift() as T);
      this.#letNextIn();
      return Promise.resolve(result);
    }
    if (this.#closed) return Promise.resolve({ done: true, value: undefined });
    return new Promise((consumer) => this.#consumers.push(consumer));
  }

  #deliver(event: T): IteratorResult<T, undefined> {
    this.#tally.delivered += 1;
    return { done: false, value: event };
  }

  /** The free place is handed over before anybody else runs. If its owner were only told, a newcomer could take it first. */
  #letNextIn(): void {
    const producer = this.#nextProducer();
    if (producer === undefined) return;
    this.#events.push(producer.event);
    producer.accept();
  }

  /** Passes over who is gone and has not heard of it yet: another listener of its signal was called first, and led here. */
  #nextProducer(): Producer<T> | undefined {
    for (let first = this.#producers.shift(); first !== undefined; first = this.#producers.shift()) {
      first.withdraw();
      if (!first.signal?.aborted) return first;
      this.#leave(first);
    }
    return undefined;
  }

  close(): void {
    this.#closed = true;
    for (let consumer = this.#consumers.shift(); consumer !== undefined; consumer = this.#consumers.shift()) {
      consumer({ done: true, value: undefined });
    }
    for (let producer = this.#nextProducer(); producer !== undefined; producer = this.#nextProducer()) {
      this.#tally.refused += 1;
      producer.reject(new BufferClosedError());
    }
  }

  counts(): Counts {
    return { ...this.#tally, buffered: this.#events.size, waiting: this.#producers.size };
  }
}
