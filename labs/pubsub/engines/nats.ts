import { randomUUID } from "node:crypto";
import type { Msg, NatsConnection } from "@nats-io/transport-node";
import { onAbort } from "@pattern-labs/primitives/abort";
import type { Subscription } from "../contract.ts";
import { IdTakenError } from "../given/errors.ts";
import { checkedOptions } from "../given/options.ts";
import { Inbox } from "../solution/inbox.ts";
import { checkPattern, checkTopic } from "../solution/topics.ts";
import { connectTo, explained } from "./connection.ts";
import { BrokerClosedError, ConnectionLostError, UnsentError } from "./errors.ts";
import {
  type NatsBrokerOptions,
  type RemoteSubscribeOptions,
  type RemoteSubscription,
  refuseChallenges,
} from "./nats-options.ts";
import { Outbox } from "./outbox.ts";
import { checkSize, decode, encode, Subjects } from "./wire.ts";

/** The broker of this lab on a NATS server: publishers and subscribers may be in any number of processes. */
export class NatsBroker implements AsyncDisposable {
  /** Resolves when it is closed for good: to what ended the connection, or to undefined if it was disposed. */
  readonly closed: Promise<Error | undefined>;
  readonly #connection: NatsConnection;
  readonly #publisher = randomUUID();
  readonly #subjects: Subjects;
  readonly #outbox: Outbox;
  readonly #inboxes = new Map<string, Inbox>();
  /** Aborts when the connection has ended for good. */
  readonly #ended = new AbortController();
  readonly #tell: (error: Error) => void;
  #isOpen = true;
  #maxPayload = Number.POSITIVE_INFINITY;
  #published = 0;
  #unnamed = 0;

  /** @throws As `connectTo`. Later losses of the connection are made good by themselves. */
  static async connect(options: NatsBrokerOptions): Promise<NatsBroker> {
    const subjects = new Subjects(options.prefix ?? "pubsub");
    const connection = await connectTo(options.url);
    return new NatsBroker(connection, subjects, options);
  }

