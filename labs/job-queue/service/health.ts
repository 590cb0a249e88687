import type { Logger } from "pino";
import { isOutage, problemOf } from "./store-problem.ts";

/**
 * So long after the last failure requests may come again: the first of them tells whether it is over. It is longer than a
 * store waits for a lock, or a call for a server, or it would seem well in between.
 */
export const RECOVERY_MS = 10_000;

/**
 * Whether the jobs can be reached, by what has come of the calls that were made: a probe that writes would need a room of
 * its own on the disk that is full.
 */
export class Health {
  readonly #log: Logger;
  readonly #now: () => number;
  #last: { readonly detail: string; readonly at: number } | undefined;

  /** @param now In milliseconds; only ever forward. */
  constructor(log: Logger, now = () => performance.now()) {
    this.#log = log;
    this.#now = now;
  }

  /**
   * A call has failed. Whether that says something about the next one is found out here.
   *
   * @param what For the log. Of an outage only what came first is there in full: there may be thousands.
   */
  failed(error: unknown, what: string, log = this.#log): void {
    if (!isOutage(error)) {
      log.error({ err: error }, what);
      return;
    }
    const { message: detail } = problemOf(error);
    if (this.outage === undefined) log.error({ err: error, detail }, `${what}: not ready`);
    else log.debug({ err: error }, what);
    this.#last = { detail, at: this.#now() };
  }

  /** What is wrong; undefined if nothing has gone wrong for `RECOVERY_MS`. */
  get outage(): string | undefined {
    const last = this.#last;
    return last !== undefined && this.#now() - last.at < RECOVERY_MS ? last.detail : undefined;
  }
}
