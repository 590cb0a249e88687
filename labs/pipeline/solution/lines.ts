import type { Line, LinesOptions, Stage } from "../contract.ts";
import { checkCount } from "./checks.ts";
import { untilAbort } from "./reader.ts";

export function lines({ maxBytes, onTooLong = () => {} }: LinesOptions): Stage<Uint8Array, Line> {
  checkCount("maxBytes", maxBytes, 1);
  return async function* cutIntoLines(input, { signal }) {
    const cutter = new LineCutter(maxBytes, onTooLong);
    for await (const chunk of untilAbort(input, signal)) {
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
 * only what is whole. What it holds of a line that has not ended is never more than `maxBytes` and a chunk.
 */
class LineCutter {
  readonly #maxBytes: number;
  readonly #onTooLong: (line: Line) => void;
  #number = 1;
  #pieces: Uint8Array[] = []; // Joined once, at the end of the line: a line may come byte by byte.
  #length = 0;
  #skipping = false;

  constructor(maxBytes: number, onTooLong: (line: Line) => void) {
    this.#maxBytes = maxBytes;
    this.#onTooLong = onTooLong;
  }

  /** The lines that end in this chunk. */
  *cut(chunk: Uint8Array): Generator<Line, void> {
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      this.#hold(chunk.subarray(start, end));
      start = end + 1;
      const line = this.#finish(withoutCr);
      if (line !== undefined) yield line;
    }
    this.#hold(chunk.subarray(start));
  }

  /** The last line, if the input did not end with a line end. */
  end(): Line | undefined {
    if (this.#length > this.#maxBytes) this.#reject(); // It ends with a CR that no LF has followed.
    return this.#length > 0 ? this.#finish((bytes) => bytes) : undefined;
  }

  #hold(piece: Uint8Array): void {
    if (this.#skipping || piece.length === 0) return;
    this.#pieces.push(piece);
    this.#length += piece.length;
    const ending = piece.at(-1) === CR ? 1 : 0;
    if (this.#length - ending > this.#maxBytes) this.#reject();
  }

  #reject(): void {
    const beginning = this.#join().subarray(0, this.#maxBytes);
    // As if more were to come, so that it leaves out a character that is cut in two.
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(beginning, { stream: true });
    this.#skipping = true;
    this.#clear();
    this.#onTooLong({ number: this.#number, text });
  }

  #finish(strip: (bytes: Uint8Array) => Uint8Array): Line | undefined {
    const number = this.#number;
    this.#number += 1;
    if (this.#skipping) {
      this.#skipping = false;
      return undefined;
    }
    const text = decoder.decode(strip(this.#join()));
    this.#clear();
    return { number, text };
  }

  #join(): Uint8Array {
    const [first, ...rest] = this.#pieces;
    if (first !== undefined && rest.length === 0) return first;
    const joined = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      joined.set(piece, at);
      at += piece.length;
    }
    return joined;
  }

  #clear(): void {
    this.#pieces = [];
    this.#length = 0;
  }
}

function withoutCr(bytes: Uint8Array): Uint8Array {
  return bytes.at(-1) === CR ? bytes.subarray(0, -1) : bytes;
}
