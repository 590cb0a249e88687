import type { IncomingMessage } from "node:http";
import { readBody, show } from "@pattern-labs/demo/service";
import { Problem, refuse } from "./problem.ts";

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
  if (bytes === undefined) throw tooLarge(limit);
  try {
    return JSON.parse(UTF_8.decode(bytes));
  } catch (error) {
    const why = error instanceof SyntaxError ? error.message : "its bytes are no UTF-8";
    throw refuse([{ field: "body", rule: `must be JSON: ${why}` }], { status: 400, kind: "no-json" });
  }
}

const UTF_8 = new TextDecoder("utf-8", { fatal: true });

function tooLarge(limit: number): Problem {
  const errors = [{ field: "body", rule: `must have at most ${limit} bytes` }];
  return new Problem(413, "body-too-large", {
    detail: `the body must have at most ${limit} bytes`,
    errors,
    headers: { Connection: "close" },
  });
}
