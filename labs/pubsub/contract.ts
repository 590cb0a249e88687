/**
 * What an answer to this lab exports. Types only: nothing here runs.
 *
 * The number beside a member is the step in which you build it.
 */
export interface Lab {
  /**
   * Tells whether `topic` is one of those that `pattern` stands for.
   *
   * A topic is tokens between dots: "orders.eu.created". A token is one or more characters, whichever they are, except
   * white space (what `\s` of a regular expression matches), the dot, `*` and `>`. Upper and lower case are different.
   *
   * A pattern is written in the same way; in it
   * - the token `*` stands for exactly one token: "orders.*" for "orders.created", not for "orders" or "orders.eu.created";
   * - the token `>`, which must be the last, stands for one or more: "orders.>" for "orders.created" and
   *   "orders.eu.created", not for "orders". Alone it stands for every topic.
   * Any other token stands for itself alone.
   *
   * @throws TypeError If `pattern` is no pattern (not a string, an empty token, white space, `>` before the end, `*` or
   *   `>` within a longer token), or `topic` no topic. The message has the value in it, as `String` writes it.
   */
  matches(pattern: string, topic: string): boolean; // 1

  /** A broker without subscriptions. Brokers have nothing in common. The options are for challenges only. */
  createBroker(options?: BrokerOptions): Broker; // 2

  /** For the challenge `acks`, see below. */
  createConsumer?(broker: Broker, pattern: string, options?: ConsumerOptions): Consumer;

  /** The challenges that you took up; each has tests of its own. Leave it out, or empty, until then. */
  readonly attempted?: readonly Challenge[] | undefined;
}

export interface Broker {
  /**
   * Gives a message to each subscription whose pattern matches `topic`, and returns when all of them have it: in their
   * buffers, or by a `next` that waited. It waits for nobody, and no code of a subscriber runs before it has returned.
   * For a subscription that has no room its `whenFull` decides; no other subscription notices.
   *
   * @param payload Any value, `undefined` and promises included. It is passed on as it is, the same one to everybody:
   *   nobody should change it.
   * @throws TypeError If `topic` is no topic, likewise. Then nothing has happened: no number was used up.
   */
  publish(topic: string, payload: unknown): Receipt; // 2

  /**
   * A new subscription. It gets what is published from now on, until it ends (see there).
   *
   * @throws TypeError If `pattern` is no pattern, likewise, or `id` not a string or empty.
   * @throws RangeError If `bufferLimit` or `whenFull` is out of range. (Both are checked by given/options.ts.)
   * @throws IdTakenError If a subscription of this broker that has not ended has the same `id`. // 3
   * @throws The reason of `signal`, the identical value, if it has aborted already. // 3
   *
   * Whatever it throws, nothing has changed. Which it is when several are due is left open.
   */
  subscribe(pattern: string, options?: SubscribeOptions): Subscription; // 2

  /** How many subscriptions have not ended. */
  readonly subscriptions: number; // 2
}

/** What one call of `publish` did. A subscription that has ended counts in neither. */
export interface Receipt {
  /** So many subscriptions took the message: into their buffers, or by a `next` that waited. */
  readonly delivered: number;
  /** So many messages were lost by this call, all subscriptions together: this one, or the oldest in a buffer. */
  readonly dropped: number;
}

export type WhenFull = "drop-oldest" | "drop-newest" | "disconnect";

export interface SubscribeOptions {
  /** Its name in logs and errors. Default: one that no other subscription of this broker has just now. */
  readonly id?: string | undefined; // 3
  /** So many messages may wait to be read. A whole number from 1. Default 1,024. */
  readonly bufferLimit?: number | undefined; // 2
  /**
   * What happens when there are `bufferLimit` and one more is published:
   * - `drop-oldest`, the default: the one that has been buffered longest is dropped, and the new one joins the end.
   * - `drop-newest`: the new one is dropped.
   * - `disconnect`: the new one is dropped, and the subscription ends, within `publish`. // 3
   */
  readonly whenFull?: WhenFull | undefined; // 2
  /** Ends the subscription when it aborts. */
  readonly signal?: AbortSignal | undefined; // 3
}

/** One message. Whether subscribers get one and the same object or one each is left open: nobody should change it. */
export interface Message {
  readonly topic: string;
  /** The very value that was published. */
  readonly payload: unknown;
  /** `Date.now()` when it was published. */
  readonly timestamp: number;
  /** The number of the publication: a broker counts them from 1, all topics together, whether anybody is subscribed or not. */
  readonly sequence: number;
  /**
   * The gap before it: how many messages this subscription has lost between the one that was read before, by whichever of
   * its loops, and this one. 0 if none. What does not match is not lost.
   */
  readonly missed: number;
}

/**
 * What one subscriber gets: an async iterable over a bounded buffer of its own. There may be several loops over it: they
 * share its buffer, and each message goes to one of them.
 *
 * It ends before the call that ends it has returned. From then on it gets nothing, `subscriptions` does not count it, its
 * `id` is free, and nothing of it is left: no entry in the broker, no listener on its signal, nobody who waits, no
 * message that was thrown away. How it ended decides about the rest:
 *
 *   it ends by                                        what is buffered  each `next`, one that waits or comes later
 *   disposing it (`using`), leaving a loop over it    is thrown away    gives { done: true, value: undefined }
 *   an abort of its signal                            is thrown away    rejects with the identical reason
 *   `disconnect`                                      can be read       when all is read: rejects with one and the same
 *                                                                       SlowSubscriberError
 *
 * What ended it first stays: an abort or disposing after that is harmless. But to dispose or leave one that was
 * disconnected throws away what is still buffered; its `next` rejects as before.
 *
 * It has ended in the instant of the abort. Another listener of that signal may be called before yours, and publish to
 * it, read it, dispose or leave it: that is as if yours had been called before. A listener alone cannot do that: look at
 * `signal.aborted` in each of these. (Only `subscriptions` and `id` may then still be as they were.)
 */
