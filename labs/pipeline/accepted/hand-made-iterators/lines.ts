import { Turn } from "@pattern-labs/primitives/turn";
import type { Line, LinesOptions, Stage } from "../../contract.ts";
import { end, Input } from "./input.ts";
import { checkWhole } from "./options.ts";

export function lines({ maxBytes, onTooLong }: LinesOptions): Stage<Uint8Array, Line> {
  checkWhole("maxBytes", maxBytes, 1);
  return (input, { signal }) => new Lines(new Input(input, { signal }), signal, maxBytes, onTooLong);
}

const lf = 10;
const cr = 13;

/**
 * Looks for line ends among the bytes, and decodes only what is whole. One line is cut at a time; the chunk is left
 * where it is until no line is left in it. Only then the beginning of an unfinished line is copied out of it.
 */
class Lines implements AsyncIterableIterator<Line, undefined> {
  readonly #input: Input<Uint8Array>;
  readonly #signal: AbortSignal;
  readonly #maxBytes: number;
  readonly #onTooLong: ((line: Line) => void) | undefined;
  readonly #begun: Beginning;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true }); // A BOM is text like any other.
  readonly #turn = new Turn(); // A source that always has something must not keep a signal or a timer from us.
  #chunk = noBytes;
  #at = 0;
  #number = 0;
  #skipping = false; // We are in a line that is too long, and was told of.
  #finished = false;

  constructor(
    input: Input<Uint8Array>,
    signal: AbortSignal,
    maxBytes: number,
    onTooLong: ((line: Line) => void) | undefined,
  ) {
    this.#input = input;
    this.#signal = signal;
    this.#maxBytes = maxBytes;
    this.#onTooLong = onTooLong;
    this.#begun = new Beginning(maxBytes + 2); // One for the CR, and one that makes it certain.
  }

  async next(): Promise<IteratorResult<Line, undefined>> {
    try {
      while (!this.#finished) {
        this.#signal.throwIfAborted();
        this.#turn.step();
        if (this.#turn.pending !== undefined) {
          await this.#turn.pending;
          continue; // Somebody may have left meanwhile, or the signal aborted.
        }
        const line = this.#cut() ?? (await this.#readOn());
        if (line !== undefined) return { done: false, value: line };
      }
      return end;
    } catch (error) {
      this.#drop();
      if (!this.#signal.aborted) this.#finished = true;
      await this.#input.close().catch(() => {}); // If it was `onTooLong` that threw.
      throw error;
    }
  }

  async return(): Promise<IteratorResult<Line, undefined>> {
    this.#finished = true;
    this.#drop();
    await this.#input.close();
    return end;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next line whose end is in the chunk. */
  #cut(): Line | undefined {
    while (this.#at < this.#chunk.length) {
      this.#signal.throwIfAborted(); // `onTooLong` may have done it.
      if (this.#finished) return undefined;
      const found = this.#chunk.indexOf(lf, this.#at);
      const isWhole = found !== -1;
      const piece = this.#chunk.subarray(this.#at, isWhole ? found : this.#chunk.length);
      this.#at += piece.length + (isWhole ? 1 : 0);
      if (this.#skipping) this.#skipping = !isWhole;
      else if (isWhole) {
        const line = this.#line(withoutCr(this.#begun.completedBy(piece)));
        if (line !== undefined) return line;
      } else {
        this.#begun.add(piece);
        // A CR just behind the limit may be half of a CRLF.
        if (withoutCr(this.#begun.bytes).length > this.#maxBytes) {
          this.#skipping = true;
          this.#line(this.#begun.take());
        }
      }
    }
    this.#chunk = noBytes;
    this.#at = 0;
    return undefined;
  }

  /** Reads a chunk. If there is none, what was begun is the last line. */
  async #readOn(): Promise<Line | undefined> {
    if (this.#finished) return undefined;
    const { done, value } = await this.#input.next();
    if (this.#finished) return undefined; // It was left meanwhile.
    if (!done) {
      this.#chunk = value;
      return undefined;
    }
    this.#signal.throwIfAborted();
    this.#finished = true;
    const bytes = this.#begun.take();
    return bytes.length > 0 ? this.#line(bytes) : undefined;
  }

  /** `bytes` are those of a whole line, or enough of them to know that it is too long. */
  #line(bytes: Uint8Array): Line | undefined {
    this.#number += 1;
    const number = this.#number;
    if (bytes.length <= this.#maxBytes) return { number, text: this.#decoder.decode(bytes) };
    const text = this.#decoder.decode(bytes.subarray(0, this.#maxBytes), { stream: true }); // Whole characters only.
    this.#decoder.decode(); // Forgets the rest.
    this.#onTooLong?.({ number, text });
    return undefined;
  }

  #drop(): void {
    this.#chunk = noBytes;
    this.#at = 0;
    this.#begun.take();
  }
}

/** The bytes of a line whose end has not come yet, as far as they are needed: never more than `limit`. */
class Beginning {
  readonly #limit: number;
  #room = noBytes;
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** They are good until the next change. */
  get bytes(): Uint8Array {
    return this.#room.subarray(0, this.#size);
  }

  add(piece: Uint8Array): void {
    const needed = Math.min(this.#size + piece.length, this.#limit);
    if (needed > this.#room.length) {
      const roomier = new Uint8Array(Math.min(Math.max(needed, 2 * this.#room.length, 64), this.#limit));
      roomier.set(this.bytes);
      this.#room = roomier;
    }
    this.#room.set(piece.subarray(0, needed - this.#size), this.#size);
    this.#size = needed;
  }

  take(): Uint8Array {
    const { bytes } = this;
    this.#size = 0;
    return bytes;
  }

  /** Most lines lie whole in one chunk, and are not copied. */
  completedBy(piece: Uint8Array): Uint8Array {
    if (this.#size === 0) return piece;
    this.add(piece);
    return this.take();
  }
}

function withoutCr(bytes: Uint8Array): Uint8Array {
  return bytes.at(-1) === cr ? bytes.subarray(0, -1) : bytes;
}

const noBytes: Uint8Array = new Uint8Array(0);
