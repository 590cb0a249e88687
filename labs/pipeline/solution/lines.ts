import type { Line, LinesOptions, Stage } from "../contract.ts";
import { checkCount } from "./checks.ts";
import { Input } from "./input.ts";

export function lines({ maxBytes, onTooLong = () => {} }: LinesOptions): Stage<Uint8Array, Line> {
  checkCount("maxBytes", maxBytes, 1);
  return async function* cutIntoLines(input, { signal }) {
    const cutter = new LineCutter(maxBytes, onTooLong);
    for await (const chunk of new Input(input, signal)) {
      for (const line of cutter.cut(chunk)) {
        yield line;
        signal.throwIfAborted(); // A chunk may hold thousands of lines.
      }
    }
    const last = cutter.end();
    if (last !== undefined) yield last;
  };
}

const LF = 0x0a;
const CR = 0x0d;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Looks for line ends among the bytes, where no part of a longer UTF-8 character can be mistaken for one, and decodes
 * only what is whole.
 */
class LineCutter {
  readonly #maxBytes: number;
  readonly #onTooLong: (line: Line) => void;
  readonly #beginning: Beginning;
  #number = 0;
  #skipping = false; // Within a line that is too long, and was told.

  constructor(maxBytes: number, onTooLong: (line: Line) => void) {
    this.#maxBytes = maxBytes;
    this.#onTooLong = onTooLong;
    this.#beginning = new Beginning(maxBytes + 2); // With a CR, and one byte that makes it too long for certain.
  }

  /** The lines that end in this chunk. */
  *cut(chunk: Uint8Array): Generator<Line, void> {
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      const line = this.#finish(chunk.subarray(start, end));
      start = end + 1;
      if (line !== undefined) yield line;
    }
    this.#hold(chunk.subarray(start));
  }

  /** The last line, if the input did not end with a line end. A CR at its end is text. */
  end(): Line | undefined {
    const bytes = this.#beginning.take();
    return bytes.length > 0 ? this.#lineOf(bytes) : undefined;
  }

  #finish(rest: Uint8Array): Line | undefined {
    if (!this.#skipping) return this.#lineOf(withoutCr(this.#beginning.completeWith(rest)));
    this.#skipping = false;
    return undefined;
  }

  #hold(piece: Uint8Array): void {
    if (this.#skipping) return;
    this.#beginning.add(piece);
    if (withoutCr(this.#beginning.bytes).length <= this.#maxBytes) return;
    this.#skipping = true;
    this.#lineOf(this.#beginning.take());
  }

  /** Unless it is too long: then it is told. */
  #lineOf(bytes: Uint8Array): Line | undefined {
    this.#number += 1;
    const number = this.#number;
    if (bytes.length <= this.#maxBytes) return { number, text: decoder.decode(bytes) };
    this.#onTooLong({ number, text: decodeBeginning(bytes.subarray(0, this.#maxBytes)) });
    return undefined;
  }
}

/**
 * The bytes of a line whose end has not come, in one array that doubles: a list of pieces would take some 200 bytes for
 * each byte of a sender that sends them singly. Beyond `limit` nothing is kept.
 */
class Beginning {
  readonly #limit: number;
  #room = new Uint8Array(0);
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Good until the next change. */
  get bytes(): Uint8Array {
    return this.#room.subarray(0, this.#length);
  }

  add(piece: Uint8Array): void {
    const length = Math.min(this.#length + piece.length, this.#limit);
    if (length > this.#room.length) this.#growTo(length);
    this.#room.set(piece.subarray(0, length - this.#length), this.#length);
    this.#length = length;
  }

  take(): Uint8Array {
    const { bytes } = this;
    this.#length = 0;
    return bytes;
  }

  /** Most lines lie whole in a chunk, and are not copied. */
  completeWith(rest: Uint8Array): Uint8Array {
    if (this.#length === 0) return rest;
    this.add(rest);
    return this.take();
  }

  #growTo(length: number): void {
    const larger = new Uint8Array(Math.min(Math.max(length, 2 * this.#room.length), this.#limit));
    larger.set(this.bytes);
    this.#room = larger;
  }
}

function withoutCr(bytes: Uint8Array): Uint8Array {
  return bytes.at(-1) === CR ? bytes.subarray(0, -1) : bytes;
}

/** As if more were to come, so that it leaves out a character that is cut in two. */
function decodeBeginning(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes, { stream: true });
}
