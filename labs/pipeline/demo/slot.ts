import type { Socket } from "node:net";
import type { Channel } from "@pattern-labs/primitives/channel";
import { CUT_OFF } from "../given/parse-line.ts";

const LINE_FEED = 0x0a;
const END_OF_LINE = Buffer.from("\n");
/** Ends a line of which the rest will never come, so that it is not taken for a whole one. */
const END_OF_CUT_OFF = Buffer.from(`${CUT_OFF}\n`);

/** Of so many connections a slot remembers where their lines begin. */
const MOST_REMEMBERED = 1_000;

interface Connection {
  readonly peer: string;
  /** The number of its first line, within the slot. */
  readonly firstLine: number;
}

/**
 * Gives the bytes of one connection after the other: a source of the pipeline. Where one connection ends within a line,
 * the line is ended, so that it does not run into the first line of the next connection.
 *
 * Bytes are read only when they are asked for. Node reads ahead by one `highWaterMark`, 64 KiB; then the socket is
 * paused, and TCP tells the sender to wait.
 */
export class Slot implements AsyncIterableIterator<Uint8Array, undefined> {
  /** The connection that is being read. */
  current: Socket | undefined = undefined;
  ended = 0;
  broken = 0;
  left = 0;
  /** Where one was left within a line: whose line it is. What had come of it was taken for a line. */
  cutShort: string | undefined = undefined;
  bytes = 0;
  readonly #line: Channel<Socket>;
  readonly #leaving = new AbortController();
  readonly #read: AsyncGenerator<Uint8Array, undefined, undefined>;
  readonly #connections: Connection[] = [];
  #lineFeeds = 0;
  #isWithinLine = false;

  /** @param line Where connections wait to be read. */
  constructor(line: Channel<Socket>) {
    this.#line = line;
    this.#read = this.#connectionByConnection();
  }

  /** Lines so far, the one that has begun included. */
  get lines(): number {
    return this.#lineFeeds + (this.#isWithinLine ? 1 : 0);
  }

  /** Whose line it is, and which of theirs: "127.0.0.1:50312, line 7". */
  originOf(line: number): string {
    const connection = this.#connections.findLast(({ firstLine }) => firstLine <= line);
    if (connection === undefined) return `an earlier connection, line ${line} of its slot`;
    return `${connection.peer}, line ${line - connection.firstLine + 1}`;
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    return this.#read.next();
  }

  /** Closes the connection at once. A `next` that waits for a silent sender is told that this was the end. */
  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    // Not by the generator alone: its `return` would wait in line behind that `next`.
    this.#leaving.abort();
    this.current?.destroy();
    return this.#read.return(undefined);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async *#connectionByConnection(): AsyncGenerator<Uint8Array, undefined, undefined> {
    const { signal } = this.#leaving;
    try {
      for await (const socket of this.#line.values({ signal })) yield* this.#bytesOf(socket);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    return undefined;
  }

  async *#bytesOf(socket: Socket): AsyncGenerator<Uint8Array, void, undefined> {
    this.#begin(socket);
    let outcome: "ended" | "broken" | "left" = "left";
    try {
      for await (const chunk of socket as AsyncIterable<Buffer>) {
        this.#note(chunk);
        yield chunk;
      }
      outcome = "ended";
    } catch {
      outcome = this.#leaving.signal.aborted ? "left" : "broken";
    } finally {
      this[outcome] += 1;
      if (outcome === "left" && this.#isWithinLine) this.cutShort = this.originOf(this.lines);
      this.current = undefined;
    }
    if (outcome === "left" || !this.#isWithinLine) return;
    const rest = outcome === "ended" ? END_OF_LINE : END_OF_CUT_OFF;
    this.#count(rest);
    yield rest;
  }

  #begin(socket: Socket): void {
    this.current = socket;
    const { remoteAddress = "a connection that is gone", remotePort } = socket;
    const peer = remotePort === undefined ? remoteAddress : `${remoteAddress}:${remotePort}`;
    this.#connections.push({ peer, firstLine: this.#lineFeeds + 1 });
    if (this.#connections.length > MOST_REMEMBERED) this.#connections.shift();
  }

  #note(chunk: Uint8Array): void {
    this.bytes += chunk.byteLength;
    this.#count(chunk);
  }

  #count(chunk: Uint8Array): void {
    for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, at + 1)) {
      this.#lineFeeds += 1;
    }
    this.#isWithinLine = chunk.at(-1) !== LINE_FEED;
  }
}
