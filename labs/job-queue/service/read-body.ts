import type { IncomingMessage } from "node:http";
import { Problem, refuse, show } from "./problem.ts";

/** What a body that is too large may go on for before its sender is cut off. */
const PATIENCE_BYTES = 16_777_216;

/** @throws {Problem} 400 if it is not JSON, 413 if it has more than `limit` bytes, 415 if it says to be something else. */
export async function readJson(request: IncomingMessage, limit: number): Promise<unknown> {
  const { "content-type": type, "content-encoding": encoding = "identity" } = request.headers;
  if (type !== undefined && !/^application\/(\S+\+)?json\s*(;|$)/i.test(type)) {
    const rule = "must be application/json";
    throw refuse([{ field: "Content-Type", rule, got: show(type) }], { status: 415, kind: "no-json" });
  }
  if (encoding !== "identity") {
    const rule = "must be left out: the body must come as it is";
    throw refuse([{ field: "Content-Encoding", rule, got: show(encoding) }], {
      status: 415,
      kind: "no-json",
    });
  }
  const bytes = await readBody(request, limit);
  try {
    return JSON.parse(UTF_8.decode(bytes));
  } catch (error) {
    const why = error instanceof SyntaxError ? error.message : "its bytes are no UTF-8";
    throw refuse([{ field: "body", rule: `must be JSON: ${why}` }], { status: 400, kind: "no-json" });
  }
}

const UTF_8 = new TextDecoder("utf-8", { fatal: true });

async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  if (Number(request.headers["content-length"] ?? 0) > limit) throw tooLarge(limit);
  const pieces: Buffer[] = [];
  let bytes = 0;
  // To leave the loop must not close the connection: there is an answer to be sent.
  for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > limit) throw tooLarge(limit);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function tooLarge(limit: number): Problem {
  const errors = [{ field: "body", rule: `must have at most ${limit} bytes` }];
  return new Problem(413, "body-too-large", {
    detail: `the body must have at most ${limit} bytes`,
    errors,
    headers: { Connection: "close" },
  });
}

/** Reads on what nobody wants, and calls `done` when there is no more: many a client reads nothing before it has sent all. */
export function discard(request: IncomingMessage, done: () => void): void {
  let bytes = 0;
  request.on("data", (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > PATIENCE_BYTES) request.destroy();
  });
  request.on("error", () => {}); // It has left.
  request.once("close", done);
  request.resume();
}
