import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { sleep } from "@pattern-labs/primitives/sleep";
import { z } from "zod";
import type { JobStore } from "../given/job-store.ts";

const STREAM_EVERY_MS = 100;
/** The last line of a stream: without it something is missing. */
export const END_OF_STREAM = "end\n";

const jobSchema = z.object({ id: z.int().positive() });
const timeSchema = z.coerce
  .number()
  .min(0)
  .max(2 ** 31 - 1)
  .catch(1_000);

/**
 * The HTTP side of the demo's service.
 *
 * - `GET /healthz`, `GET /readyz`: the probes
 * - `GET /quick`, `GET /slow?ms=1000`: an answer at once, and later
 * - `GET /stream?ms=1000`: a line each 100 ms, and a last one; without `ms` it goes on for ever
 * - `POST /jobs` with `{"id": 7}`: 202 as soon as the job is accepted
 * - `GET /crash`, `GET /crash?how=rejection`: an error a moment later, that nobody catches
 *
 * Each request but the probes is answered 102 Processing the moment that it is taken: so its sender knows that it was.
 */
export class Service {
  readonly server = createServer();
  readonly #store: JobStore;
  #isReady = false;

  constructor(store: JobStore) {
    this.#store = store;
    this.server.on("request", (request, response) => {
      this.#serve(request, response).catch((error: Error) => {
        if (response.headersSent) response.destroy();
        else answer(response, 500, { problem: error.message });
      });
    });
  }

  /** Takes connections from now on. @throws The system's error, such as EADDRINUSE. */
  async listen(port: number): Promise<number> {
    this.server.listen(port, "127.0.0.1");
    await once(this.server, "listening");
    this.#isReady = true;
    return (this.server.address() as AddressInfo).port;
  }

  notReady(): void {
    this.#isReady = false;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    const route = `${request.method} ${pathname}`;
    if (route === "GET /healthz") return answer(response, 200, { status: "alive" });
    if (route === "GET /readyz")
      return this.#isReady
        ? answer(response, 200, { status: "ready" })
        : answer(response, 503, { status: "not ready" });
    response.writeProcessing();
    if (route === "GET /quick") return answer(response, 200, { answer: 42 });
    if (route === "GET /slow")
      return await slow(response, timeSchema.parse(searchParams.get("ms") ?? undefined));
    if (route === "GET /stream") return await stream(response, searchParams.get("ms"));
    if (route === "POST /jobs") return await this.#takeJob(request, response);
    if (route === "GET /crash") return crash(response, searchParams.get("how"));
    answer(response, 404, { problem: `there is no ${route}` });
  }

  async #takeJob(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const job = readJob(await text(request));
    if (job === undefined) return answer(response, 400, { problem: 'the body must be like {"id": 7}' });
    this.#store.accept(job);
    answer(response, 202, { accepted: job });
  }
}

async function slow(response: ServerResponse, ms: number): Promise<void> {
  if (await lasts(ms, response)) answer(response, 200, { tookMs: ms });
}

async function stream(response: ServerResponse, length: string | null): Promise<void> {
  const ms = length === null ? Number.POSITIVE_INFINITY : timeSchema.parse(length);
  response.writeHead(200, { "Content-Type": "text/plain; charset=utf-8" });
  for (let told = 0; told < ms; told += STREAM_EVERY_MS) {
    response.write(`${told} ms\n`);
    if (!(await lasts(Math.min(STREAM_EVERY_MS, ms - told), response))) return;
  }
  response.end(END_OF_STREAM);
}

/** Waits; false if the connection has gone before. */
async function lasts(ms: number, response: ServerResponse): Promise<boolean> {
  const gone = new AbortController();
  const leave = () => gone.abort();
  response.once("close", leave);
  await sleep(ms, gone).catch(() => {});
  response.off("close", leave);
  return !gone.signal.aborted;
}

function crash(response: ServerResponse, how: string | null): void {
  const error = new Error("a bug that nobody has caught");
  setImmediate(() => {
    if (how === "rejection") void Promise.reject(error);
    else throw error;
  });
  answer(response, 202, { crashes: how ?? "uncaught" });
}

function readJob(body: string): number | undefined {
  try {
    return jobSchema.parse(JSON.parse(body)).id;
  } catch {
    return undefined;
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(`${JSON.stringify(body)}\n`);
}
