import { type Outcome, Recorder } from "@pattern-labs/picture";
import type { Scope } from "../../contract.ts";
import { endOf } from "../end-of.ts";

/** Each request as a bar, and what is done for it as bars below, which never outlast it. */
export class ServicePicture {
  readonly recorder: Recorder;
  /** The bars of requests that are alive, by their id. */
  readonly #requests = new Map<string, number>();

  /** @param isWanted Whether anybody will look at it: otherwise nothing is kept. */
  constructor(isWanted: boolean) {
    this.recorder = new Recorder({
      title: "Clients that leave",
      rows: ["requests"],
      ...(!isWanted && { maxEvents: 0 }),
    });
  }

  /** From now until the scope has been left. */
  request(scope: Scope, path: string): { end(): void } {
    const id = idOf(scope);
    const span = this.recorder.begin("requests", "running", `${id} ${path}`);
    this.#requests.set(id, span);
    return {
      end: () => {
        this.recorder.end(span, scope.signal.aborted ? "cancelled" : "ok", endOf(scope.signal.reason));
        this.#requests.delete(id);
      },
    };
  }

  /** Something that is done for the request of this scope. */
  async part<R>(
    track: "calls" | "files" | "processes",
    scope: Scope,
    name: string,
    signal: AbortSignal,
    body: () => Promise<R>,
  ): Promise<R> {
    const span = this.recorder.begin(track, "running", `${idOf(scope)} ${name}`, {
      parent: this.#requests.get(idOf(scope)),
    });
    let outcome: Outcome = "failed";
    try {
      const result = await body();
      outcome = "ok";
      return result;
    } finally {
      this.recorder.end(span, outcome === "failed" && signal.aborted ? "cancelled" : outcome);
    }
  }

  shutdown(): void {
    this.recorder.mark("shutdown", "stop");
  }
}

const idOf = ({ values }: Scope) => values["requestId"] ?? "";
