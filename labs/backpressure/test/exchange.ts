import { EventEmitter } from "node:events";
import type { HttpRequest, HttpResponse } from "../contract.ts";

/** A request, and what the service does with its response: a ServerResponse without a network. */
export class Exchange extends EventEmitter implements HttpResponse {
  readonly request: HttpRequest;
  writableFinished = false;
  /** What the client is told, in order: "429", "Retry-After: 1", "end". */
  readonly told: string[] = [];

  constructor(headers: HttpRequest["headers"] = {}) {
    super();
    this.request = { headers };
  }

  writeHead(status: number, headers: Record<string, string> = {}): this {
    this.told.push(String(status), ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`));
    return this;
  }

  end(): this {
    this.told.push("end");
    return this;
  }

  /** The answer has reached the client. */
  sent(): void {
    this.writableFinished = true;
    this.emit("close");
  }

  /** The client closes its browser. */
  clientLeaves(): void {
    this.emit("close");
  }
}
