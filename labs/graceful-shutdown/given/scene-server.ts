import type { HttpResponse, HttpServer, RequestListener } from "../contract.ts";

/** "lost": the request was sent, and no answer came. */
export type Fate = "answered" | "lost";

/** How long a request is on its way. */
const ON_ITS_WAY_MS = 2;

/** An HTTP server for the playground, which behaves as the one of Node does, without a network. */
export class SceneServer implements HttpServer {
  readonly #connections = new Set<SceneConnection>();
  #listeners: RequestListener[] = [];
  #isListening = true;
  #done: (() => void) | undefined;

  get connections(): number {
    return this.#connections.size;
  }

  connect(): SceneConnection | undefined {
    if (!this.#isListening) return undefined;
    const connection = new SceneConnection(
      (response) => this.#receive(response),
      () => this.#forget(connection),
    );
    this.#connections.add(connection);
    return connection;
  }

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
    this.#isListening = false;
    this.#done = done;
    this.closeIdleConnections();
    this.#settle();
    return this;
  }

  closeIdleConnections(): void {
    for (const connection of [...this.#connections]) if (connection.isIdle) connection.end();
  }

  closeAllConnections(): void {
    for (const connection of [...this.#connections]) connection.end();
  }

  getConnections(done: (error: Error | null, count: number) => void): this {
    const { size } = this.#connections;
    setTimeout(() => done(null, size));
    return this;
  }

  #receive(response: SceneResponse): void {
    for (const listener of [...this.#listeners]) listener({}, response);
  }

  #forget(connection: SceneConnection): void {
    this.#connections.delete(connection);
    this.#settle();
  }

  #settle(): void {
    const done = this.#done;
    if (done === undefined || this.#connections.size > 0) return;
    this.#done = undefined;
    setTimeout(done);
  }
}

/** One at a time goes over it. */
export class SceneConnection {
  readonly #receive: (response: SceneResponse) => void;
  readonly #gone: () => void;
  #response: SceneResponse | undefined;
  #isOpen = true;

  constructor(receive: (response: SceneResponse) => void, gone: () => void) {
    this.#receive = receive;
    this.#gone = gone;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get isIdle(): boolean {
    return this.#response === undefined;
  }

  /** Sends a request; `onTaken` is called with its answer-to-be when the server reads it. Never rejects. */
  async request(onTaken: (response: SceneResponse) => void): Promise<Fate> {
    await new Promise<void>((resolve) => setTimeout(resolve, ON_ITS_WAY_MS));
    if (!this.#isOpen) return "lost";
    const response = new SceneResponse();
    this.#response = response;
    onTaken(response);
    this.#receive(response);
    const fate = await response.fate;
    this.#response = undefined;
    if (response.saysClose) this.end();
    return fate;
  }

  end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#response?.settle("lost");
    this.#gone();
  }
}

export class SceneResponse implements HttpResponse {
  readonly #settled = Promise.withResolvers<Fate>();
  #saysClose = false;

  get saysClose(): boolean {
    return this.#saysClose;
  }

  get fate(): Promise<Fate> {
    return this.#settled.promise;
  }

  setHeader(name: string, value: string): this {
    if (`${name}: ${value}`.toLowerCase() === "connection: close") this.#saysClose = true;
    return this;
  }

  settle(fate: Fate): void {
    this.#settled.resolve(fate);
  }
}
