import type { Sim } from "@pattern-labs/testkit";
import type { Call, CallOptions } from "../contract.ts";

/** One call of a service, from within. */
export interface Called {
  readonly service: string;
  readonly signal: AbortSignal;
  readonly deadline: number;
  answer(...given: [] | [value: unknown]): void;
  fail(error?: unknown): void;
  settled: boolean;
}

export interface DownstreamsOptions {
  /** Whether this service pays no heed to its signal. Default: each call rejects with the reason as soon as it aborts. */
  readonly deaf?: (service: string) => boolean;
  /** What happens by itself once a service is called. Default: nothing, the test answers. */
  readonly onCall?: (called: Called) => void;
  /** What a service throws at once instead of giving a promise. */
  readonly throws?: (service: string) => Error | undefined;
}

/** The services, as far as they are outside. All figures are counted here, and none by the gateway. */
export class Downstreams {
  readonly calls: Called[] = [];
  running = 0;
  peak = 0;
  /** Calls that were begun although nobody waited for them any more. */
  forNobody = 0;
  readonly #sim: Sim;
  readonly #options: DownstreamsOptions;

  constructor(sim: Sim, options: DownstreamsOptions = {}) {
    this.#sim = sim;
    this.#options = options;
  }

  /** The calls of one client, whose services all begin with its name. */
  of(client: string): Called[] {
    return this.calls.filter(({ service }) => service.startsWith(`${client}-`));
  }

  /** The clients on whose behalf calls were begun, in this order. */
  get order(): string {
    return this.calls.map(({ service }) => service.split("-")[0]).join(" ");
  }

  get underWay(): Called[] {
    return this.calls.filter(({ settled }) => !settled);
  }

  /** The oldest call that is under way. */
  get oldest(): Called {
    const [oldest] = this.underWay;
    if (oldest === undefined) throw new Error("No call is under way");
    return oldest;
  }

  /** For the picture of a run that fails. */
  showLimit(limit: number): void {
    this.#sim.recorder.limit("calls", limit);
  }

  readonly call: Call = (service, options) => {
    const thrown = this.#options.throws?.(service);
    const called = this.#begin(service, options);
    if (thrown === undefined) return called.promise;
    called.fail(thrown);
    called.promise.catch(() => {});
    throw thrown;
  };

  #begin(service: string, { signal, deadline }: CallOptions): Called & { promise: Promise<unknown> } {
    const span = this.#sim.recorder.begin("calls", "running", service);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const end = (outcome: "ok" | "failed" | "cancelled", settle: () => void) => {
      if (called.settled) return;
      called.settled = true;
      this.running -= 1;
      signal?.removeEventListener("abort", stop);
      this.#sim.recorder.end(span, outcome);
      settle();
    };
    const stop = () => end("cancelled", () => reject(signal.reason));
    const called = {
      service,
      signal,
      deadline,
      promise,
      settled: false,
      answer: (...given: [] | [value: unknown]) =>
        end("ok", () => resolve(given.length === 0 ? `of ${service}` : given[0])),
      fail: (error: unknown = new Error(`${service} is down`)) => end("failed", () => reject(error)),
    };
    this.calls.push(called);
    this.running += 1;
    this.peak = Math.max(this.peak, this.running);
    if (signal?.aborted) this.forNobody += 1;
    if (!this.#options.deaf?.(service)) {
      if (signal?.aborted) stop();
      else signal?.addEventListener("abort", stop);
    }
    this.#options.onCall?.(called);
    return called;
  }
}
