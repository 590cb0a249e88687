import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { ServiceQueue } from "./queue.ts";

const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300];

/** What `/metrics` shows, in a registry of its own: several services may live in one process, as in tests. */
export class Metrics {
  readonly registry = new Registry();
  readonly events = new Counter({
    name: "jobs_events_total",
    help: "What this process has stored of its jobs: stored, completed, failed, dead, cancelled, pending again",
    labelNames: ["type", "event"],
    registers: [this.registry],
  });
  readonly inHand = new Gauge({
    name: "jobs_in_hand",
    help: "Handlers that run in this process",
    labelNames: ["type"],
    registers: [this.registry],
  });
  readonly pickUpSeconds = new Histogram({
    name: "jobs_pick_up_seconds",
    help: "How long jobs were due before their handler began; where a worker died, its lease included",
    labelNames: ["type"],
    buckets: SECONDS,
    registers: [this.registry],
  });
  readonly runSeconds = new Histogram({
    name: "jobs_run_seconds",
    help: "How long handlers ran",
    labelNames: ["type", "outcome"],
    buckets: SECONDS,
    registers: [this.registry],
  });
  readonly requestSeconds = new Histogram({
    name: "http_request_seconds",
    help: "How long requests took, from their head to the end of their answer",
    labelNames: ["route", "status"],
    buckets: SECONDS,
    registers: [this.registry],
  });

  /**
   * Shows how many jobs are stored in each state: all processes' that share the store. Where they cannot be counted just
   * now there is no such line, and all others are there.
   */
  watch(queue: Pick<ServiceQueue, "countJobs">, onError: (error: unknown) => void): void {
    new Gauge({
      name: "jobs_stored",
      help: "Jobs that are stored, by state",
      labelNames: ["state"],
      registers: [this.registry],
      async collect() {
        this.reset();
        try {
          for (const [state, count] of Object.entries(await queue.countJobs())) this.set({ state }, count);
        } catch (error) {
          onError(error);
        }
      },
    });
  }

  /** How many handlers run. */
  async running(): Promise<number> {
    const { values } = await this.inHand.get();
    return values.reduce((sum, { value }) => sum + value, 0);
  }
}
