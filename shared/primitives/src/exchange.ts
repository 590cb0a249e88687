import { checkWhole } from "./arguments/check.ts";
import { LinkedList } from "./linked-list.ts";
import { RingBuffer } from "./ring-buffer.ts";
import { Turn } from "./turn.ts";

/** What a receive comes to: a value, or the news that the channel is closed and empty. An iterator's result as well. */
export type Received<T> =
  | { readonly done: false; readonly value: T }
  | { readonly done: true; readonly value: undefined };

interface Waiter {
  /** Once it has aborted nobody waits here any more, even if the waiter's own listener has not been called yet. */
  readonly signal: AbortSignal | undefined;
  /** Called before `resolve` or `reject`: takes back whatever else would end the wait. */
  withdraw: () => void;
}

/** Who waits for a value. */
export interface Receiver<T> extends Waiter {
  readonly resolve: (received: Received<T>) => void;
  /** The iterator that waits, if it is one. */
  readonly owner: object | undefined;
}

/** Who waits until its value is taken. */
export interface Sender<T> extends Waiter {
  readonly value: T;
  /** Called once the value is taken, with the turn of the event loop to sit out, if one is due. */
  readonly resolve: (turn: Promise<void> | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** A value was sent on a channel that is closed, or was closed while the sender waited. The value went nowhere. */
export class ChannelClosedError extends Error {
  override readonly name = "ChannelClosedError";

  constructor() {
    super("Cannot send on Channel: it is closed");
  }
}

/** What every receive comes to in the end. */
export const end = { done: true, value: undefined } as const;

const accepted: Promise<void> = Promise.resolve();

/**
 * Where values change hands in a `Channel`: the buffer and the two lines of those who wait. It decides who gets what, at
 * once and without promises; `Channel` and `select` wait. To use one, prefer `Channel`.
 *
 * - Nobody waits who could be served, except that a `select` may stand in both lines: it cannot serve itself.
 * - Every operation is O(1), except `close`.
 *
 * @example
 * ```ts
 * const exchange = new Exchange<string>(1);
 * assert.equal(exchange.offer("a"), true);
 * assert.equal(exchange.offer("b"), false); // the buffer is full, and nobody waits to receive
 * assert.deepEqual(exchange.take(), { done: false, value: "a" });
 * assert.equal(exchange.take(), undefined);
 * ```
 */
export class Exchange<T> {
  readonly capacity: number;
  readonly receivers = new LinkedList<Receiver<T>>();
  readonly senders = new LinkedList<Sender<T>>();
  readonly #buffer: RingBuffer<T>;
  readonly #turn = new Turn();
  #closed = false;

  /** @throws {RangeError} If `capacity` is not a whole number from 0. */
  constructor(capacity: number) {
    checkWhole("create Exchange", "capacity", capacity);
    this.capacity = capacity;
    this.#buffer = new RingBuffer(Math.max(capacity, 1));
  }

  get size(): number {
    return this.#buffer.size;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Whether a value can be taken now. */
  get hasValue(): boolean {
    return this.#buffer.size > 0 || firstOf(this.senders) !== undefined;
  }

  /** Whether `take` has an answer. */
  get canTake(): boolean {
    return this.hasValue || this.#closed;
  }

  /** Whether `offer` has an answer other than `false`. */
  get canOffer(): boolean {
    return this.#buffer.size < this.capacity || this.#closed || firstOf(this.receivers) !== undefined;
  }

  /**
   * Gives `value` to the receiver who has waited longest, or to the buffer; `false` if it must wait.
   *
   * @throws {ChannelClosedError} If it is closed.
   */
  offer(value: T): boolean {
    if (this.#closed) throw new ChannelClosedError();
    const receiver = shiftFrom(this.receivers);
    if (receiver !== undefined) receiver.resolve({ done: false, value });
    else if (this.#buffer.size < this.capacity) this.#buffer.push(value);
    else return false;
    this.#turn.step();
    return true;
  }

  /** Takes the oldest value; `end` if there will be none, `undefined` if it must wait. */
  take(): Received<T> | undefined {
    if (this.hasValue) return { done: false, value: this.takeValue() };
    return this.#closed ? end : undefined;
  }

  /** The same where `hasValue` says that there is one. */
  takeValue(): T {
    const sender = shiftFrom(this.senders);
    if (this.#buffer.size === 0) return this.#takeFrom(sender as Sender<T>);
    const value = this.#buffer.shift() as T;
    // The freed place goes to the first sender at once, never to a newcomer.
    if (sender !== undefined) this.#buffer.push(this.#takeFrom(sender));
    return value;
  }

  /** Tells all who wait. What is buffered can still be taken. */
  close(): void {
    this.#closed = true;
    for (let one = shiftFrom(this.receivers); one !== undefined; one = shiftFrom(this.receivers)) {
      one.resolve(end);
    }
    for (let one = shiftFrom(this.senders); one !== undefined; one = shiftFrom(this.senders)) {
      one.reject(new ChannelClosedError());
    }
  }

  /**
   * Resolves with the outcome of what was done at once: now, or when a turn that is due is over. Both sides sit it out
   * alike. Did one go on, even by a microtask, it would find the buffer full or empty ever after, and wait for each value.
   * Quickest with an object written out in the call: V8 then sees that it has no `then`, and does not look for one.
   */
  inTime<R>(outcome: R): Promise<R> {
    const turn = this.#turn.pending;
    return turn === undefined ? Promise.resolve(outcome) : after(turn, outcome);
  }

  /** The same without an outcome, and without a promise for each who need not wait. */
  accepted(): Promise<void> {
    return this.#turn.pending === undefined ? accepted : this.inTime(undefined);
  }

  #takeFrom(sender: Sender<T>): T {
    this.#turn.step();
    sender.resolve(this.#turn.pending);
    return sender.value;
  }
}

/** On its own, since a closure within `inTime` would move `outcome` to the heap, out of V8's sight, on every call. */
function after<R>(turn: Promise<void>, outcome: R): Promise<R> {
  return turn.then(() => outcome);
}

function firstOf<W extends Waiter>(line: LinkedList<W>): W | undefined {
  while (line.first?.value.signal?.aborted) line.shift(); // Its own listener tells it.
  return line.first?.value;
}

function shiftFrom<W extends Waiter>(line: LinkedList<W>): W | undefined {
  const first = firstOf(line);
  if (first === undefined) return undefined;
  line.shift();
  first.withdraw();
  return first;
}
