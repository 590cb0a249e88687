import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30];

/** How a call of a service ended: `left` if its client went, or if it was not wanted any more. */
export type Outcome = "answered" | "failed" | "late" | "left";

/** Looked at when somebody asks. */
export interface Sources {
  /** Connections that are open. */
  readonly sockets: () => number;
}

/** How many there are at a time, and how many there were at most: a scrape sees only what lasts. */
export class Level {
  now = 0;
  most = 0;

  enter(): void {
    this.now += 1;
    this.most = Math.max(this.most, this.now);
  }

  leave(): void {
    this.now -= 1;
  }
}

/** What `/metrics` shows, in a registry of its own: several services may live in one process, as in tests. */
export class Metrics {
  readonly registry = new Registry();
  /** Permits that are taken: calls as the gateway counts them. */
  readonly permits = new Level();
  /** Calls that are under way by HTTP. A cache has fewer of them, a hedge more. */
  readonly calls = new Level();
  readonly callsOf = this.#gauge("gateway_service_calls", "Calls under way, by service", ["service"]);
  readonly callSeconds = this.#histogram("gateway_call_seconds", "How long calls took by HTTP", [
    "service",
    "outcome",
  ]);
  readonly permitSeconds = this.#histogram("gateway_permit_seconds", "For how long permits were held", []);
  readonly requestSeconds = this.#histogram(
    "http_request_seconds",
    "How long requests took, from their head to the end of their answer",
    ["route", "status"],
  );
  readonly clientsGone = new Counter({
    name: "gateway_clients_gone_total",
    help: "Requests whose client went before it had its answer",
    registers: [this.registry],
  });

  constructor({ sockets }: Sources) {
    const { permits, calls } = this;
    this.#gauge("gateway_permits", "Permits that are taken", [], () => permits.now);
    this.#gauge("gateway_permits_most", "The most that were taken at a time", [], () => permits.most);
    this.#gauge("gateway_calls", "Calls under way by HTTP", [], () => calls.now);
    this.#gauge("gateway_calls_most", "The most that were under way at a time", [], () => calls.most);
    this.#gauge("gateway_sockets", "Connections to services that are open", [], sockets);
    collectDefaultMetrics({ register: this.registry });
  }

  #gauge<const L extends string>(name: string, help: string, labelNames: readonly L[], value?: () => number) {
    const registers = [this.registry];
    if (value === undefined) return new Gauge({ name, help, labelNames: [...labelNames], registers });
    return new Gauge({
      ...{ name, help, labelNames: [...labelNames], registers },
      collect() {
        this.set(value());
      },
    });
  }

  #histogram<const L extends string>(name: string, help: string, labelNames: readonly L[]) {
    const registers = [this.registry];
    return new Histogram({ name, help, labelNames: [...labelNames], buckets: SECONDS, registers });
  }
}
