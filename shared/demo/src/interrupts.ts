import { constants } from "node:os";
import { announce } from "./live-view.ts";

const CAUSES = {
  SIGINT: "Ctrl-C",
  SIGTERM: "SIGTERM",
  SIGHUP: "the end of its terminal",
};
type Signal = keyof typeof CAUSES;
const SIGNALS = Object.keys(CAUSES) as Signal[];

/** How long a demo may take to end when its terminal is gone: nobody can press Ctrl-C again. */
const LAST_PATIENCE_MS = 60_000;

/** The reason with which the demo stops after Ctrl-C or SIGTERM, or when its terminal is closed. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  /** The exit status that tells the shell which signal it was. */
  readonly exitStatus: number;

  constructor(signal: Signal) {
    super(`Stopped by ${CAUSES[signal]}.`);
    this.exitStatus = 128 + constants.signals[signal];
  }
}

export interface Interrupts extends Disposable {
  /** Aborts with an `Interrupted` at the first Ctrl-C or SIGTERM, or when the terminal is closed. */
  readonly signal: AbortSignal;
  /** That reason, once it happened. */
  readonly reason: Interrupted | undefined;
}

/**
 * Turns the first Ctrl-C or SIGTERM, or the end of the terminal, into an abort. After that Ctrl-C or SIGTERM ends the
 * process at once, and so does `lastPatienceMs` without a terminal.
 */
export function listenForInterrupts({ lastPatienceMs = LAST_PATIENCE_MS } = {}): Interrupts {
  const controller = new AbortController();
  let reason: Interrupted | undefined;
  let patience: NodeJS.Timeout | undefined;
  const interrupt = (signal: Signal) => {
    // Of one terminal that is closed the system tells, and the shell, and whatever else has started it: that is no wish
    // for haste.
    if (signal === "SIGHUP") patience ??= setTimeout(endNow, lastPatienceMs).unref();
    else if (reason !== undefined) endNow();
    if (reason !== undefined) return;
    reason = new Interrupted(signal);
    announce(`${reason.message} Once more ends at once.`);
    controller.abort(reason);
  };
  const endNow = () => process.exit(reason?.exitStatus);
  for (const signal of SIGNALS) process.on(signal, interrupt);
  return {
    signal: controller.signal,
    get reason() {
      return reason;
    },
    [Symbol.dispose]() {
      clearTimeout(patience);
      for (const signal of SIGNALS) process.off(signal, interrupt);
    },
  };
}
