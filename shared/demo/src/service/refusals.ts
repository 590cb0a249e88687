import { type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { writeReply } from "./exchange.ts";
import { HttpProblem } from "./problem.ts";

/** What Node says of a request that it could not read. All else is malformed. */
const STATUS_OF: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_HEADER_OVERFLOW: 431,
};

/**
 * Gives problem details with what Node refuses by itself, before the service hears of a request: one that it cannot read,
 * one with an expectation that nobody knows, a CONNECT. One without a Host stays a bare 400.
 */
export function explainRefusals(server: Server): void {
  const latest = new WeakMap<Socket, ServerResponse>();
  server.prependListener("request", (request, response) => void latest.set(request.socket, response));
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    const status = STATUS_OF[error.code ?? ""] ?? 400;
    // In the middle of an answer there is no place for another.
    const isAnswering = latest.get(socket)?.headersSent === true && !latest.get(socket)?.writableFinished;
    if (isAnswering || !socket.writable || error.code === "ECONNRESET") return void socket.destroy(error);
    refuse(socket, problem(status, error.message));
  });
  server.on("connect", (_request, socket: Socket) => refuse(socket, problem(501, "this is no proxy")));
  server.on("checkExpectation", (_request, response) => {
    const refusal = problem(417, "the only expectation that is met is 100-continue");
    const headers = { "Content-Type": "application/problem+json" };
    writeReply(response, { status: refusal.status, headers, body: refusal.body() });
    response.end();
  });
}

const problem = (status: number, detail: string) =>
  new HttpProblem({ status, type: "about:blank", title: STATUS_CODES[status] ?? "", detail });

/** Where there is no response to write to. */
function refuse(socket: Socket, refusal: HttpProblem): void {
  const body = `${JSON.stringify(refusal.body())}\n`;
  const head = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`,
    `Date: ${new Date().toUTCString()}`,
    "Content-Type: application/problem+json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Cache-Control: no-store",
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}
