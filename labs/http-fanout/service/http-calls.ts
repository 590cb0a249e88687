import type { Dispatcher } from "undici";
import { z } from "zod";
import type { Call, CallOptions } from "../contract.ts";
import { type ConnectionOptions, Connections } from "./connections.ts";
import type { Metrics, Outcome } from "./metrics.ts";
import { currentRequestId } from "./request-context.ts";

export interface HttpCallsOptions extends ConnectionOptions {
  readonly metrics: Metrics;
}

/** What is read of an answer that nobody wants, so that its connection can be used again. Beyond that it is closed. */
const UNWANTED_LIMIT = 16_384;

const answerSchema = z.record(z.string(), z.unknown(), { error: "must be an object" });

/**
 * Calls services by HTTP. A call has settled when its connection is free again, or is closed: so there are never more
 * connections in use than permits, and none that nobody waits for.
 */
export class HttpCalls implements AsyncDisposable {
  readonly #options: HttpCallsOptions;
  readonly #origins = new Map<string, Connections>();
  readonly #whenIdle: (() => void)[] = [];
  #underWay = 0;

  constructor(options: HttpCallsOptions) {
    this.#options = options;
  }

  /** Connections that are open. */
  get sockets(): number {
    return [...this.#origins.values()].reduce((sum, { sockets }) => sum + sockets, 0);
  }

  /** @param url Where an instance of the service is. */
  to(url: URL): Call {
    const connections = this.#origins.get(url.origin) ?? new Connections(url.origin, this.#options);
    this.#origins.set(url.origin, connections);
    const path = url.pathname + url.search;
    return async (service, options) => {
      const watch = watchCall(this.#options.metrics, service);
      this.#underWay += 1;
      try {
        const answer = await connections.get(requestOf(path, options), (told) => read(told, options));
        watch("answered");
        return answer;
      } catch (error) {
        watch(outcomeOf(options.signal));
        throw error;
      } finally {
        this.#underWay -= 1;
        if (this.#underWay === 0) for (const wake of this.#whenIdle.splice(0)) wake();
      }
    };
  }

  /** Waits for the calls that are under way, until `signal` aborts: then they are cut off. */
  async close({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    const { promise: over, resolve } = Promise.withResolvers<void>();
    if (this.#underWay === 0 || signal.aborted) resolve();
    this.#whenIdle.push(resolve);
    signal.addEventListener("abort", () => resolve());
    await over;
    await this[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#origins.values()].map((connections) => connections.destroy()));
  }
}

function requestOf(path: string, { signal, deadline }: CallOptions) {
  const requestId = currentRequestId();
  // Its clock is not ours, so it is told how long it has, not until when.
  const timeoutMs = String(Math.max(0, Math.floor(deadline - performance.now())));
  const headers = { accept: "application/json", "x-timeout-ms": timeoutMs };
  return {
    path,
    signal,
    headers: requestId === undefined ? headers : { ...headers, "x-request-id": requestId },
  };
}

async function read(
  { statusCode, body }: Dispatcher.ResponseData,
  { signal }: CallOptions,
): Promise<unknown> {
  if (statusCode === 200) return answerSchema.parse(await body.json());
  await body.dump({ limit: UNWANTED_LIMIT, signal });
  throw new Error(`the status must be 200, got ${statusCode}`);
}

/** Counts a call that begins; what it gives is to be called with its end. */
function watchCall(metrics: Metrics, service: string): (outcome: Outcome) => void {
  const began = performance.now();
  metrics.calls.enter();
  metrics.callsOf.inc({ service });
  return (outcome) => {
    metrics.calls.leave();
    metrics.callsOf.dec({ service });
    metrics.callSeconds.observe({ service, outcome }, (performance.now() - began) / 1_000);
  };
}

function outcomeOf({ aborted, reason }: AbortSignal): Outcome {
  if (!aborted) return "failed";
  return reason?.name === "TimeoutError" ? "late" : "left";
}
