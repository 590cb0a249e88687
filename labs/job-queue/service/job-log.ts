import type { Logger } from "pino";
import type { Job, JobContext } from "../contract.ts";
import type { Metrics } from "./metrics.ts";
import { readOrder } from "./order.ts";
import type { JobEvent } from "./queue.ts";

/** What is being done, and for whom. */
interface Doing extends JobContext {
  readonly type: string;
  readonly requestId: string;
}

/** Tells log and metrics of what becomes of each job: from outside, so that it does so of any queue. */
export class JobLog {
  readonly #log: Logger;
  readonly #metrics: Metrics;
  /** Since when the jobs that this process has claimed could have been done. */
  readonly #dueSince = new Map<string, number>();

  constructor(log: Logger, metrics: Metrics) {
    this.#log = log;
    this.#metrics = metrics;
  }

  /** This process has stored something of a job. */
  tell(event: JobEvent, { id, type, payload, attempts, crashes, error, dueAt }: Job): void {
    if (event === "claimed") {
      this.#dueSince.set(id, dueAt);
      return;
    }
    this.#dueSince.delete(id);
    this.#metrics.events.inc({ type, event });
    const { requestId } = readOrder(payload);
    const level = event === "dead" ? "error" : event === "failed" ? "warn" : "info";
    this.#log[level]({ requestId, job: id, type, attempts, crashes, error }, `job ${event}`);
  }

  /** Calls the handler. What has come of it is told when it is stored, not when it ends. */
  async during<R>({ id, type, attempt, requestId }: Doing, work: (lines: Logger) => Promise<R>): Promise<R> {
    const lines = this.#log.child({ requestId, job: id, type, attempt });
    this.#observeWait(id, type);
    this.#metrics.inHand.inc({ type });
    const observe = this.#metrics.runSeconds.startTimer({ type });
    lines.info("job begins");
    try {
      const result = await work(lines);
      observe({ outcome: "resolved" });
      return result;
    } catch (error) {
      observe({ outcome: "rejected" });
      lines.debug({ err: error }, "job throws");
      throw error;
    } finally {
      this.#dueSince.delete(id); // A renewal has put it there again.
      this.#metrics.inHand.dec({ type });
    }
  }

  #observeWait(id: string, type: string): void {
    const since = this.#dueSince.get(id);
    this.#dueSince.delete(id);
    if (since !== undefined)
      this.#metrics.pickUpSeconds.observe({ type }, Math.max(0, Date.now() - since) / 1_000);
  }
}
