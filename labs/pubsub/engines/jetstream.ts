import { randomUUID } from "node:crypto";
import {
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
  jetstream,
  jetstreamManager,
} from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { checkStart, checkWhole } from "../solution/challenges/checks.ts";
import { checkPattern, checkTopic } from "../solution/topics.ts";
import { connectTo, explained } from "./connection.ts";
import { readDurably, type Source } from "./durable.ts";
import { ConnectionLostError } from "./errors.ts";
import {
  checkedDurableOptions,
  type DurableDelivery,
  type DurableOptions,
  type ReplayOptions,
  type StoredMessage,
  type StreamOptions,
} from "./jetstream-options.ts";
import { persist } from "./persist.ts";
import { Reconnects } from "./reconnects.ts";
import { readOnce } from "./replay.ts";
import { addStream, type Kept } from "./stream.ts";
import { checkSize, decode, encode, Subjects } from "./wire.ts";

const LONGEST_ATTEMPT_MS = 60_000;

/** Messages on a disk: `publish` waits until they are there, and whoever reads them says so or gets them again. */
export class JetStreamBroker implements AsyncDisposable {
  readonly #connection: NatsConnection;
  readonly #reconnects = new Reconnects();
  readonly #manager: JetStreamManager;
  readonly #client: JetStreamClient;
  readonly #options: StreamOptions;
  readonly #subjects: Subjects;
  readonly #publisher = randomUUID();
  readonly #maxPayload: number;
  #published = 0;

  /**
   * Opens the stream, or begins it.
   *
   * @throws As `connectTo`; and if the server has no JetStream, or the stream with another `history`.
   */
  static async open(options: StreamOptions): Promise<JetStreamBroker> {
    const subjects = new Subjects(options.name);
    checkWhole("open a stream", "history", options.history, 1);
    const connection = await connectTo(options.url);
    try {
      const manager = await jetstreamManager(connection);
      await addStream(manager, subjects, options);
      return new JetStreamBroker(connection, manager, subjects, options);
    } catch (error) {
      await connection.close();
      const why = (explained(error, subjects) as Error).message;
      throw new Error(`Cannot open stream "${options.name}": ${why}`, { cause: error });
    }
  }

  private constructor(
    connection: NatsConnection,
    manager: JetStreamManager,
    subjects: Subjects,
    options: StreamOptions,
  ) {
    this.#connection = connection;
    this.#manager = manager;
    this.#client = jetstream(connection);
    this.#subjects = subjects;
    this.#options = options;
    this.#maxPayload = connection.info?.max_payload ?? Number.POSITIVE_INFINITY;
    void this.#watch();
  }

  /**
   * Resolves to the stream's number when the message is stored. An attempt that nobody answers is repeated until one
   * succeeds, and the stream knows a repetition by its id, so it is stored once.
   *
   * @throws {TypeError} If `topic` is no topic, or JSON cannot write `payload`.
   * @throws {RangeError} If the server takes no message that long.
   * @throws {RefusedError} If this user may not publish there.
   * @throws {BrokerClosedError} When it is closed.
   * @throws The reason of `signal`, at once: then the message may be stored, or not.
   */
  async publish(topic: string, payload: unknown, signal?: AbortSignal): Promise<number> {
    return await this.#store(topic, payload, undefined, signal);
  }

  async #store(
    topic: string,
    payload: unknown,
    key: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    checkTopic("publish", topic);
    const subject = this.#subjects.of("publish", topic);
    const sequence = this.#published + 1;
    const data = encode({ publisher: this.#publisher, sequence, timestamp: Date.now(), payload });
    checkSize(data, this.#maxPayload);
    this.#published = sequence;
    const msgID = key ?? `${this.#publisher}-${sequence}`;
    const { attemptMs = 5_000 } = this.#options;
    // A server that is late must not be asked ever more.
    const attempt = async (failed: number) => {
      const timeout = Math.min(attemptMs * 2 ** failed, LONGEST_ATTEMPT_MS);
      return (await this.#client.publish(subject, data, { msgID, timeout })).seq;
    };
    try {
      return await persist(attempt, {
        connection: this.#connection,
        reconnects: this.#reconnects,
        doing: "publish",
        signal,
      });
    } catch (error) {
      throw explained(error, this.#subjects);
    }
  }

  /**
   * The messages that match, each again and again until it is acknowledged. Leaving the loop leaves the place: whoever
   * comes back with that `id` goes on there.
   *
   * @throws {RangeError | TypeError} If an option breaks its rule.
   * @throws {HistoryGoneError} From the loop, if a new one asks for messages that are not kept any more.
   * @throws {ForgottenError} From the loop, if the server has forgotten this one meanwhile.
   * @throws {BrokerClosedError} From the loop, when it is closed.
   * @throws The reason of `signal`, from the loop.
   */
  subscribe(pattern: string, options: DurableOptions): AsyncGenerator<DurableDelivery, void, undefined> {
    const checked = checkedDurableOptions(pattern, options);
    const subject = this.#subjects.of("subscribe", pattern);
    options.signal?.throwIfAborted();
    return readDurably(this.#source, subject, checked);
  }

  get #source(): Source {
    return {
      name: this.#options.name,
      connection: this.#connection,
      reconnects: this.#reconnects,
      manager: this.#manager,
      client: this.#client,
      read: (message) => this.#read(message),
      store: (topic, payload, key, signal) => this.#store(topic, payload, key, signal),
    };
  }

  /**
   * The messages that match, each once and in the order of their numbers, across outages. Nobody has to acknowledge
   * anything, and the server remembers no place: the reader does, by the number. A number that is left out belongs to what
   * does not match, cannot be read, or fell out of the history before it was read.
   *
   * @throws As `subscribe`.
   */
  replay(pattern: string, options: ReplayOptions = {}): AsyncGenerator<StoredMessage, void, undefined> {
    checkPattern("subscribe", pattern);
    checkStart(options.from, undefined, Number.POSITIVE_INFINITY); // How many there are the server knows.
    const subject = this.#subjects.of("subscribe", pattern);
    options.signal?.throwIfAborted();
    return readOnce(this.#source, subject, options);
  }

  /** Undefined if it cannot be read. */
  #read(message: JsMsg): StoredMessage | undefined {
    try {
      return {
        ...decode(this.#subjects.topicOf(message.subject), message.data),
        sequence: message.seq,
      };
    } catch (error) {
      this.#options.onError(error as Error);
      return undefined;
    }
  }

  /** What is kept just now. @throws {Error} If the server does not answer. */
  async kept(): Promise<Kept> {
    const { state, created } = await this.#manager.streams.info(this.#options.name);
    return { first: state.first_seq, last: state.last_seq, created };
  }

  async #watch(): Promise<void> {
    const { onError, onReconnect = () => {} } = this.#options;
    for await (const status of this.#connection.status()) {
      // If one of them throws, that is no matter of the client's.
      if (status.type === "disconnect") queueMicrotask(() => onError(new ConnectionLostError(0)));
      if (status.type !== "reconnect") continue;
      this.#reconnects.tell();
      queueMicrotask(onReconnect);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close();
  }
}
