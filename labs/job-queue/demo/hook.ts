import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Of the keys that come for the first time each such one is told that the hook is busy. */
const BUSY_EVERY = 20;
/** And of these it does what it is asked, and its answer is lost. */
const LOST_EVERY = 30;

/** What the service calls: it lives as long as the demo, and does what it is asked once for each idempotency key. */
export class Hook implements AsyncDisposable {
  readonly origin: string;
  /** Requests, whatever came of them. */
  calls = 0;
  busy = 0;
  lost = 0;
  /** What it was asked for again after it had done it. */
  repeated = 0;
  /** The keys for which it has done something. */
  readonly done = new Set<string>();
  readonly #seen = new Set<string>();
  readonly #server: ReturnType<typeof createServer>;

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
    this.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (request, response) => this.#answer(request, response));
  }

  static async open(): Promise<Hook> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Hook(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    this.calls += 1;
    const key = String(request.headers["idempotency-key"]);
    const isFirst = !this.#seen.has(key);
    this.#seen.add(key);
    if (isFirst && this.#seen.size % BUSY_EVERY === 0) {
      this.busy += 1;
      response.writeHead(503).end();
      return;
    }
    if (this.done.has(key)) this.repeated += 1;
    this.done.add(key);
    if (isFirst && this.#seen.size % LOST_EVERY === 1) {
      this.lost += 1;
      response.destroy();
      return;
    }
    response.writeHead(200).end();
  }
}
