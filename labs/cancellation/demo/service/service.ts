import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { listen } from "@pattern-labs/demo/service";
import type { Lab, LayerReport, Scope } from "../../contract.ts";
import { ClientLeft, endOf, ShuttingDown } from "../end-of.ts";
import type { Alive } from "./alive.ts";
import type { Ends, Visit } from "./ends.ts";
import { type Log, linesOf } from "./log.ts";
import type { ServicePicture } from "./service-picture.ts";
import type { Statements } from "./statements.ts";

export interface ServiceParts {
  readonly lab: Lab;
  readonly statements: Statements;
  readonly alive: Alive;
  readonly ends: Ends;
  readonly log: Log;
  readonly picture: ServicePicture;
  readonly deadlineMs: number;
  /** The answer failed in a way that its contract does not know. */
  readonly onFault: (error: unknown) => void;
}

/**
 * `GET /statements/<1 to 9>`: each request has a scope, and three can end it. Its client leaves, its deadline comes,
 * the service shuts down; which of them it was, the reason tells, and nothing else is asked.
 */
export class StatementService implements AsyncDisposable {
  readonly #parts: ServiceParts;
  readonly #server = createServer((request, response) => void this.#handle(request, response));
  readonly #sockets = new Set<Socket>();
  readonly #shutdown = new AbortController();
  readonly #underWay = new Set<Promise<void>>();

  constructor(parts: ServiceParts) {
    this.#parts = parts;
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  /** Connections of clients. */
  get sockets(): number {
    return this.#sockets.size;
  }

  /** Begins to listen, and gives the address. @throws {UsageError} If the port cannot be had. */
  async listen(port: number): Promise<URL> {
    return new URL("/statements/", await listen(this.#server, { port }));
  }

  /** Ends every request with the same reason, tells its client, and waits until all is put away. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#parts.picture.shutdown();
    this.#shutdown.abort(new ShuttingDown());
    do {
      await Promise.all(this.#underWay);
      await new Promise((resolve) => setImmediate(resolve)); // Who has just come in is told, too.
    } while (this.#underWay.size > 0);
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const customer = /^\/statements\/([1-9])$/.exec(request.url ?? "")?.[1];
    if (customer === undefined || request.method !== "GET") {
      answer(response, 404, { problem: "there is only GET /statements/<1 to 9>" });
      return;
    }
    const serving = this.#serve(Number(customer), request, response).catch((error) => {
      this.#parts.onFault(error);
      if (!response.headersSent) answer(response, 500, { problem: "the service has failed" });
    });
    this.#underWay.add(serving);
    await serving;
    this.#underWay.delete(serving);
  }

  async #serve(customer: number, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { lab, alive, log, ends, picture, deadlineMs } = this.#parts;
    const requestId = idFrom(request) ?? randomUUID().slice(0, 8);
    using onceLeft = new DisposableStack(); // Declared before the scope, and so disposed of after it.
    onceLeft.defer(alive.requests.enter());
    await using scope = lab.openScope({
      signal: this.#shutdown.signal,
      timeoutMs: deadlineMs,
      values: { requestId },
    });
    const drawn = picture.request(scope, `/statements/${customer}`);
    const lines = linesOf(log, scope);
    const visit = ends.begin(scope);
    onceLeft.defer(() => {
      drawn.end();
      const { end, tookMs, stoppedInMs } = visit.end();
      lines.info({ customer, end, tookMs: Math.round(tookMs), stoppedInMs }, "the request has ended");
    });
    const leave = () => {
      if (response.writableFinished) return;
      onceLeft.defer(alive.forNobody.enter());
      visit.leave();
      scope.cancel(new ClientLeft());
    };
    response.once("close", leave);
    onceLeft.defer(() => response.off("close", leave));
    await this.#answer(customer, scope, response, visit);
  }

  async #answer(customer: number, scope: Scope, response: ServerResponse, visit: Visit): Promise<void> {
    const { statements } = this.#parts;
    let spent: readonly LayerReport[] = [];
    try {
      const statement = await scope.start((own) =>
        statements.make(customer, own, (report) => {
          spent = report;
        }),
      );
      visit.finished(!response.destroyed);
      answer(response, 200, { ...scope.values, ...statement });
    } catch (error) {
      const { aborted, reason } = scope.signal;
      if (!aborted) throw error;
      visit.cancelled(error);
      const problem = reason instanceof Error ? reason.message : String(reason);
      const status = STATUS[endOf(reason) ?? ""];
      if (status !== undefined) answer(response, status, { ...scope.values, problem, spent });
    } finally {
      visit.spent(spent);
    }
  }
}

/** Who has left gets no answer. */
const STATUS: Readonly<Record<string, number>> = { deadline: 504, shutdown: 503 };

function idFrom({ headers }: IncomingMessage): string | undefined {
  const given = headers["x-request-id"];
  return typeof given === "string" && /^[\w-]{1,40}$/.test(given) ? given : undefined;
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(`${JSON.stringify(body)}\n`);
}
