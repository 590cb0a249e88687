import { type Cancellable, onAbort } from "./abort.ts";
import { LinkedList, type LinkedListNode } from "./linked-list.ts";
import { RingBuffer } from "./ring-buffer.ts";

/** What a receive comes to: a value, or the news that the channel is closed and empty. An iterator's result as well. */
export type Received<T> =
  | { readonly done: false; readonly value: T }
  | { readonly done: true; readonly value: undefined };

/** A value was sent on a channel that is closed, or was closed while the sender waited. The value went nowhere. */
export class ChannelClosedError extends Error {
  override readonly name = "ChannelClosedError";

  constructor() {
    super("Cannot send on Channel: it is closed");
  }
}

/**
 * Hands values from those who send to those who receive, in order, each value to exactly one. Up to `capacity` values
 * lie in between; beyond that a sender waits, and so a fast one cannot run away from a slow receiver.
 * Between one producer and one consumer in the same function prefer an async generator.
 *
 * - Capacity 0 is a rendezvous: a send ends when a receiver has the value.
 * - A send that has resolved was accepted, and its value will be received if anybody receives. A send that has rejected
 *   left no trace.
 * - First come, first served, for senders and for receivers; a value goes straight to the receiver who has waited longest.
 * - `close` is the senders' word that no more will come: what is buffered can still be received, then receives are done.
 * - `undefined`, a promise, anything is a value like any other. The end is told by `done`, never by a value.
 * - Two tasks that do nothing but send and receive would keep timers and I/O waiting for ever. So every 8 ms or so sends
 *   and receives, though done at once, resolve only when the event loop has turned.
 *
 * @example
 * ```ts
 * const pages = new Channel<string>(2);
 *
 * async function produce(): Promise<void> {
 *   using _closed = pages; // closes on every way out: the consumer's loop must not wait for ever
 *   for (const page of ["one", "two", "three"]) await pages.send(page);
 * }
 *
 * const producing = produce();
 * const seen: string[] = [];
 * for await (const page of pages) seen.push(page);
 * await producing;
 * assert.deepEqual(seen, ["one", "two", "three"]);
 * ```
 */
export class Channel<T> implements AsyncIterable<T>, Disposable {
  /** How many values may lie between senders and receivers. */
  readonly capacity: number;
  readonly #buffer: RingBuffer<T>;
  readonly #receivers = new LinkedList<Receiver<T>>(); // Invariant: non-empty only while no value is to be had.
  readonly #senders = new LinkedList<Sender<T>>(); // Invariant: non-empty only while the buffer is full.
  #closed = false;
  #sendsSinceLook = 0;
  #turnedAt = performance.now();
  #turn: Promise<void> | undefined = undefined;

  /** @throws {RangeError} If `capacity` is not an integer of at least 0. */
  constructor(capacity = 0) {
    if (!Number.isSafeInteger(capacity) || capacity < 0) {
      throw new RangeError(
        `Cannot create Channel: capacity must be an integer of at least 0, got ${capacity}`,
      );
    }
    this.capacity = capacity;
    this.#buffer = new RingBuffer(Math.max(capacity, 1));
  }

