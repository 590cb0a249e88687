import { Ring } from "../solution/ring.ts";
import { OutboxFullError } from "./errors.ts";

/** What is to be sent, and where. */
export interface Letter {
  readonly subject: string;
  readonly data: Uint8Array;
}

/** The far side: whoever carries letters away. */
export interface Carrier {
  /** Takes a letter at once. Called only while there is a connection. */
  send(letter: Letter): void;
  /** Resolves when the server has all that was sent before; rejects if the connection breaks first. */
  confirm(): Promise<void>;
}

/**
 * Stands between a publisher that never waits and a server that may be slow or away. What is not confirmed counts
 * against one limit, in bytes, wherever it is: here, in the client library, or in the buffers of the socket.
 *
 * What waits here during an outage is sent afterwards. What was sent, and not confirmed when the connection broke, is not
 * sent again: the server may have it, and nobody gets a message twice.
 */
export class Outbox {
  readonly #carrier: Carrier;
  readonly #limitBytes: number;
  readonly #onError: (error: Error) => void;
  readonly #waiting = new Ring<Letter>(); // Invariant: empty while connected.
  #waitingBytes = 0;
  /** Replaced when the connection breaks: a confirmation of the one before then counts for nothing. */
  #sent = { messages: 0, bytes: 0 };
  #isConnected = true;
  #isConfirming = false;
  #dropped = 0;
  #isDropping = false;

  constructor(carrier: Carrier, limitBytes: number, onError: (error: Error) => void) {
    this.#carrier = carrier;
    this.#limitBytes = limitBytes;
    this.#onError = onError;
  }

  /** How many letters found no room. */
  get dropped(): number {
    return this.#dropped;
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** How many letters have not been sent. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Takes the letter, or drops it if there is no room. Never waits. */
  put(letter: Letter): void {
    const bytes = this.#waitingBytes + this.#sent.bytes + sizeOf(letter);
    if (bytes > this.#limitBytes) {
      this.#drop();
      return;
    }
    this.#isDropping = false;
    if (this.#isConnected) this.#send(letter);
    else this.#keep(letter);
  }

  #keep(letter: Letter): void {
    this.#waiting.push(letter);
    this.#waitingBytes += sizeOf(letter);
  }

  /** Told once for each run of them: whoever publishes a thousand a second wants no thousand errors. */
  #drop(): void {
    this.#dropped += 1;
    if (this.#isDropping) return;
    this.#isDropping = true;
    this.#onError(new OutboxFullError(this.#limitBytes));
  }

  #send(letter: Letter): void {
    this.#carrier.send(letter);
    this.#sent.messages += 1;
    this.#sent.bytes += sizeOf(letter);
    if (!this.#isConfirming) void this.#confirm();
  }

  /** Asks for one confirmation at a time, each for all that was sent before. */
  async #confirm(): Promise<void> {
    this.#isConfirming = true;
    await null; // What is published in one go is confirmed in one go.
    while (this.#sent.messages > 0) {
      const epoch = this.#sent;
      const { messages, bytes } = epoch;
      try {
        await this.#carrier.confirm();
      } catch {
        break; // The connection broke: `disconnected` is called, or was.
      }
      epoch.messages -= messages;
      epoch.bytes -= bytes;
    }
    this.#isConfirming = false;
  }

  /** The connection broke. Tells how many letters may be lost by that; undefined if it was known already. */
  disconnected(): number | undefined {
    if (!this.#isConnected) return undefined;
    this.#isConnected = false;
    const { messages } = this.#sent;
    this.#sent = { messages: 0, bytes: 0 };
    return messages;
  }

  /** There is a connection again. False if that was known already. */
  connected(): boolean {
    if (this.#isConnected) return false;
    this.#isConnected = true;
    this.#waitingBytes = 0;
    for (let letter = this.#waiting.shift(); letter !== undefined; letter = this.#waiting.shift())
      this.#send(letter);
    return true;
  }
}

const sizeOf = ({ subject, data }: Letter) => subject.length + data.length;
