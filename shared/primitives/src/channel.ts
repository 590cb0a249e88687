import { type Cancellable, onAbort } from "./abort.ts";
import { checkCount, checkWhole, refusalOf, signalIn } from "./arguments/check.ts";
import { ChannelClosedError, Exchange, end, type Received, type Receiver, type Sender } from "./exchange.ts";
import type { LinkedList, LinkedListNode } from "./linked-list.ts";

export { ChannelClosedError, type Received } from "./exchange.ts";

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
  /** @internal */ readonly exchange: Exchange<T>;

  /** @throws {RangeError} If `capacity` is not a whole number from 0. */
  constructor(capacity = 0) {
    checkWhole("create Channel", "capacity", capacity);
    this.exchange = new Exchange(capacity);
  }

  /** How many values may lie between senders and receivers. */
  get capacity(): number {
    return this.exchange.capacity;
  }

  /** How many values are buffered. Those in the hands of waiting senders do not count. */
  get size(): number {
    return this.exchange.size;
  }

  get closed(): boolean {
    return this.exchange.closed;
  }

  /**
   * Waits until `value` is accepted: by a receiver, or by the buffer. O(1).
   *
   * @throws {ChannelClosedError} If the channel is closed, now or while this waits.
   * @throws The signal's `reason` if it aborts first; the value is not sent then.
   */
  send(value: T, options?: Cancellable): Promise<void> {
    const refusal = refusalOf("send on Channel", options);
    if (refusal !== undefined) return Promise.reject(refusal.reason);
    if (this.exchange.closed) return Promise.reject(new ChannelClosedError());
    return this.exchange.offer(value) ? this.exchange.accepted() : this.#waitToSend(value, options?.signal);
  }

  /**
   * Sends if it need not wait; `false` if it had to. Never waits. O(1).
   *
   * @throws {ChannelClosedError} If the channel is closed: trying again would never help.
   */
  trySend(value: T): boolean {
    return this.exchange.offer(value);
  }

  /**
   * Waits for a value, or for the end: `done` once the channel is closed and empty. O(1).
   *
   * @throws The signal's `reason` if it aborts first; no value is taken then.
   */
  receive(options?: Cancellable): Promise<Received<T>> {
    const refusal = refusalOf("receive from Channel", options);
    if (refusal !== undefined) return Promise.reject(refusal.reason);
    return this.#receiveNow() ?? this.#waitToReceive(options?.signal);
  }

  /** Receives if it need not wait, else `undefined`. Never waits. O(1). */
  tryReceive(): Received<T> | undefined {
    return this.exchange.take();
  }

  /**
   * Waits for a value and takes with it what else can be had without waiting, up to `limit` values: cheaper than one
   * by one where values come in crowds. An empty array is the end.
   *
   * @throws {RangeError} If `limit` is not a whole number from 1.
   * @throws The signal's `reason` if it aborts first; no value is taken then.
   */
  async receiveMany(limit: number, options?: Cancellable): Promise<T[]> {
    checkCount("receive from Channel", "limit", limit);
    const signal = signalIn("receive from Channel", options);
    signal?.throwIfAborted();
    const values: T[] = [];
    let received = this.exchange.take() ?? (await this.#waitToReceive(signal));
    while (!received.done) {
      values.push(received.value);
      const next = values.length < limit ? this.exchange.take() : undefined;
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
    this.exchange.close();
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
  values(options?: Cancellable): AsyncIterableIterator<T, undefined> {
    const signal = signalIn("receive from Channel", options);
    let left = false;
    // Written by hand: an async generator costs several promises a value, and its `return` waits behind its `next`.
    const iterator: AsyncIterableIterator<T, undefined> = {
      next: () => {
        if (left) return Promise.resolve(end);
        if (signal?.aborted) return Promise.reject(signal.reason);
        return this.#receiveNow() ?? this.#waitToReceive(signal, iterator);
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

  #receiveNow(): Promise<Received<T>> | undefined {
    const { exchange } = this;
    if (!exchange.hasValue) return exchange.closed ? exchange.inTime(end) : undefined;
    const value = exchange.takeValue();
    return exchange.inTime({ done: false, value });
  }

  #waitToSend(value: T, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const sender: Sender<T> = { signal, withdraw: nothing, value, resolve, reject };
      const place = this.exchange.senders.push(sender);
      if (signal !== undefined) sender.withdraw = leaveOnAbort(signal, this.exchange.senders, place, reject);
    });
  }

  #waitToReceive(signal: AbortSignal | undefined, owner?: object): Promise<Received<T>> {
    return new Promise((resolve, reject) => {
      const receiver: Receiver<T> = { signal, withdraw: nothing, resolve, owner };
      const place = this.exchange.receivers.push(receiver);
      if (signal !== undefined)
        receiver.withdraw = leaveOnAbort(signal, this.exchange.receivers, place, reject);
    });
  }

  /** A `next` that still waits when its iterator is left must not swallow the next value. O(receivers that wait). */
  #dismiss(owner: object): void {
    const { receivers } = this.exchange;
    for (let place = receivers.first; place !== undefined; ) {
      const { value: receiver, next } = place;
      if (receiver.owner === owner) {
        receivers.remove(place);
        receiver.withdraw();
        receiver.resolve(end);
      }
      place = next;
    }
  }
}

function leaveOnAbort<W>(
  signal: AbortSignal,
  line: LinkedList<W>,
  place: LinkedListNode<W>,
  reject: (reason: unknown) => void,
): () => void {
  return onAbort(signal, () => {
    line.remove(place);
    reject(signal.reason);
  });
}

function nothing(): void {}