  /** How many values are buffered. Those in the hands of waiting senders do not count. */
  get size(): number {
    return this.#buffer.size;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Waits until `value` is accepted: by a receiver, or by the buffer. O(1).
   *
   * @throws {ChannelClosedError} If the channel is closed, now or while this waits.
   * @throws The signal's `reason` if it aborts first; the value is not sent then.
   */
  send(value: T, options?: Cancellable): Promise<void> {
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#closed) return Promise.reject(new ChannelClosedError());
    // One promise for all who need not wait: a send into a buffer with room allocates nothing.
    if (this.#accept(value)) return this.#pauseForTurn() ?? accepted;
    return this.#park(value, signal);
  }

  /**
   * Sends if it need not wait; `false` if it had to. Never waits. O(1).
   *
   * @throws {ChannelClosedError} If the channel is closed: trying again would never help.
   */
  trySend(value: T): boolean {
    if (this.#closed) throw new ChannelClosedError();
    return this.#accept(value);
  }

  /**
   * Waits for a value, or for the end: `done` once the channel is closed and empty. O(1).
   *
   * @throws The signal's `reason` if it aborts first; no value is taken then.
   */
  receive(options?: Cancellable): Promise<Received<T>> {
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason);
    const received = this.tryReceive();
    return received === undefined ? this.#await(signal) : this.#inTime(received);
  }

  /** Receives if it need not wait, else `undefined`. Never waits. O(1). */
  tryReceive(): Received<T> | undefined {
    if (this.#buffer.size > 0) {
      const value = this.#buffer.shift() as T;
      // The freed place goes to the first sender at once, never to a newcomer.
      const sender = this.#senders.shift();
      if (sender !== undefined) this.#buffer.push(this.#takeFrom(sender));
      return { done: false, value };
    }
    const sender = this.#senders.shift();
    if (sender !== undefined) return { done: false, value: this.#takeFrom(sender) };
    return this.#closed ? end : undefined;
  }

  /**
   * Waits for a value and takes with it what else can be had without waiting, up to `limit` values: cheaper than one
   * by one where values come in crowds. An empty array is the end.
   *
   * @throws {RangeError} If `limit` is not a positive integer.
   * @throws The signal's `reason` if it aborts first; no value is taken then.
   */
  async receiveMany(limit: number, options?: Cancellable): Promise<T[]> {
    if (!Number.isInteger(limit) || limit < 1) {
      throw new RangeError(`Cannot receive from Channel: limit must be a positive integer, got ${limit}`);
    }
    options?.signal?.throwIfAborted();
    const values: T[] = [];
    let received = this.tryReceive() ?? (await this.#await(options?.signal));
    while (!received.done) {
      values.push(received.value);
      const next = values.length < limit ? this.tryReceive() : undefined;
      if (next === undefined) break;
      received = next;
    }
    return values;
  }

  /**
   * Ends the sending; twice is harmless. What is buffered can still be received. Who waits to receive is told `done`,
   * who waits to send gets a `ChannelClosedError`.
   */
  close(): void {
    this.#closed = true;
    for (let one = this.#receivers.shift(); one !== undefined; one = this.#receivers.shift()) {
      one.withdraw();
      one.resolve(end);
    }
    for (let one = this.#senders.shift(); one !== undefined; one = this.#senders.shift()) {
      one.withdraw();
      one.reject(new ChannelClosedError());
    }
  }

  /** Closes, so that `using` does it on every way out of the sender. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Receives until the end. Breaking off leaves the channel open, for others or for later. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> {
    return this.values();
  }

  /**
   * The same under a signal: `for await (const value of channel.values({ signal }))`.
   *
   * @throws The signal's `reason`, from the loop, as soon as it aborts.
   */
  values({ signal }: Cancellable = {}): AsyncIterableIterator<T, undefined> {
    let left = false;
    // Written by hand: an async generator costs several promises a value, and its `return` waits behind its `next`.
    const iterator: AsyncIterableIterator<T, undefined> = {
      next: () => {
        if (left) return Promise.resolve(end);
        if (signal?.aborted) return Promise.reject(signal.reason);
        const received = this.tryReceive();
        return received === undefined ? this.#await(signal, iterator) : this.#inTime(received);
      },
      return: () => {
        left = true;
        this.#dismiss(iterator);
        return Promise.resolve(end);
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  #accept(value: T): boolean {
    const receiver = this.#receivers.shift();
    if (receiver !== undefined) {
      receiver.withdraw();
      receiver.resolve({ done: false, value });
      return true;
    }
    if (this.#buffer.size >= this.capacity) return false;
    this.#buffer.push(value);
    return true;
  }

  #park(value: T, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const sender: Sender<T> = { value, resolve, reject, withdraw: nothing };
      const place = this.#senders.push(sender);
      if (signal !== undefined) sender.withdraw = leaveOnAbort(signal, this.#senders, place, reject);
    });
  }

  #await(signal: AbortSignal | undefined, owner?: object): Promise<Received<T>> {
    return new Promise((resolve, reject) => {
      const receiver: Receiver<T> = { resolve, withdraw: nothing, owner };
      const place = this.#receivers.push(receiver);
      if (signal !== undefined) receiver.withdraw = leaveOnAbort(signal, this.#receivers, place, reject);
    });
  }

  #takeFrom(sender: Sender<T>): T {
    sender.withdraw();
    sender.resolve(this.#pauseForTurn());
    return sender.value;
  }

  /** A `next` that still waits when its iterator is left must not swallow the next value. */
  #dismiss(owner: object): void {
    for (let place = this.#receivers.first; place !== undefined; ) {
      const { value: receiver, next } = place;
      if (receiver.owner === owner) {
        this.#receivers.remove(place);
        receiver.withdraw();
        receiver.resolve(end);
      }
      place = next;
    }
  }

  /**
   * Receivers sit out a turn together with the senders. Did only one side, the other would find the buffer full or empty
   * ever after, and wait for each single value: half as fast.
   */
  #inTime(received: Received<T>): Promise<Received<T>> {
    return this.#turn === undefined ? Promise.resolve(received) : this.#turn.then(() => received);
  }

  /** Looks at the clock once in `sendsPerLook` sends: looking costs as much as a send. */
  #pauseForTurn(): Promise<void> | undefined {
    if (this.#turn !== undefined || ++this.#sendsSinceLook < sendsPerLook) return this.#turn;
    this.#sendsSinceLook = 0;
    const now = performance.now();
    if (now - this.#turnedAt > longestBurstMs) {
      this.#turnedAt = now;
      this.#turn = nextTurn().then(() => {
        this.#turn = undefined;
      });
    }
    return this.#turn;
  }
}

interface Receiver<T> {
  readonly resolve: (received: Received<T>) => void;
  withdraw: () => void;
  readonly owner: object | undefined;
}

interface Sender<T> {
  readonly value: T;
  readonly resolve: (turn: Promise<void> | undefined) => void;
  readonly reject: (error: unknown) => void;
  withdraw: () => void;
}

function leaveOnAbort<W>(
  signal: AbortSignal,
  queue: LinkedList<W>,
  place: LinkedListNode<W>,
  reject: (reason: unknown) => void,
): () => void {
  return onAbort(signal, () => {
    queue.remove(place);
    reject(signal.reason);
  });
}

const longestBurstMs = 8;
const sendsPerLook = 64;
const accepted: Promise<void> = Promise.resolve();
const end = { done: true, value: undefined } as const;

/** Resolves when the event loop has turned: timers that are due have fired, I/O that is ready has been told. */
function nextTurn(): Promise<void> {
  // Browsers have no setImmediate; their setTimeout is slower, and rare enough here.
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}

function nothing(): void {}
