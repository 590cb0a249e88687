import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { discard, explainRefusals, show } from "@pattern-labs/demo/service";
import { STREAM_HEADERS } from "./event-stream.ts";
import type { Hub } from "./hub.ts";
import { Problem, sendProblem } from "./problem.ts";
import type { HubLog } from "./recent.ts";
import { type Publication, readPublication, readWish } from "./requests.ts";
import { isSystemError } from "./system-error.ts";

/** What is told of a message that was taken. */
export interface Posted {
  /** Of the event: its place in the log. */
  readonly id: string;
}

export interface HubServerOptions {
  readonly hub: Hub<HubLog>;
  /** Bytes that a body may have. */
  readonly bodyLimit: number;
  /** Where what is posted goes. What fails with a Problem is refused. */
  readonly publish: (publication: Publication) => Posted | Promise<Posted>;
  /** Something failed that no client is to blame for. */
  readonly onFault?: ((error: unknown) => void) | undefined;
}

/** What a listener may take to read the rest before it is cut off. */
const PATIENCE_MS = 1_000;

const page = readFileSync(new URL("./page.html", import.meta.url));

/**
 * - `GET /` a page to try it
 * - `GET /events?pattern=orders.*&pattern=…` server-sent events; without a pattern, all of them
 * - `POST /publish` with `{"topic": "orders.created", "payload": …}`
 * - `GET /status` the figures
 *
 * HEAD is GET without the body. What is refused is answered with problem details (RFC 9457).
 */
export class HubServer implements AsyncDisposable {
  readonly url: URL;
  readonly #server: Server;
  readonly #options: HubServerOptions;

  /** `server` listens already, and has answered nothing yet. */
  constructor(server: Server, options: HubServerOptions) {
    this.#server = server;
    this.#options = options;
    this.url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    explainRefusals(server);
    server.on("request", (request, response) => {
      this.#serve(request, response).catch((error) => this.#refuse(request, response, error));
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { hub, bodyLimit, publish } = this.#options;
    const url = routed(request, this.url);
    switch (url.pathname as Path) {
      case "/":
        return sendPage(response);
      case "/events":
        if (request.method === "HEAD") return void response.writeHead(200, STREAM_HEADERS).end();
        return await hub.stream(response, readWish(url, request));
      case "/status":
        return sendJson(response, 200, hub.figures());
      case "/publish":
        return sendJson(response, 200, await publish(await readPublication(request, bodyLimit)));
    }
  }

  #refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    if (error instanceof Problem) {
      sendProblem(response, error);
      if (error.status === 413) discard(request);
      return;
    }
    if (error === request.errored) return; // It has left in the middle of its body.
    this.#options.onFault?.(error);
    if (response.headersSent) response.destroy();
    else if (isSystemError(error))
      sendProblem(
        response,
        new Problem(507, [{ field: "log", rule: `cannot be written: ${error.message}` }]),
      );
    else sendProblem(response, new Problem(500, [{ field: "hub", rule: "has failed" }]));
  }

  /** Ends all streams; whoever does not read even that is cut off. */
  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#options.hub.end();
    const cut = setTimeout(() => this.#server.closeAllConnections(), PATIENCE_MS);
    await closed;
    clearTimeout(cut);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.close();
  }
}

const READ: readonly string[] = ["GET", "HEAD"];
const METHODS = { "/": READ, "/events": READ, "/publish": ["POST"] as readonly string[], "/status": READ };
type Path = keyof typeof METHODS;

/** The address that was asked for. @throws {Problem} If there is none such. */
function routed({ url: target = "", method = "" }: IncomingMessage, base: URL): URL {
  const url = URL.parse(target, base);
  if (url === null || !(url.pathname in METHODS)) {
    const rule = `must be one of ${Object.keys(METHODS).join(", ")}`;
    throw new Problem(404, [{ field: "path", rule, got: show(target) }]);
  }
  const allowed = METHODS[url.pathname as Path];
  if (!allowed.includes(method)) {
    const rule = `must be ${allowed.join(" or ")}`;
    throw new Problem(405, [{ field: "method", rule, got: method }], { Allow: allowed.join(", ") });
  }
  return url;
}

function sendPage(response: ServerResponse): void {
  response.writeHead(200, {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'self' 'unsafe-inline'; img-src data:",
  });
  response.end(page);
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(`${JSON.stringify(body)}\n`);
}
