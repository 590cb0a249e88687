import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { UsageError } from "@pattern-labs/demo";
import { Channel } from "@pattern-labs/primitives/channel";
import { Slot } from "./slot.ts";

export interface IntakeOptions {
  readonly host: string;
  /** 0: the system chooses one. */
  readonly port: number;
  /** How many connections are read at once, and how many more may wait for that. */
  readonly slots: number;
}

/** What the system says of an address that is not one of its own. */
const NOT_HERE: ReadonlySet<string | undefined> = new Set(["ENOTFOUND", "EAI_AGAIN", "EADDRNOTAVAIL"]);

/** What has become of the connections so far. */
export interface IntakeStats {
  readonly accepted: number;
  /** Being read. */
  readonly open: number;
  /** Accepted, and in line for a slot. Nothing is read of them. */
  readonly waiting: number;
  /** Refused: all slots were taken, and as many were in line already. */
  readonly turnedAway: number;
  /** Ended by their sender. */
  readonly ended: number;
  /** Broken off, as by ECONNRESET. */
  readonly broken: number;
  /** Closed from our side before their sender had ended. */
  readonly left: number;
  /** Lines within which one was left, by their origin. What had come of them was taken for lines. */
  readonly cutShort: readonly string[];
  readonly bytes: number;
  /** Lines that were handed over, an unfinished last one of a connection included. */
  readonly lines: number;
  /** Bytes that lie in this process and have not been asked for. */
  readonly held: number;
  /** Connections that nothing more is read of, because what was read has not been asked for. */
  readonly heldBack: number;
}

/**
 * A TCP server whose connections are the sources of a pipeline.
 *
 * A pipeline is given its sources when it begins, but connections come and go. So there is a fixed number of slots, each
 * of them a source: it gives the bytes of one connection, then of the next, and ends when the intake is closed. A
 * connection that finds no free slot stays in line, unread; its sender is held up by TCP.
 */
export class Intake implements AsyncDisposable {
  readonly sources: readonly Slot[];
  readonly #server: Server;
  readonly #line: Channel<Socket>;
  readonly #known = new Set<Socket>();
  #accepted = 0;
  #turnedAway = 0;
  #neverRead = 0;

  /** Resolves when it listens. @throws UsageError If it cannot, as when another program listens there. */
  static async open({ host, port, slots }: IntakeOptions): Promise<Intake> {
    // Paused, so that nothing is read, and kept in memory, before a slot takes it up.
    const server = createServer({ pauseOnConnect: true, keepAlive: true, noDelay: true });
    const listening = once(server, "listening");
    server.listen({ host, port });
    await listening.catch((error: NodeJS.ErrnoException) => {
      const rule = NOT_HERE.has(error.code)
        ? `--host must be an address of this machine, got "${host}"`
        : `--port must be a port that can be had on ${host}`;
      throw new UsageError(`${rule}: ${error.message}`);
    });
    return new Intake(server, slots);
  }

  private constructor(server: Server, slots: number) {
    this.#server = server;
    this.#line = new Channel(slots);
    this.sources = Array.from({ length: slots }, () => new Slot(this.#line));
    server.on("connection", (socket) => this.#accept(socket));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Whose line it is: "127.0.0.1:50312, line 7". */
  originOf(source: number, line: number): string {
    return this.sources[source]?.originOf(line) ?? `no source of ours, ${source}`;
  }

  stats(): IntakeStats {
    const sum = (figure: (slot: Slot) => number) => this.sources.reduce((sum, slot) => sum + figure(slot), 0);
    return {
      accepted: this.#accepted,
      open: sum(({ current }) => (current === undefined ? 0 : 1)),
      waiting: this.#line.size,
      turnedAway: this.#turnedAway,
      ended: sum(({ ended }) => ended),
      broken: sum(({ broken }) => broken),
      left: sum(({ left }) => left) + this.#neverRead,
      cutShort: this.sources.flatMap(({ cutShort = [] }) => cutShort),
      bytes: sum(({ bytes }) => bytes),
      lines: sum(({ lines }) => lines),
      held: sum(({ current }) => current?.readableLength ?? 0),
      heldBack: sum(({ current }) => (isFull(current) ? 1 : 0)),
    };
  }

  /** Takes no further connection. Those that it has are read to their end, and then the sources end. */
  close(): void {
    this.#server.close();
    this.#line.close();
  }

  /** Closes whatever is still open. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.#server.listening ? once(this.#server, "close") : undefined;
    this.close();
    for (let next = this.#line.tryReceive(); next?.done === false; next = this.#line.tryReceive()) {
      this.#neverRead += 1;
    }
    for (const socket of this.#known) socket.destroy();
    await closed;
  }

  #accept(socket: Socket): void {
    // It may break at any time, also while nobody reads it; who reads it is told by the reading.
    socket.on("error", () => {});
    if (this.#line.closed || !this.#line.trySend(socket)) {
      this.#turnedAway += 1;
      socket.destroy();
      return;
    }
    this.#accepted += 1;
    this.#known.add(socket);
    socket.on("close", () => this.#known.delete(socket));
  }
}

/** Then Node reads no more of it, the system's buffers fill up, and its sender's writes no longer return. */
function isFull(socket: Socket | undefined): boolean {
  return socket !== undefined && socket.readableLength >= socket.readableHighWaterMark;
}