  private constructor(
    connection: NatsConnection,
    subjects: Subjects,
    { onError, onReconnect, outboxBytes = 2 ** 25 }: NatsBrokerOptions,
  ) {
    this.#connection = connection;
    this.#subjects = subjects;
    this.#tell = (error) => queueMicrotask(() => onError(error)); // If it throws, that is no matter of the client's.
    this.#outbox = new Outbox(
      {
        send: ({ subject, data }) => connection.publish(subject, data),
        confirm: () => connection.flush(),
      },
      outboxBytes,
      this.#tell,
    );
    void this.#watch(onReconnect);
    this.closed = this.#whenClosed();
  }

  /** How many subscriptions of this process have not ended. */
  get subscriptions(): number {
    return this.#inboxes.size;
  }

  /** How many publications were thrown away because the server took them too slowly, or was away for too long. */
  get dropped(): number {
    return this.#outbox.dropped;
  }

  /**
   * Hands the message to the server, or keeps it until there is one. Waits for nobody, and cannot tell who got it.
   *
   * @throws {TypeError} If `topic` is no topic, or JSON cannot write `payload`.
   * @throws {RangeError} If the server takes no message that long.
   * @throws {BrokerClosedError} When it is closed.
   */
  publish(topic: string, payload: unknown): void {
    checkTopic("publish", topic);
    const subject = this.#subjects.of("publish", topic);
    const sequence = this.#published + 1;
    const data = encode({ publisher: this.#publisher, sequence, timestamp: Date.now(), payload });
    this.#maxPayload = this.#connection.info?.max_payload ?? this.#maxPayload; // It is unknown while there is no connection.
    checkSize(data, this.#maxPayload);
    this.#checkOpen("publish");
    this.#published = sequence;
    this.#outbox.put({ subject, data });
  }

  #checkOpen(doing: string): void {
    if (!this.#isOpen) throw new BrokerClosedError(doing, { cause: this.#ended.signal.reason });
  }

  /**
   * As that of the broker in memory. The client library would keep what comes for a slow reader without any limit, so
   * the inbox, with its limit and policy, takes each message in the moment in which it comes from the socket.
   */
  subscribe(pattern: string, options: RemoteSubscribeOptions = {}): RemoteSubscription {
    checkPattern("subscribe", pattern);
    refuseChallenges(options);
    const checked = checkedOptions(options);
    const subject = this.#subjects.of("subscribe", pattern);
    const id = checked.id ?? this.#unusedId();
    if (this.#inboxes.has(id)) throw new IdTakenError(id);
    options.signal?.throwIfAborted();
    this.#checkOpen("subscribe");

    const upstream = this.#connection.subscribe(subject, {
      // An error means that the server refused the subscription.
      callback: (error, message) =>
        error ? inbox.remove(explained(error, this.#subjects)) : this.#deliver(message, inbox),
    });
    const leave = () => {
      this.#inboxes.delete(id);
      upstream.unsubscribe();
    };
    const inbox = new Inbox({ ...checked, id, replayed: [], leave });
    this.#inboxes.set(id, inbox);
    return inbox as Subscription as RemoteSubscription; // It gives what `#deliver` puts in.
  }

  #deliver({ subject, data }: Msg, inbox: Inbox): void {
    try {
      inbox.put(decode(this.#subjects.topicOf(subject), data), { delivered: 0, dropped: 0 });
    } catch (error) {
      this.#tell(error as Error);
    }
  }

  #unusedId(): string {
    do this.#unnamed += 1;
    while (this.#inboxes.has(`subscriber-${this.#unnamed}`));
    return `subscriber-${this.#unnamed}`;
  }

  /**
   * Resolves when the server has all that was published and subscribed before, and this process all that the server had
   * for it by then. While there is no connection it waits for one.
   *
   * @throws {BrokerClosedError} When it is closed.
   */
  async flush(): Promise<void> {
    let isDone = false;
    while (!isDone) {
      this.#checkOpen("flush");
      const isAllSent = this.#outbox.waiting === 0; // What is sent during a round trip may be behind it.
      isDone = (await this.#roundTrip()) && isAllSent;
    }
  }

  /** Resolves to false if the connection broke before the answer came. */
  async #roundTrip(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const withdraw = onAbort(this.#ended.signal, () => resolve(false)); // Then the client never answers.
    this.#connection.flush().then(
      () => resolve(true),
      () => resolve(false),
    );
    return await promise.finally(withdraw);
  }

  async #watch(onReconnect = () => {}): Promise<void> {
    for await (const status of this.#connection.status()) {
      if (status.type === "error") this.#tell(explained(status.error, this.#subjects));
      if (status.type === "disconnect") {
        const unconfirmed = this.#outbox.disconnected();
        if (unconfirmed !== undefined) this.#tell(new ConnectionLostError(unconfirmed));
      }
      if (status.type === "reconnect" && this.#outbox.connected()) {
        queueMicrotask(onReconnect);
      }
    }
  }

  async #whenClosed(): Promise<Error | undefined> {
    const why = (await this.#connection.closed()) ?? undefined;
    this.#isOpen = false;
    this.#ended.abort(why);
    const error = new BrokerClosedError("read on", { cause: why });
    for (const inbox of this.#inboxes.values()) inbox.remove(error);
    return why;
  }

  /** Ends its subscriptions, sends what was published, and hangs up. During an outage it waits for no server. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const inbox of this.#inboxes.values()) inbox[Symbol.dispose]();
    if (this.#isOpen) {
      this.#isOpen = false;
      if (this.#outbox.isConnected) await this.#roundTrip();
      if (this.#outbox.waiting > 0) this.#tell(new UnsentError(this.#outbox.waiting));
      await this.#connection.close();
    }
    await this.closed;
  }
}
