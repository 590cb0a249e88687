import type { Socket } from "node:net";
import { buildConnector, Client, type Dispatcher } from "undici";

export interface ConnectionOptions {
  /** Bytes that an answer may have. */
  readonly answerLimit: number;
  /** How long a connection may take to open. */
  readonly connectTimeoutMs: number;
}

export interface Get {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/**
 * Connections to one origin, each for one request at a time: there are never more than there were requests at once. The
 * one that was used last is used next, so that those that are not needed fall idle, and are closed.
 *
 * Not the `Agent` of undici: with it a request that is aborted while its connection is being opened keeps that one busy,
 * and the next request waits in a queue that nobody counts.
 */
export class Connections {
  readonly #origin: string;
  readonly #options: ConnectionOptions;
  readonly #all = new Set<Connection>();
  readonly #free: Connection[] = [];

  constructor(origin: string, options: ConnectionOptions) {
    this.#origin = origin;
    this.#options = options;
  }

  /** Those that are open. */
  get sockets(): number {
    return [...this.#all].filter(({ isOpen }) => isOpen).length;
  }

  /** Settles as `read` does, when the connection is free again, or closed. */
  async get<R>(get: Get, read: (answer: Dispatcher.ResponseData) => Promise<R>): Promise<R> {
    const connection = this.#free.pop() ?? this.#open();
    try {
      return await read(await connection.get(get));
    } finally {
      if (connection.isFree) this.#free.push(connection);
      else await this.#close(connection);
    }
  }

  /** Whatever is under way is cut off. */
  async destroy(): Promise<void> {
    await Promise.all([...this.#all].map((connection) => this.#close(connection)));
  }

  #open(): Connection {
    const connection = new Connection(this.#origin, this.#options);
    this.#all.add(connection);
    return connection;
  }

  async #close(connection: Connection): Promise<void> {
    await connection.close();
    this.#all.delete(connection);
  }
}

class Connection {
  readonly #client: Client;
  /** Since it began to be opened. */
  #socket: Socket | undefined;

  constructor(origin: string, { answerLimit, connectTimeoutMs }: ConnectionOptions) {
    // It gives back the socket at once, which its type does not say.
    const connect = buildConnector({ timeout: connectTimeoutMs, allowH2: false }) as (
      ...args: Parameters<buildConnector.connector>
    ) => Socket;
    this.#client = new Client(origin, {
      pipelining: 1,
      maxResponseSize: answerLimit,
      ...{ headersTimeout: 0, bodyTimeout: 0 }, // Each call has a deadline already.
      connect: (...args) => {
        this.#socket = connect(...args);
      },
    });
  }

  get isOpen(): boolean {
    return this.#socket?.destroyed === false;
  }

  /** Whether the next request may begin: the one before has been read to its end. */
  get isFree(): boolean {
    return this.#client.stats.size === 0 && !this.#client.destroyed;
  }

  get({ path, headers, signal }: Get): Promise<Dispatcher.ResponseData> {
    return this.#client.request({ method: "GET", path, headers, signal });
  }

  async close(): Promise<void> {
    // One that is still being opened, undici leaves to its time limit.
    if (this.#socket?.connecting)
      this.#socket.destroy(new Error("Nobody waits for this connection any more"));
    await this.#client.destroy();
  }
}
