import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { explainRefusals, requestIdOf, writeReply } from "@pattern-labs/demo/service";
import type { Logger } from "pino";
import type { Gateway } from "../contract.ts";
import type { Metrics } from "./metrics.ts";
import { Problem } from "./problem.ts";
import type { Quota } from "./quota.ts";
import { withRequestId } from "./request-context.ts";
import { findRoute } from "./routes.ts";

export interface GatewayServiceOptions {
  readonly gateway: Gateway;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Left out: nobody has a quota. */
  readonly quota?: Quota | undefined;
}

/** How long a client may take to send a request. */
const REQUEST_TIMEOUT_MS = 30_000;

/** The HTTP side of a gateway: see [README.md](README.md) for the endpoints. What is refused is told in problem details. */
export class GatewayService {
  readonly server: Server;
  /** Whether it wants to be sent requests; it answers them in any case. */
  isReady = false;
  readonly #options: GatewayServiceOptions;

  constructor(options: GatewayServiceOptions) {
    this.#options = options;
    this.server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS });
    explainRefusals(this.server);
    this.server.on("request", (request, response) => {
      const requestId = requestIdOf(request.headers);
      void withRequestId(requestId, () => this.#serve(request, response, requestId));
    });
  }

  /** Never rejects. */
  async #serve(request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void> {
    const began = performance.now();
    const log = this.#options.log.child({ requestId });
    const { method = "", url: target = "" } = request;
    const { route, url } = findRoute(method, target);
    const client = new AbortController();
    response.setHeader("X-Request-Id", requestId);
    response.once("close", () => {
      const { statusCode, writableFinished: isAnswered } = response;
      if (!isAnswered) this.#gone(client);
      const status = isAnswered ? statusCode : "none";
      const ms = performance.now() - began;
      this.#options.metrics.requestSeconds.observe({ route: route.name, status }, ms / 1_000);
      log[route.isProbe ? "debug" : "info"]({ method, target, status, ms: Math.round(ms) }, "request");
    });
    request.resume(); // Nobody reads a body here; what is not read would hold the connection up.
    try {
      const { isReady } = this;
      const asked = { ...this.#options, request, method, target, url, isReady, log, client: client.signal };
      writeReply(response, await route.reply(asked));
    } catch (error) {
      if (client.signal.aborted) return; // Nobody is there to be told.
      const problem = error instanceof Problem ? error : new Problem("failed", { detail: "see the log" });
      if (problem.status === 500) log.error({ err: error }, "request failed");
      if (response.headersSent) return void response.destroy();
      const headers = { ...problem.headers, "Content-Type": "application/problem+json" };
      writeReply(response, { status: problem.status, headers, body: problem.body(requestId) });
    }
    response.end();
  }

  /** In the turn in which its connection is seen to be closed, the client's calls are told. */
  #gone(client: AbortController): void {
    this.#options.metrics.clientsGone.inc();
    client.abort(new Error("The client has gone"));
  }
}
