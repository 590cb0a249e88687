import type { IncomingMessage } from "node:http";

/** What a body that nobody wants may go on for before its sender is cut off. */
const PATIENCE_BYTES = 16_777_216;

/**
 * The whole body; undefined as soon as it is known to have more than `limit` bytes: then the rest is yet to be read, or to
 * be discarded. Rejects with `request.errored` if its sender leaves in the middle of it.
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  if (Number(request.headers["content-length"] ?? 0) > limit) return undefined;
  const pieces: Buffer[] = [];
  let bytes = 0;
  // To leave the loop must not close the connection: there is an answer to be sent.
  for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > limit) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** Reads on what nobody wants, and calls `done` when there is no more: many a client reads nothing before it has sent all. */
export function discard(request: IncomingMessage, done = () => {}): void {
  let bytes = 0;
  request.on("data", (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > PATIENCE_BYTES) request.destroy();
  });
  request.on("error", () => {}); // It has left.
  request.once("close", done);
  request.resume();
}
