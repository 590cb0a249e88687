import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { discard, listen } from "@pattern-labs/demo/service";
import type { Lab } from "../contract.ts";
import { readEvent } from "../given/event.ts";
import { BodyTooLargeError, linesOf } from "../given/lines.ts";
import type { ServicePolicy } from "../given/policies.ts";
import type { Write } from "../given/sink.ts";
import { createUnbounded } from "../given/unbounded.ts";
import { type Entry, Intake, wallNow } from "./intake.ts";
import { Receipt } from "./receipt.ts";

export interface IngestOptions {
  readonly policy: ServicePolicy;
  /** The answer: its buffer and its admission. */
  readonly lab: Pick<Lab, "createBuffer" | "createAdmission">;
  readonly connections: readonly Write[];
  /** Events that may be buffered. */
  readonly limit: number;
  /** Requests that may be in flight, with the policy `shed`. One place of them is kept for high priority. */
  readonly inFlight: number;
  /** Bytes that a body may have. */
  readonly bodyLimit: number;
  /** Default: any port that is free. */
  readonly port?: number | undefined;
  readonly onWritten?: ((entry: Entry) => void) | undefined;
  /** The answer failed in a way that its contract does not know. */
  readonly onFault?: ((error: unknown) => void) | undefined;
}

type Ingest = (
  request: IncomingMessage,
  response: ServerResponse,
  context: { readonly signal: AbortSignal },
) => Promise<void>;

/**
 * `POST /events`, before a slow store.
 *
 * Each event goes into the buffer as its line arrives, and the answer comes when all lines have been read: accepted is
 * not yet written. Where the buffer makes an event wait, nothing more of the body is read until it has its place; the
 * connection fills up, and the sender waits, too.
 */
export class IngestService implements AsyncDisposable {
  readonly intake: Intake;
  /** Requests that were turned away, unread. */
  shed = 0;
  readonly #options: IngestOptions;
  readonly #server = createServer();
  readonly #sockets = new Set<Socket>();
  #begun = 0;

  constructor(options: IngestOptions) {
    this.#options = options;
    const { connections, onWritten = () => {}, onFault = () => {} } = options;
    this.intake = new Intake({
      open: (onDrop) => openBuffer(options, onDrop),
      connections,
      onWritten,
      onFault,
    });
    this.#server.on("request", this.#listener());
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  /** Begins to listen, and gives the address. @throws {UsageError} If the port cannot be had. */
  async listen(): Promise<URL> {
    return new URL("/events", await listen(this.#server, { port: this.#options.port ?? 0 }));
  }

  /** Hangs up on everybody, and writes what is buffered; unless it is `abandon`ed, then that stays where it is. */
  async close({ abandon = false } = {}): Promise<void> {
    if (abandon) this.intake.leaveTheRest();
    this.#server.close();
    // First everybody has to be gone, so that who waits for a place is cancelled, and not refused.
    await Promise.all([...this.#sockets].map(hangUp));
    await this.intake.drain();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close({ abandon: true });
  }

  #listener(): RequestListener {
    const { policy, lab, inFlight, onFault = () => {} } = this.#options;
    const guarded =
      policy === "shed"
        ? lab.createAdmission({ limit: inFlight, keptForHigh: 1 }).guard(this.#ingest)
        : whileConnected(this.#ingest);
    return (request, response) => {
      if (!isPost(request, response)) return;
      const before = this.#begun;
      const fail = (error: unknown) => {
        onFault(error);
        if (!response.headersSent) answer(response, 500, { problem: "the service has failed" });
      };
      // A promise even if it throws at once, as an admission that is half done may.
      new Promise((resolve) => resolve(guarded(request, response))).catch(fail);
      if (this.#begun === before) this.shed += 1;
    };
  }

  readonly #ingest: Ingest = async (request, response, { signal }) => {
    this.#begun += 1;
    const receipt = new Receipt();
    const isShed = this.#options.policy === "shed";
    try {
      await this.#readInto(receipt, request, signal);
    } catch (error) {
      if (!signal.aborted && !isCutOff(error)) throw error;
    }
    // Its place stands for the work that it makes, and that is not done before the events are written.
    if (isShed) await receipt.settled();
    if (signal.aborted || response.destroyed) return;
    const { status } = receipt;
    if (status === 413) discard(request);
    answer(response, status, receipt, status === 503 ? { "Retry-After": "1" } : {});
  };

  async #readInto(receipt: Receipt, request: IncomingMessage, signal: AbortSignal): Promise<void> {
    const arrived = wallNow();
    // To leave the loop must not close the connection: there is an answer to be sent.
    const body = request.iterator({ destroyOnReturn: false });
    try {
      for await (const line of linesOf(body, this.#options.bodyLimit)) {
        const event = readEvent(line);
        if (event === undefined) continue;
        if ("problem" in event) receipt.reject(line.number, event.problem);
        else await this.intake.offer({ event, at: event.at ?? arrived, receipt }, line.number, signal);
      }
    } catch (error) {
      if (!(error instanceof BodyTooLargeError)) throw error;
      receipt.tooLarge = error.message;
    }
  }
}

/** Resolves when it is closed, be it by an error: `events.once` would reject with that. */
function hangUp(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once("close", () => resolve());
    socket.destroy();
  });
}

function openBuffer({ policy, lab, limit }: IngestOptions, onDrop: (entry: Entry) => void) {
  if (policy === "naive") return createUnbounded<Entry>();
  return lab.createBuffer<Entry>({ limit, policy: policy === "shed" ? "block" : policy, onDrop });
}

/** What `guard` does without a limit: lets everybody in, and tells when the client leaves. */
function whileConnected(ingest: Ingest) {
  return async (request: IncomingMessage, response: ServerResponse) => {
    const controller = new AbortController();
    const leave = () => {
      if (!response.writableFinished) controller.abort(new Error("the client has left"));
    };
    response.on("close", leave);
    try {
      await ingest(request, response, controller);
    } finally {
      response.off("close", leave);
    }
  };
}

/** The connection ended before the body did. */
function isCutOff(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ECONNRESET";
}

function isPost({ method, url }: IncomingMessage, response: ServerResponse): boolean {
  const found = url === "/events";
  if (found && method === "POST") return true;
  const problem = "there is only POST /events";
  answer(response, found ? 405 : 404, { problem }, found ? { Allow: "POST" } : {});
  return false;
}

function answer(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "Content-Type": "application/json", ...headers });
  response.end(`${JSON.stringify(body)}\n`);
}
