import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** What a service does with a request. "slow" is well, and takes its time; the others are what there is to suffer. */
export const BEHAVIOURS = [
  "well",
  "slow",
  "stalled",
  "half stalled",
  "failing",
  "reset",
  "cut short",
  "no JSON",
  "no object",
  "too much",
] as const;

export type Behaviour = (typeof BEHAVIOURS)[number];

/** What it did with one request: whoever asked can be checked against it. */
export interface Served {
  readonly service: string;
  readonly requestId: string | undefined;
  /** How long it was told to have. */
  readonly timeoutMs: number;
  readonly did: Behaviour;
  /** In its answer, if it gives one. */
  readonly nonce: string;
  /** "sent" when all of it was handed to the system, "cut" if whoever asked went before; "open" until then. */
  end: "sent" | "cut" | "open";
}

export interface DownstreamOptions {
  readonly name: string;
  readonly latencyMs: number;
  readonly slowMs: number;
  /** Told of each request, as it comes. */
  readonly onServed?: ((served: Served) => void) | undefined;
}

/** More than anybody wants to read. */
const TOO_MUCH = "x".repeat(2 * 1_048_576);

/** A service that is asked: a real server on loopback, on a port that the system chooses. What it does can be switched. */
export class Downstream implements AsyncDisposable {
  readonly name: string;
  /** How it treats the next request. */
  behave: () => Behaviour = () => "well";
  /** Requests that have come and are not over. */
  underWay = 0;
  asked = 0;
  /** Connections that have come. */
  connected = 0;
  readonly #options: DownstreamOptions;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(options: DownstreamOptions) {
    this.name = options.name;
    this.#options = options;
    // It closes no connection by itself: a call that came just then would have failed, and nobody here would know of it.
    this.#server = createServer(
      { keepAliveTimeout: 0, headersTimeout: 0, requestTimeout: 0 },
      (request, response) => this.#serve(request, response),
    );
    this.#server.on("connection", (socket) => {
      this.connected += 1;
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  static async start(options: DownstreamOptions): Promise<Downstream> {
    const downstream = new Downstream(options);
    downstream.#server.listen(0, "127.0.0.1");
    await once(downstream.#server, "listening");
    return downstream;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** Connections that are open. */
  get sockets(): number {
    return this.#sockets.size;
  }

  /** Does not wait for requests that are under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #serve({ headers }: IncomingMessage, response: ServerResponse): void {
    this.underWay += 1;
    this.asked += 1;
    const requestId = headers["x-request-id"];
    const served: Served = {
      service: this.name,
      requestId: typeof requestId === "string" ? requestId : undefined,
      timeoutMs: Number(headers["x-timeout-ms"]),
      did: this.behave(),
      nonce: `${this.name}#${this.asked}`,
      end: "open",
    };
    response.once("close", () => {
      this.underWay -= 1;
      served.end = response.writableFinished ? "sent" : "cut";
    });
    this.#options.onServed?.(served);
    const { latencyMs, slowMs } = this.#options;
    const timer = setTimeout(() => act(served, response), served.did === "slow" ? slowMs : latencyMs);
    response.once("close", () => clearTimeout(timer));
  }
}

function act({ did, service, nonce, requestId }: Served, response: ServerResponse): void {
  const whole = JSON.stringify({ service, nonce, requestId });
  const half = whole.slice(0, whole.length / 2);
  response.setHeader("Content-Type", "application/json");
  if (did === "well" || did === "slow") response.end(whole);
  else if (did === "half stalled") response.write(half);
  else if (did === "failing") response.writeHead(503).end(JSON.stringify({ problem: "not today" }));
  else if (did === "reset") response.socket?.resetAndDestroy();
  else if (did === "cut short") {
    response.writeHead(200, { "Content-Length": whole.length });
    response.write(half, () => response.destroy());
  } else if (did === "no JSON") response.end("<html>");
  else if (did === "no object") response.end(`["${nonce}"]`);
  else if (did === "too much") response.end(JSON.stringify({ service, nonce, TOO_MUCH }));
  // "stalled" does nothing.
}
