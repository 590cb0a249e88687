import type { Sim } from "@pattern-labs/testkit";
import type { HttpResponse, HttpServer, RequestListener } from "../contract.ts";

/** What a client sees of its request. "reset": the connection had gone before the request was read. */
export type Answer = "answered" | "cut" | "reset";

/** What a handler does: `send` sends head and body, and ends the answer. */
export type Handle = (send: () => void) => void;

/** An HTTP server without a network, which behaves as the one of Node 26 does. */
export class FakeServer implements HttpServer {
  listening = true;
  /** How many requests were read, and what became of them. */
  readonly counts = { accepted: 0, answered: 0, cut: 0 };
  /** What was called, in its order, and how many connections were open then. */
  readonly calls: string[] = [];
  readonly connections = new Set<FakeConnection>();
  readonly #sim: Sim;
  #listeners: RequestListener[] = [];
  #done: ((error?: Error) => void) | undefined;
  #opened = 0;

  constructor(sim: Sim) {
    this.#sim = sim;
    this.on("request", (_, response) => (response as FakeResponse).handle()); // The service's own.
  }

  get ownListeners(): number {
    return this.#listeners.length - 1;
  }

  /** A client opens a connection; undefined if it is refused. */
  connect(name = `connection ${this.#opened + 1}`): FakeConnection | undefined {
    if (!this.listening) return undefined;
    this.#opened += 1;
    const connection = new FakeConnection(this, this.#sim, name);
    this.connections.add(connection);
    return connection;
  }

  receive(response: FakeResponse): void {
    this.counts.accepted += 1;
    for (const listener of [...this.#listeners]) listener({}, response);
  }

  forget(connection: FakeConnection): void {
    this.connections.delete(connection);
    this.#settle();
  }

  // What the answer under test calls

  on(_event: "request", listener: RequestListener): this {
    this.#listeners = [...this.#listeners, listener];
    return this;
  }

  prependListener(_event: "request", listener: RequestListener): this {
    this.#listeners = [listener, ...this.#listeners];
    return this;
  }

  off(_event: "request", listener: RequestListener): this {
    this.#listeners = this.#listeners.filter((each) => each !== listener);
    return this;
  }

  close(done: (error?: Error) => void): this {
    this.calls.push("close");
    this.#sim.recorder.mark("no new connections", "stop");
    if (!this.listening) {
      setImmediate(() => done(new Error("Server is not running")));
      return this;
    }
    this.listening = false;
    this.#done = done;
    this.closeIdleConnections();
    this.#settle();
    return this;
  }

  closeIdleConnections(): void {
    for (const connection of [...this.connections]) if (connection.isIdle) connection.end();
  }

  closeAllConnections(): void {
    this.calls.push(`cut ${this.connections.size}`);
    for (const connection of [...this.connections]) if (!connection.isUpgraded) connection.end();
  }

  getConnections(done: (error: Error | null, count: number) => void): this {
    const { size } = this.connections;
    setImmediate(() => done(null, size));
    return this;
  }

  #settle(): void {
    if (this.listening || this.connections.size > 0 || this.#done === undefined) return;
    const done = this.#done;
    this.#done = undefined;
    setImmediate(() => done());
  }
}

export class FakeConnection {
  readonly name: string;
  /** Undefined while it is open. */
  closedAt: number | undefined;
  readonly #server: FakeServer;
  readonly #sim: Sim;
  #current: FakeResponse | undefined;
  #isUpgraded = false;

  constructor(server: FakeServer, sim: Sim, name: string) {
    this.#server = server;
    this.#sim = sim;
    this.name = name;
  }

  get isOpen(): boolean {
    return this.closedAt === undefined;
  }

  get isIdle(): boolean {
    return this.#current === undefined && !this.#isUpgraded;
  }

  get isUpgraded(): boolean {
    return this.#isUpgraded;
  }

  /** It is taken over, by a WebSocket say. The server still counts it, and has no other power over it. */
  upgrade(): void {
    this.#isUpgraded = true;
  }

  /** Sends one request, and waits for what becomes of it. One at a time. */
  async request(handle: Handle): Promise<{ readonly answer: Answer; readonly saysClose: boolean }> {
    if (!this.isOpen) return { answer: "reset", saysClose: false };
    const { recorder } = this.#sim;
    const span = recorder.begin("requests", "running", this.name);
    const response = new FakeResponse(handle);
    this.#current = response;
    response.done.promise.then((answer) => {
      this.#current = undefined;
      this.#server.counts[answer] += 1;
      recorder.end(span, answer === "answered" ? "ok" : "cancelled");
      if (response.saysClose || answer === "cut") this.end();
    });
    this.#server.receive(response);
    const answer = await response.done.promise;
    return { answer, saysClose: response.saysClose };
  }

  /** The server closes it, or the client does. */
  end(): void {
    if (!this.isOpen) return;
    this.closedAt = this.#sim.now();
    this.#current?.done.resolve("cut");
    this.#server.forget(this);
  }
}

export class FakeResponse implements HttpResponse {
  readonly done = Promise.withResolvers<"answered" | "cut">();
  readonly #handle: Handle;
  #headers = new Map<string, string>();
  #isSent = false;

  constructor(handle: Handle) {
    this.#handle = handle;
  }

  get saysClose(): boolean {
    return this.#headers.get("connection")?.toLowerCase() === "close";
  }

  handle(): void {
    this.#handle(() => {
      this.#isSent = true;
      this.done.resolve("answered");
    });
  }

  setHeader(name: string, value: string): this {
    if (this.#isSent) {
      const error = new Error("Cannot set headers after they are sent to the client");
      throw Object.assign(error, { code: "ERR_HTTP_HEADERS_SENT" });
    }
    this.#headers.set(name.toLowerCase(), value);
    return this;
  }
}
