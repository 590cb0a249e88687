import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { discard, explainRefusals, type Reply, requestIdOf, writeReply } from "@pattern-labs/demo/service";
import type { Logger } from "pino";
import type { Health } from "./health.ts";
import type { Jobs } from "./jobs.ts";
import type { Metrics } from "./metrics.ts";
import { Problem } from "./problem.ts";
import type { ServiceQueue } from "./queue.ts";
import { allowedFor, findRoute, type Route } from "./routes.ts";
import { problemOf } from "./store-problem.ts";

export interface JobServiceOptions {
  readonly jobs: Jobs;
  readonly queue: ServiceQueue;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly log: Logger;
  /** Bytes that a body may have. */
  readonly bodyLimit: number;
}

/** How long a client may take to send a request. */
const REQUEST_TIMEOUT_MS = 30_000;

/**
 * The HTTP side: see [README.md](README.md) for the endpoints. Whatever is refused is answered with problem details, and
 * what is acknowledged is stored.
 */
export class JobService {
  readonly server: Server;
  /** Whether it wants to be sent requests, as far as it is up to itself; it answers them in any case. */
  isReady = false;
  readonly #options: JobServiceOptions;

  constructor(options: JobServiceOptions) {
    this.#options = options;
    this.server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS });
    explainRefusals(this.server);
    this.server.on("request", (request, response) => void this.#serve(request, response));
  }

  /** Never rejects. */
  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const began = performance.now();
    const requestId = requestIdOf(request.headers);
    const log = this.#options.log.child({ requestId });
    const { method = "", url: target = "" } = request;
    const url = URL.parse(target, "http://localhost");
    const found = url === null ? undefined : findRoute(method, url.pathname);
    response.setHeader("X-Request-Id", requestId);
    response.once("close", () => {
      const ms = performance.now() - began;
      const { statusCode: status, writableFinished: isAnswered } = response;
      const labels = { route: found?.route.name ?? "none", status };
      this.#options.metrics.requestSeconds.observe(labels, ms / 1_000);
      const level = found?.route.isProbe === true ? "debug" : "info";
      log[level]({ method, target, status, isAnswered, ms: Math.round(ms) }, "request");
    });
    try {
      if (url === null || found === undefined) throw noRoute(method, target, url);
      writeReply(response, await this.#reply(found, { request, url, requestId }));
      response.end();
    } catch (error) {
      this.#refuse(error, { request, response, requestId, log });
    }
  }

  async #reply(
    { route, id }: { readonly route: Route; readonly id: string },
    { request, url, requestId }: { request: IncomingMessage; url: URL; requestId: string },
  ): Promise<Reply> {
    const { isReady } = this;
    return await route.reply({ ...this.#options, request, url, requestId, id, isReady });
  }

  #refuse(error: unknown, { request, response, requestId, log }: Refused): void {
    const { health } = this.#options;
    if (request.errored !== null && error === request.errored) return; // It has left in the middle of its body.
    const problem = error instanceof Problem ? error : problemOf(error);
    if (problem.status >= 500) health.failed(error, "request failed", log);
    if (response.headersSent) return void response.destroy();
    writeReply(response, {
      status: problem.status,
      headers: { ...problem.headers, "Content-Type": "application/problem+json" },
      body: problem.body(requestId),
    });
    // The connection closes with the end of the answer: a client that still sends would not get to read it.
    if (request.complete) response.end();
    else discard(request, () => response.end());
  }
}

interface Refused {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly log: Logger;
}

function noRoute(method: string, target: string, url: URL | null): Problem {
  const allowed = url === null ? [] : allowedFor(url.pathname);
  if (allowed.length === 0) {
    return new Problem(404, "not-found", { detail: `there is no ${target.slice(0, 80)}` });
  }
  const detail = `the method must be ${allowed.join(" or ")}, got ${method}`;
  const errors = [{ field: "method", rule: `must be ${allowed.join(" or ")}`, got: method }];
  return new Problem(405, "method-not-allowed", { detail, errors, headers: { Allow: allowed.join(", ") } });
}