export interface Subscription extends Disposable {
  /** Also when it has ended. */
  readonly id: string; // 3
  /**
   * How many messages it has lost in all: those that matched while it was subscribed, and were dropped. Also when it has
   * ended. Counted before the `publish` that dropped one returns. What is thrown away at its end is not lost.
   */
  readonly missed: number; // 2
  [Symbol.asyncIterator](): MessageLoop; // 2
}

export interface MessageLoop {
  /**
   * Takes, in the call itself, the first message that is buffered. If there is none it waits, and the next message goes
   * straight to the `next` that has waited longest, without a place in the buffer. Several may wait. A message that a
   * `next` was given stays with it, whatever ends the subscription before its promise is looked at.
   */
  next(): Promise<IteratorResult<Message, undefined>>; // 2
  /** Called by `break`, or by an error in the body. Ends the subscription at once, even while a `next` waits. */
  return(): Promise<IteratorResult<Message, undefined>>; // 3
}

/*
 * Errors, known by their `name`. Both classes are given, in given/errors.ts:
 *
 *   IdTakenError         from subscribe; `id` is the id that is taken
 *   SlowSubscriberError  from next; `id` and `bufferLimit` are the subscription's, `sequence` is the number of the message
 *                        that found no room
 *
 * Left open, and read by no test: options, signals and callers of other types than these; values that `String` cannot
 * write; methods called without their object; listeners that keep others from being called (`stopImmediatePropagation`);
 * what an ended subscription holds that somebody still holds, its messages excepted.
 */

// Challenges: not needed for the core

export type Challenge = "trie" | "replay" | "acks" | "groups" | "health";

export interface BrokerOptions {
  /** Challenge replay: how many messages are kept, all topics together. A whole number from 0, the default. */
  readonly history?: number | undefined;
  /** Challenge health. Default: nobody is removed. */
  readonly health?: HealthOptions | undefined;
}

export interface SubscribeOptions {
  /** Challenge replay: begin with what is kept. Default: with what is published from now on. */
  readonly from?: ReplayFrom | undefined;
  /** Challenge groups: a name, a string that is not empty. Default: it is in no group. */
  readonly group?: string | undefined;
}

/**
 * Where a replay begins, among the kept messages that match:
 * - `sequence`: with the first whose number is at least this. From 1 to the next number that will be given.
 * - `time`: with the first whose timestamp is at least this. A number.
 * - `last`: with the last so many. A whole number from 0.
 * A value out of range is a RangeError.
 */
export type ReplayFrom =
  | { readonly sequence: number }
  | { readonly time: number }
  | { readonly last: number };

/*
 * HistoryGoneError, from subscribe: a message from `sequence` on has been published that is not kept any more. `oldest` is
 * the lowest sequence that can be asked for. (With `time` and `last` one gets what is there.)
 */

export interface ConsumerOptions extends SubscribeOptions {
  /** So long after it was given out a message that is not acknowledged becomes due again. From 1. Default 30,000. */
  readonly ackWithinMs?: number | undefined;
  /** So often a message is given out at most. A whole number from 1. Default 5. */
  readonly maxDeliveries?: number | undefined;
  /** So many messages at most are taken from the subscription and not done with. A whole number from 1. Default 100. */
  readonly maxInFlight?: number | undefined;
  /** Where a message is published, as a DeadLetter, whose last delivery has failed. Must not match the pattern. */
  readonly deadLetterTopic?: string | undefined;
}

/**
 * A subscription whose messages come again until they are acknowledged. It may be built on the public side of a broker.
 * It ends as a subscription does, by disposing, leaving a loop, or an abort, and its subscription with it; what is not
 * acknowledged by then is given up. If its subscription is ended otherwise, `next` rejects likewise.
 */
export interface Consumer extends Disposable {
  readonly id: string;
  /** As that of its subscription. */
  readonly missed: number;
  /** How many are taken from the subscription and not done with: neither acknowledged nor dead. */
  readonly unacknowledged: number;
  /** `next` gives what is due again, in the order in which it became so, before what is new. */
  [Symbol.asyncIterator](): {
    next(): Promise<IteratorResult<Delivery, undefined>>;
    return(): Promise<IteratorResult<Delivery, undefined>>;
  };
}

export interface Delivery extends Message {
  /** 1 when it is given out for the first time. */
  readonly attempt: number;
  /** It is done: it never comes again, also if this comes late and another delivery is under way. Again: harmless. */
  ack(): void;
  /**
   * This delivery has failed: due again after `delayMs`, a whole number from 0, the default; more than `maxDeliveries`
   * times it is not given out. Nothing happens if this delivery is not the last one, or its time is up, or it is done.
   */
  nak(options?: { readonly delayMs?: number }): void;
}

/** The payload on `deadLetterTopic`. */
export interface DeadLetter {
  /** The consumer's. */
  readonly id: string;
  readonly message: Message;
  readonly attempts: number;
}

export interface HealthOptions {
  /** How long messages may wait without any call of `next`. A whole number from 1 to 2,147,483,647. */
  readonly silentMs: number;
  /** Where a removal is announced, with a SilentSubscriber. A topic. Default "system.subscriber.removed". */
  readonly topic?: string | undefined;
}

/** The payload of the announcement. */
export interface SilentSubscriber {
  readonly id: string;
  readonly pattern: string;
  /** How many messages were waiting. They are thrown away. */
  readonly unread: number;
}

/* SilentSubscriberError, from next of a subscription that was removed; `id` is its id. */
