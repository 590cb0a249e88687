/** One line of a body. Lines are counted from 1, empty ones too. */
export interface Line {
  readonly number: number;
  /** Without its end; `undefined` if its bytes are no UTF-8. */
  readonly text: string | undefined;
}

/** A body is longer than agreed. Its lines up to there have been handed out. */
export class BodyTooLargeError extends Error {
  override readonly name = "BodyTooLargeError";
  readonly limit: number;

  constructor(limit: number) {
    super(`the body is over the limit of ${limit} bytes`);
    this.limit = limit;
  }
}

const NEWLINE = 0x0a;

/**
 * Reads a streamed body line by line. It asks for more only when the lines of the last piece have been taken: whoever
 * is slow to take them slows down the sender.
 *
 * @param limit How many bytes the body may have; no more are ever kept.
 * @throws BodyTooLargeError In place of the lines beyond the limit.
 */
export async function* linesOf(body: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Line, void> {
  let bytes = 0;
  let number = 0;
  let rest: Uint8Array[] = []; // The pieces of a line that has not ended yet.
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > limit) throw new BodyTooLargeError(limit);
    let begin = 0;
    for (let end = piece.indexOf(NEWLINE); end !== -1; end = piece.indexOf(NEWLINE, begin)) {
      number += 1;
      yield { number, text: decode([...rest, piece.subarray(begin, end)]) };
      rest = [];
      begin = end + 1;
    }
    if (begin < piece.length) rest.push(piece.subarray(begin));
  }
  if (rest.length > 0) yield { number: number + 1, text: decode(rest) };
}

const strict = new TextDecoder("utf-8", { fatal: true });

function decode(pieces: readonly Uint8Array[]): string | undefined {
  try {
    return strict.decode(Buffer.concat(pieces)).replace(/\r$/, "");
  } catch {
    return undefined;
  }
}
