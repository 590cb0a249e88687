import { constants } from "node:os";
import type { HostEvent, Lifecycle, Notice, StopReport, SuperviseOptions } from "../contract.ts";
import { checkDuration, TimeoutError } from "../given/errors.ts";
import { Turn } from "./turn.ts";

type Signal = "SIGTERM" | "SIGINT";

/**
 * A log that writes to a pipe without a reader fails a moment later: that is a fault, which is told, which fails. With
 * no end to it the event loop never turns, and no deadline is reached.
 */
const MOST_FAULTS_TOLD = 100;

export function supervise(lifecycle: Lifecycle, options: SuperviseOptions): Disposable {
  checkDuration("deadlineMs", options.deadlineMs);
  checkDuration("flushWithinMs", options.flushWithinMs ?? 0);
  return new Supervisor(lifecycle, options);
}

/** There is one road to the exit, which is taken once: stop, flush, exit. A second signal leaves it for the short cut. */
class Supervisor implements Disposable {
  readonly #lifecycle: Lifecycle;
  readonly #options: SuperviseOptions;
  readonly #listeners: readonly (readonly [HostEvent, (value: unknown) => void])[] = [
    ["SIGTERM", () => this.#onSignal("SIGTERM")],
    ["SIGINT", () => this.#onSignal("SIGINT")],
    ["uncaughtException", (error) => this.#onFault(error)],
    ["unhandledRejection", (error) => this.#onFault(error)],
  ];
  #signals = 0;
  #faults = 0;
  #status = 0;
  #ending = false;
  #flushed = false;
  #exited = false;

  constructor(lifecycle: Lifecycle, options: SuperviseOptions) {
    this.#lifecycle = lifecycle;
    this.#options = options;
    for (const [event, listener] of this.#listeners) options.host.on(event, listener);
  }

  [Symbol.dispose](): void {
    for (const [event, listener] of this.#listeners) this.#options.host.off(event, listener);
  }

  #onSignal(signal: Signal): void {
    this.#tell({ kind: "signal", signal });
    this.#signals += 1;
    if (this.#signals === 1) void this.#end();
    else this.#force(signal);
  }

  #onFault(error: unknown): void {
    if (this.#ending && error instanceof Error && error.name === "StoppedError") return; // As `start` had to end.
    this.#faults += 1;
    if (this.#faults <= MOST_FAULTS_TOLD) this.#tell({ kind: "fault", error });
    this.#status = 1;
    void this.#end();
  }

  async #end(): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    const report = await this.#lifecycle.stop({ deadlineMs: this.#options.deadlineMs });
    this.#tell({ kind: "stopped", report });
    if (!(await this.#flush()) || !isClean(report)) this.#status = 1; // Above all after a failure the log is wanted.
    this.#exit(this.#status);
  }

  /** Nothing is waited for any more: somebody has asked twice. */
  #force(signal: Signal): void {
    void this.#flush(); // What it writes synchronously is written.
    this.#exit(128 + constants.signals[signal]);
  }

  /** Whether all was written in time. */
  async #flush(): Promise<boolean> {
    if (this.#flushed) return true;
    this.#flushed = true;
    const { flush, flushWithinMs = 1_000 } = this.#options;
    const turn = new Turn();
    turn.limit({ ms: flushWithinMs, timeout: () => new TimeoutError("flush", flushWithinMs) });
    turn.begin(flush);
    return (await turn.ending).kind === "ended";
  }

  #exit(status: number): void {
    if (this.#exited) return;
    this.#exited = true;
    this.#options.host.exit(status);
  }

  /** A log that fails must not stand in the way of the exit, nor be a fault, if that can be helped. */
  #tell(notice: Notice): void {
    Promise.try(() => this.#options.tell?.(notice)).catch(() => {});
  }
}

const isClean = ({ startFailure, failed, forced }: StopReport) =>
  startFailure === undefined && failed.length === 0 && forced.length === 0;
