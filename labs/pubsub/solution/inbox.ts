import { onAbort } from "@pattern-labs/primitives/abort";
import type { Message, MessageLoop, Receipt, Subscription, WhenFull } from "../contract.ts";
import { SlowSubscriberError } from "../given/errors.ts";
import { Ring } from "./ring.ts";

export interface InboxOptions {
  readonly id: string;
  readonly bufferLimit: number;
  readonly whenFull: WhenFull;
  readonly signal: AbortSignal | undefined;
  /** What is read before anything else, and takes no place. */
  readonly replayed: readonly Message[];
  /** Called once, when it ends. From then on nothing may be put in. */
  readonly leave: () => void;
}

type Result = IteratorResult<Message, undefined>;
type Reader = (result: Result | Promise<Result>) => void;
export type Tally = { -readonly [count in keyof Receipt]: Receipt[count] };

/**
 * The near side of a subscription: a bounded buffer and those who wait for it to fill. It knows of its broker only how
 * to leave it, so that any source of messages can stand behind it.
 */
export class Inbox implements Subscription {
  readonly id: string;
  readonly #bufferLimit: number;
  readonly #whenFull: WhenFull;
  readonly #signal: AbortSignal | undefined;
  readonly #leave: () => void;
  readonly #withdraw: () => void;
  readonly #replayed = new Ring<Message>();
  readonly #buffer = new Ring<Message>();
  readonly #readers = new Ring<Reader>(); // Invariant: empty unless #replayed and #buffer are.
  #reads = 0;
  #missed = 0;
  #missedAndTold = 0;
  /** What every `next` gives when nothing is left. */
  #end: (() => Promise<Result>) | undefined;

  constructor({ id, bufferLimit, whenFull, signal, replayed, leave }: InboxOptions) {
    this.id = id;
    this.#bufferLimit = bufferLimit;
    this.#whenFull = whenFull;
    this.#signal = signal;
    this.#leave = leave;
    for (const message of replayed) this.#replayed.push(message);
    this.#withdraw = onAbort(signal, () => this.#close());
  }

  get missed(): number {
    return this.#missed;
  }

  /** How many messages wait to be read. */
  get unread(): number {
    return this.#replayed.size + this.#buffer.size;
  }

  /** How often `next` was called. */
  get reads(): number {
    return this.#reads;
  }

  /** Whether a message would be taken without losing any. */
  get hasRoom(): boolean {
    return this.#buffer.size < this.#bufferLimit && !this.hasGone;
  }

  /** Whether its signal has aborted: then it has ended, and hears of it in a moment. */
  get hasGone(): boolean {
    return this.#signal?.aborted === true;
  }

  /** Takes a message, or loses one, and counts which. Makes no promise, and runs nobody's code. */
  put(message: Message, tally: Tally): void {
    if (this.hasGone) return;
    if (this.#buffer.size === this.#bufferLimit) this.#overflow(message, tally);
    else this.#take(message, tally);
  }

  #take(message: Message, tally: Tally): void {
    const reader = this.#readers.shift();
    if (reader === undefined) this.#push(message);
    else reader({ done: false, value: this.#withGap(message) });
    tally.delivered += 1;
  }

  #overflow(message: Message, tally: Tally): void {
    this.#missed += 1;
    tally.dropped += 1;
    if (this.#whenFull === "drop-oldest") {
      this.#buffer.shift();
      this.#take(message, tally);
    } else if (this.#whenFull === "disconnect") {
      const error = new SlowSubscriberError(this.id, this.#bufferLimit, message.sequence);
      this.#endWith(() => Promise.reject(error));
    }
  }

  /** With `drop-newest` the gap is behind what is buffered, so the next message that finds room stands after it. */
  #push(message: Message): void {
    this.#buffer.push(this.#whenFull === "drop-newest" ? this.#withGap(message) : message);
  }

  /** With `drop-oldest` the gap is before what is buffered, so the message that is read next stands after it. */
  #shift(): Message | undefined {
    const old = this.#replayed.shift();
    if (old !== undefined) return old;
    const message = this.#buffer.shift();
    return message !== undefined && this.#whenFull === "drop-oldest" ? this.#withGap(message) : message;
  }

  /** The message as this subscriber sees it. One object for all, as long as nothing is missed. */
  #withGap(message: Message): Message {
    const missed = this.#missed - this.#missedAndTold;
    if (missed === 0) return message;
    this.#missedAndTold = this.#missed;
    return { ...message, missed };
  }

  [Symbol.asyncIterator](): MessageLoop {
    return {
      next: () => this.#next(),
      return: () => {
        this.#close();
        return Promise.resolve(DONE);
      },
    };
  }

  #next(): Promise<Result> {
    this.#reads += 1;
    if (this.hasGone && this.#end === undefined) this.#close();
    const message = this.#shift();
    if (message !== undefined) return Promise.resolve({ done: false, value: message });
    if (this.#end !== undefined) return this.#end();
    return new Promise((reader) => this.#readers.push(reader));
  }

  [Symbol.dispose](): void {
    this.#close();
  }

  /** Ends it from outside: what is unread is thrown away, and every `next` rejects. */
  remove(error: Error): void {
    this.#throwAway();
    this.#endWith(() => Promise.reject(error));
  }

  /** Whoever closes it: if its signal has aborted, that came first. */
  #close(): void {
    const signal = this.#signal;
    this.#throwAway();
    this.#endWith(signal?.aborted ? () => Promise.reject(signal.reason) : () => Promise.resolve(DONE));
  }

  #throwAway(): void {
    this.#replayed.clear();
    this.#buffer.clear();
  }

  #endWith(end: () => Promise<Result>): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#withdraw();
    this.#leave();
    for (let reader = this.#readers.shift(); reader !== undefined; reader = this.#readers.shift())
      reader(end());
  }
}

const DONE: Result = { done: true, value: undefined };
