import { randomUUID } from "node:crypto";
import { type IncomingHttpHeaders, type ServerResponse, STATUS_CODES } from "node:http";

export interface Reply {
  readonly status: number;
  /** A text is sent as it is, everything else as JSON. */
  readonly body: string | object;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** All of the answer but its end. */
export function writeReply(response: ServerResponse, { status, headers = {}, body }: Reply): void {
  const isText = typeof body === "string";
  const text = isText ? body : `${JSON.stringify(body)}\n`;
  response.writeHead(status, STATUS_CODES[status] ?? String(status), {
    "Content-Type": isText ? "text/plain; charset=utf-8" : "application/json",
    "Content-Length": Buffer.byteLength(text),
    "Cache-Control": "no-store",
    ...headers,
  });
  response.write(text);
}

/** The client's own, where it has sent one that can stand in a log: then its log and this one tell of the same. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const given = headers["x-request-id"];
  return typeof given === "string" && /^[\w.:/+=-]{1,128}$/.test(given) ? given : randomUUID();
}
